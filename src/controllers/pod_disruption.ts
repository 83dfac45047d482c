import type { Pod } from "#api/core/pod.ts";
import type { PodStatus } from "#api/core/pod_status.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isActive } from "./pod_state.ts";

/** A pod that was to be ended so long ago and still is not (disruption.go, stalePodDisruptionTimeout). */
const STALE_MS = 2 * 60_000;

/** Says in a pod's status that it was ended from outside, so that Jobs do not count it as their failure. */
export function withDisruption({ metadata, status }: Pod, reason: string, message: string, now: string): PodStatus {
  const others = (status.conditions ?? []).filter((condition) => condition.type !== "DisruptionTarget");
  const observedGeneration = metadata.generation;
  const target = {
    type: "DisruptionTarget",
    status: "True",
    ...(observedGeneration !== undefined && { observedGeneration }),
    reason,
    message,
    lastTransitionTime: now,
  };
  return { ...status, conditions: [...others, target] };
}

/** The status of a pod whose end was announced and never came: announced no longer. Undefined for all others. */
export function withoutStaleDisruption(pod: Pod, nowMs: number): PodStatus | undefined {
  const target = pod.status.conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  const since = target?.lastTransitionTime;
  if (since === undefined || !isActive(pod) || nowMs - parseTime(since) < STALE_MS) return undefined;
  const conditions = (pod.status.conditions ?? []).map((condition) => {
    if (condition !== target) return condition;
    const { observedGeneration: _made, reason: _reason, message: _message, ...rest } = condition;
    const observedGeneration = pod.metadata.generation;
    const observed = observedGeneration === undefined ? {} : { observedGeneration };
    return { ...rest, ...observed, status: "False", lastTransitionTime: formatTime(nowMs) };
  });
  return { ...pod.status, conditions };
}
