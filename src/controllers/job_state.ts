import type { Job } from "#api/batch/job.ts";
import type { JobCondition, JobStatus } from "#api/batch/job_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { formatTime, parseTime } from "#api/time.ts";

/** Keeps a pod until its end has been counted in its Job's status. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
/** The number of a pod in an Indexed Job, as annotation and as label. */
export const INDEX_ANNOTATION = "batch.kubernetes.io/job-completion-index";
/** The `managedBy` of Jobs that are looked after here. */
const OWN_MANAGER = "kubernetes.io/job-controller";

export function trueCondition({ conditions }: JobStatus, type: string): JobCondition | undefined {
  return conditions?.find((each) => each.type === type && each.status === "True");
}

/** The condition a Job ended with, if it has. */
export function endOf({ status }: Job): JobCondition | undefined {
  return trueCondition(status, "Complete") ?? trueCondition(status, "Failed");
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

/** Whether someone else looks after the Job. */
export function isManagedElsewhere({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== OWN_MANAGER;
}

/** Whether a pod is replaced, and counted, only once it has really ended. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** Whether the pod counts as a failure. One told to go does, too: it may never come to say how it ended. */
export function isFailed(job: Job, { metadata, status }: Pod): boolean {
  if (status.phase === "Failed") return true;
  if (replacesOnlyFailed(job)) return false;
  return metadata.deletionTimestamp !== undefined && status.phase !== "Succeeded";
}

/** The pod's number in its Job; undefined when it has none that the Job has a use for. */
export function indexOf({ spec }: Job, { metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX_ANNOTATION] ?? "";
  const index = /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
  return index !== undefined && index < (spec.completions ?? 0) ? index : undefined;
}

/** When the pod ended, milliseconds since the epoch, as far as can be told. */
export function finishedMs({ metadata, status }: Pod): number {
  const statuses = status.containerStatuses ?? [];
  const ends = statuses.flatMap(({ state }) => (state?.terminated?.finishedAt ? [state.terminated.finishedAt] : []));
  if (ends.length > 0 && ends.length === statuses.length) return Math.max(...ends.map(parseTime));
  const ready = status.conditions?.find((each) => each.type === "Ready" && each.status === "False");
  if (ready?.lastTransitionTime !== undefined) return parseTime(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata;
  if (deletionTimestamp === undefined) return parseTime(creationTimestamp);
  return parseTime(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

export function jobCondition(type: string, reason: string, message: string, nowMs: number): JobCondition {
  const now = formatTime(nowMs);
  return { type, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message };
}
