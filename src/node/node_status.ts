import type { NodeCondition, NodeStatus } from "#api/core/node_status.ts";
import { canonicalQuantity } from "#api/quantity.ts";
import { formatTime } from "#api/time.ts";
import type { MachineFacts } from "#sys/machine_facts.ts";
import type { Image, RuntimeCondition, RuntimeVersion } from "./runtime.ts";

const KUBELET_VERSION = "v1.36.3+knarr";

/** kubelet's default bounds below which a node is under pressure (eviction-hard). */
const PRESSURE = { memoryBytes: 100 * 2 ** 20, storageShare: 0.1, inodeShare: 0.05 } as const;
/** Images listed, largest first. */
const IMAGES_MAX = 50;
const NAMES_MAX = 5;

export interface NodeFindings {
  readonly machine: MachineFacts;
  readonly podsMax: number;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** Of the agent's door; 0 when it has none. */
  readonly port: number;
  readonly runtime: RuntimeVersion | undefined;
  /** Undefined when the runtime does not answer. */
  readonly runtimeConditions: readonly RuntimeCondition[] | undefined;
  readonly images: readonly Image[];
  readonly memoryAvailableBytes: number;
  /** What is left of the data's file system, from 0 to 1. */
  readonly storageShare: number;
  readonly inodeShare: number;
  readonly nowMs: number;
}

/** The node's status as of now; what did not change keeps its time. */
export function nodeStatus(findings: NodeFindings, previous: NodeStatus | undefined): NodeStatus {
  const { machine, podsMax, nodeIp, runtime, images } = findings;
  const memoryKi = Math.floor(machine.memoryBytes / 1024);
  const capacity = {
    // What else is there was told by an administrator; all of it is for pods.
    ...previous?.capacity,
    cpu: String(machine.cpus),
    "ephemeral-storage": `${Math.floor(machine.storageBytes / 1024)}Ki`,
    memory: `${memoryKi}Ki`,
    pods: String(podsMax),
  };
  const allocatable = {
    ...capacity,
    "ephemeral-storage": String(Math.floor(machine.storageBytes * (1 - PRESSURE.storageShare))),
    memory: `${memoryKi - PRESSURE.memoryBytes / 1024}Ki`,
  };
  return {
    ...previous,
    capacity: canonical(capacity),
    allocatable: canonical(allocatable),
    conditions: [
      ...conditions(findings, previous?.conditions ?? []),
      ...(previous?.conditions ?? []).filter(({ type }) => !OWNED.has(type)),
    ],
    addresses: [
      { type: "InternalIP", address: nodeIp },
      { type: "Hostname", address: findings.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: findings.port } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: runtime ? `${runtime.name}://${runtime.version}` : "",
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: machine.architecture,
    },
    images: images
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, IMAGES_MAX)
      .map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, NAMES_MAX), sizeBytes })),
  };
}

function canonical(quantities: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, text]) => [name, canonicalQuantity(text)]));
}

const OWNED: ReadonlySet<string> = new Set(["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]);

function conditions(findings: NodeFindings, previous: readonly NodeCondition[]): NodeCondition[] {
  const { memoryAvailableBytes, storageShare, inodeShare, nowMs } = findings;
  const memory = memoryAvailableBytes < PRESSURE.memoryBytes;
  const disk = storageShare < PRESSURE.storageShare || inodeShare < PRESSURE.inodeShare;
  const now = formatTime(nowMs);
  const found: readonly Finding[] = [
    memory
      ? ["MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"]
      : ["MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    disk
      ? ["DiskPressure", "True", "KubeletHasDiskPressure", "kubelet has disk pressure"]
      : ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    // No bound on process ids by default, in kubelet as here.
    ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    readiness(findings),
  ];
  return found.map(([type, status, reason, message]) => {
    const before = previous.find((condition) => condition.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: since ?? now, reason, message };
  });
}

type Finding = readonly [type: string, status: "True" | "False", reason: string, message: string];

function readiness({ runtimeConditions }: NodeFindings): Finding {
  const complaints: string[] = [];
  if (runtimeConditions === undefined) complaints.push("container runtime is down");
  for (const { type, status, reason, message } of runtimeConditions ?? []) {
    const what =
      type === "NetworkReady"
        ? "container runtime network not ready"
        : "container runtime status check may not have completed yet";
    if (!status) complaints.push(`${what}: ${type}=false reason:${reason} message:${message}`);
  }
  if (complaints.length === 0) return ["Ready", "True", "KubeletReady", "kubelet is posting ready status"];
  return ["Ready", "False", "KubeletNotReady", complaints.join(", ")];
}

/** What of a status says something new when it changes. */
export function withoutHeartbeats(status: NodeStatus): NodeStatus {
  return {
    ...status,
    conditions: (status.conditions ?? []).map(({ lastHeartbeatTime: _lastHeartbeatTime, ...rest }) => rest),
  };
}
