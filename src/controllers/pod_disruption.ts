import type { PodStatus } from "#api/core/pod_status.ts";

/** Says in a pod's status that it was ended from outside, so that Jobs do not count it as their failure. */
export function withDisruption(status: PodStatus, reason: string, message: string, now: string): PodStatus {
  const others = (status.conditions ?? []).filter((condition) => condition.type !== "DisruptionTarget");
  const target = { type: "DisruptionTarget", status: "True", reason, message, lastTransitionTime: now };
  return { ...status, conditions: [...others, target] };
}
