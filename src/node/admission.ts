import type { Pod } from "#api/core/pod.ts";
import type { Verdict } from "./lifecycle.ts";
import { podRequests } from "./resources.ts";

/** What a node gives to pods. */
export interface NodeRoom {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/**
 * Whether a pod assigned to this node fits beside the others; if not, why it is failed. A scheduler does not let it come
 * to this, but one may have decided on outdated knowledge, and a pod may name its node itself.
 */
export function admitPod(pod: Pod, others: readonly Pod[], room: NodeRoom): Verdict | undefined {
  if (others.length + 1 > room.pods) return lacking("pods", 1, others.length, room.pods);
  const wanted = podRequests(pod);
  const used = others.map(podRequests);
  const cpuUsed = used.reduce((sum, each) => sum + each.cpuMilli, 0);
  if (wanted.cpuMilli > 0 && cpuUsed + wanted.cpuMilli > room.cpuMilli) {
    return lacking("cpu", wanted.cpuMilli, cpuUsed, room.cpuMilli);
  }
  const memoryUsed = used.reduce((sum, each) => sum + each.memoryBytes, 0);
  if (wanted.memoryBytes > 0 && memoryUsed + wanted.memoryBytes > room.memoryBytes) {
    return lacking("memory", wanted.memoryBytes, memoryUsed, room.memoryBytes);
  }
  const taken = new Set(others.flatMap(hostPorts));
  if (!hostPorts(pod).some((port) => taken.has(port))) return undefined;
  const why = "node(s) didn't have free ports for the requested pod ports";
  return { reason: "NodePorts", message: `Pod was rejected: Predicate NodePorts failed: ${why}` };
}

function lacking(resource: string, requested: number, used: number, capacity: number): Verdict {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  const message = `Pod was rejected: Node didn't have enough resource: ${resource}, ${amounts}`;
  return { reason: `Outof${resource}`, message };
}

function hostPorts(pod: Pod): string[] {
  return pod.spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP }) => {
      const port = hostPort || (pod.spec.hostNetwork ? containerPort : 0);
      return port ? [`${hostIP || "0.0.0.0"}:${port}/${protocol}`] : [];
    }),
  );
}
