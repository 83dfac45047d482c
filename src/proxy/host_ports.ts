import type { Pod } from "#api/core/pod.ts";
import type { Protocol, VirtualPort } from "./service_table.ts";

const ANY_ADDRESS = new Set(["", "0.0.0.0"]);

/** Whether the packet filter has to know the pod: it asks for ports of this node without having its network. */
export function hasHostPorts(pod: Pod, nodeName: string): boolean {
  if (pod.spec.nodeName !== nodeName || pod.spec.hostNetwork === true) return false;
  return containersOf(pod).some((container) => (container.ports ?? []).some((port) => port.hostPort));
}

/**
 * The `hostPort`s of the pods on this node, as ports that lead to one pod each. A pod that is over, or has no address yet,
 * has none. Of two pods with one port (the old one is still terminating) the one that stays comes last, and wins.
 */
export function hostPortsOf(pods: readonly Pod[], nodeName: string): VirtualPort[] {
  return pods
    .filter((pod) => hasHostPorts(pod, nodeName) && (pod.status.phase === "Running" || pod.status.phase === "Pending"))
    .toSorted((a, b) => staying(a) - staying(b))
    .flatMap((pod) => {
      const address = pod.status.podIP;
      return address ? portsOf(pod, address) : [];
    });
}

function portsOf(pod: Pod, address: string): VirtualPort[] {
  return containersOf(pod).flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP = "", containerPort, protocol }) => {
      if (!hostPort) return [];
      return {
        address: ANY_ADDRESS.has(hostIP) ? undefined : hostIP,
        protocol: protocol.toLowerCase() as Protocol,
        port: hostPort,
        backends: [{ address, port: containerPort }],
        sticky: false,
        origin: `${pod.metadata.namespace}/${pod.metadata.name}:${hostPort}`,
      };
    }),
  );
}

function containersOf(pod: Pod): Pod["spec"]["containers"] {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
}

function staying(pod: Pod): number {
  return pod.metadata.deletionTimestamp === undefined ? 1 : 0;
}
