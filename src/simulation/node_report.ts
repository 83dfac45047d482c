import type { NodeCondition, NodeStatus } from "#api/core/node_status.ts";
import { formatTime } from "#api/time.ts";

/** What a simulated machine is. */
export interface SimulatedMachine {
  readonly name: string;
  readonly address: string;
  /** Quantities, as in a node's capacity: `{ cpu: "4", memory: "16Gi", pods: "110" }`. */
  readonly capacity: Readonly<Record<string, string>>;
}

/** Told of each pressure: with it, and without. */
const PRESSURES: Readonly<Record<string, readonly [present: [string, string], absent: [string, string]]>> = {
  MemoryPressure: [
    ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
    ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ],
  DiskPressure: [
    ["KubeletHasDiskPressure", "kubelet has disk pressure"],
    ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ],
  PIDPressure: [
    ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
    ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ],
};

/** What runs short under each pressure. */
const RESOURCES: Readonly<Record<string, string>> = {
  MemoryPressure: "memory",
  DiskPressure: "ephemeral-storage",
  PIDPressure: "pids",
};

/** What a pod that is evicted for it is told. */
export function evictionMessage(condition: string): string {
  return `The node was low on resource: ${RESOURCES[condition] ?? condition}. `;
}

/** The labels every node has. */
export function labelsOf(name: string): Record<string, string> {
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "beta.kubernetes.io/arch": "amd64",
    "simulation.knarr.dev/node": "true",
  };
}

/** The status a machine reports; conditions that did not change keep their times, those of others stay. */
export function nodeStatusOf(
  machine: SimulatedMachine,
  shown: Readonly<Record<string, string>>,
  previous: NodeStatus | undefined,
  nowMs: number,
): NodeStatus {
  const now = formatTime(nowMs);
  const condition = (type: string, status: string, [reason, message]: readonly [string, string]): NodeCondition => {
    const before = previous?.conditions?.find((each) => each.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: since ?? now, reason, message };
  };
  const pressures = Object.entries(PRESSURES).map(([type, [present, absent]]) =>
    shown[type] === "True" ? condition(type, "True", present) : condition(type, "False", absent),
  );
  const ready = condition("Ready", "True", ["KubeletReady", "kubelet is posting ready status"]);
  const others = (previous?.conditions ?? []).filter(({ type }) => type !== "Ready" && !Object.hasOwn(PRESSURES, type));
  return {
    ...previous,
    capacity: { ...machine.capacity },
    allocatable: { ...machine.capacity },
    conditions: [...pressures, ready, ...others],
    addresses: [
      { type: "InternalIP", address: machine.address },
      { type: "Hostname", address: machine.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    nodeInfo: {
      machineID: machine.name,
      systemUUID: machine.name,
      bootID: machine.name,
      kernelVersion: "6.1.0",
      osImage: "Simulated",
      containerRuntimeVersion: "simulated://1.0.0",
      kubeletVersion: "v1.36.3+knarr",
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    },
  };
}
