import type { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";
import type { NodeCondition } from "#api/core/node_status.ts";
import type { Taint } from "#api/core/taint.ts";
import { formatTime } from "#api/time.ts";

/** How long a node may be silent before it counts as lost, milliseconds (--node-monitor-grace-period). */
export const GRACE_MS = 50_000;
/** The same for a node that has not reported once. */
export const STARTUP_GRACE_MS = 60_000;

const CONDITIONS: readonly string[] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
/** Conditions that keep new pods away while True. */
const PRESSURE: Readonly<Record<string, string>> = {
  MemoryPressure: "node.kubernetes.io/memory-pressure",
  DiskPressure: "node.kubernetes.io/disk-pressure",
  PIDPressure: "node.kubernetes.io/pid-pressure",
  NetworkUnavailable: "node.kubernetes.io/network-unavailable",
};
const OWN_TAINTS = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURE)]);

/** The conditions of a node that has been silent for too long: nobody knows. Those unknown already stay, each in its place. */
export function silentConditions(node: Node, nowMs: number): NodeCondition[] {
  const known = node.status.conditions ?? [];
  const now = formatTime(nowMs);
  const silent = (type: string, before: NodeCondition | undefined): NodeCondition => {
    if (before?.status === "Unknown") return before;
    const told = before
      ? { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }
      : { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." };
    const lastHeartbeatTime = before?.lastHeartbeatTime ?? node.metadata.creationTimestamp;
    return { type, status: "Unknown", ...told, lastHeartbeatTime, lastTransitionTime: now };
  };
  const missing = CONDITIONS.filter((type) => !known.some((condition) => condition.type === type));
  return [
    ...known.map((each) => (CONDITIONS.includes(each.type) ? silent(each.type, each) : each)),
    ...missing.map((type) => silent(type, undefined)),
  ];
}

/** Whether pods are driven out of the node, as it is lost or was a moment ago. */
export function isDrivenOut({ spec }: Node): boolean {
  return (spec.taints ?? []).some(
    ({ key, effect }) => effect === "NoExecute" && (key === NOT_READY || key === UNREACHABLE),
  );
}

/**
 * The taints a node should have (node_lifecycle_controller.go): those of its conditions, and others' untouched.
 *
 * @param isOut Whether pods are driven out of the node while it is lost.
 */
export function taintsOf(node: Node, isOut: boolean, nowMs: number): Taint[] {
  const present = node.spec.taints ?? [];
  const wanted: Taint[] = [];
  const status = readyStatus(node);
  const lost = status === "True" ? undefined : status === "Unknown" ? UNREACHABLE : NOT_READY;
  if (lost) wanted.push({ key: lost, effect: "NoSchedule" });
  if (lost && isOut) wanted.push({ key: lost, effect: "NoExecute" });
  for (const condition of node.status.conditions ?? []) {
    const key = PRESSURE[condition.type];
    if (key && condition.status === "True") wanted.push({ key, effect: "NoSchedule" });
  }
  if (node.spec.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: "NoSchedule" });
  const isOwn = ({ key, effect }: Taint) => OWN_TAINTS.has(key) && effect !== "PreferNoSchedule";
  const dated = wanted.map((taint) => {
    const known = present.find(({ key, effect }) => key === taint.key && effect === taint.effect);
    return known ?? { ...taint, timeAdded: formatTime(nowMs) };
  });
  return [...present.filter((taint) => !isOwn(taint)), ...dated];
}
