import { parseTime } from "#api/time.ts";
import type { Pod } from "#api/core/pod.ts";
import type { PodCondition } from "#api/core/pod_status.ts";

/** Whether the pod's work is over for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

/** Whether the pod counts towards the replicas wanted: neither over nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Whether the pod was told to go and has not gone yet. */
export function isTerminating(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

function podCondition(pod: Pod, type: string): PodCondition | undefined {
  // No closure: asked of every pod of an owner in each pass.
  for (const condition of pod.status.conditions ?? []) if (condition.type === type) return condition;
  return undefined;
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Since when the pod has been ready, as its status says; undefined while it is not. */
export function readyTime(pod: Pod): string | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" ? ready.lastTransitionTime : undefined;
}

/** Whether the pod has been ready for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false;
  return minReadySeconds === 0 || availableInMs(pod, minReadySeconds, nowMs) === 0;
}

/** Milliseconds until a pod that stays ready is available; 0 when it is, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const since = readyTime(pod);
  return since === undefined ? undefined : Math.max(0, parseTime(since) + minReadySeconds * 1000 - nowMs);
}

/** Restarts of the container that restarted most. */
export function restartsMax(pod: Pod): number {
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  return statuses.reduce((most, status) => Math.max(most, status.restartCount), 0);
}
