import type { Job } from "#api/batch/job.ts";
import type { JobCondition, JobStatus } from "#api/batch/job_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { countsAsFailure } from "./job_failure_policy.ts";
import { indexText } from "./job_indexes.ts";
import type { JobPlan } from "./job_plan.ts";
import { indexOf, isFailed, isIndexed, isTracked, jobCondition, trueCondition } from "./job_state.ts";

/** Pods whose end the status lists by uid at most, to keep it small (job_controller.go MaxUncountedPods). */
const UNCOUNTED_MAX = 500;

/** How ends of pods come to be counted exactly once, whatever is interrupted. */
export interface Tracking {
  /** Written first: lists by uid the pods let go next. */
  readonly status: JobStatus;
  /** Let go second: their finalizers are taken away. */
  readonly release: readonly Pod[];
  /** Whether more ends wait to be counted. */
  readonly isPartial: boolean;
}

/**
 * What of the pods' ends goes into the status now. Uids that no tracked pod bears any more move to the counters.
 *
 * @param verdict The Job's end, if it is decided and its active pods were told to go: they count as failed where the
 *     Job has, and not at all where it has succeeded without them.
 */
export function trackEnds(job: Job, pods: readonly Pod[], plan: JobPlan, verdict: JobCondition | undefined): Tracking {
  const settled = settleCounts(job.status, uidsTracked(pods));
  const succeeded = [...(settled.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(settled.uncountedTerminatedPods?.failed ?? [])];
  const indexes = new Set(plan.progress.succeededIndexes);
  const release: Pod[] = [];
  let isPartial = false;
  for (const pod of pods) {
    const { uid } = pod.metadata;
    if (!isTracked(pod) || !mayRelease(job, pod, plan, verdict !== undefined)) continue;
    if (succeeded.length + failed.length >= UNCOUNTED_MAX) {
      isPartial = true;
      break;
    }
    release.push(pod);
    if (failed.includes(uid) || succeeded.includes(uid)) continue;
    if (pod.status.phase === "Succeeded") {
      if (!isIndexed(job)) succeeded.push(uid);
    } else if (isHeldAgainst(job, pod, verdict)) failed.push(uid);
  }
  const status = { ...settled, uncountedTerminatedPods: uncountedOf(succeeded, failed) };
  return { status: isIndexed(job) ? withIndexes(status, indexes, plan) : status, release, isPartial };
}

function isHeldAgainst(job: Job, pod: Pod, verdict: JobCondition | undefined): boolean {
  if (!isFailed(job, pod) && verdict?.type === "SuccessCriteriaMet") return false;
  return (!isIndexed(job) || indexOf(job, pod) !== undefined) && countsAsFailure(job, pod);
}

function uncountedOf(succeeded: string[], failed: string[]) {
  return { ...(succeeded.length > 0 && { succeeded }), ...(failed.length > 0 && { failed }) };
}

function withIndexes(status: JobStatus, succeeded: ReadonlySet<number>, { progress }: JobPlan): JobStatus {
  const { failedIndexes } = progress;
  return {
    ...status,
    succeeded: succeeded.size,
    completedIndexes: indexText(succeeded),
    ...(failedIndexes && { failedIndexes: indexText(failedIndexes) }),
  };
}

function mayRelease(job: Job, pod: Pod, { lastFailed }: JobPlan, isDecided: boolean): boolean {
  if (job.metadata.deletionTimestamp !== undefined || isDecided || pod.status.phase === "Succeeded") return true;
  if (!isFailed(job, pod)) return false;
  const index = indexOf(job, pod);
  return index === undefined || lastFailed.get(index)?.metadata.uid !== pod.metadata.uid;
}

export function uidsTracked(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
}

/** Counts the pods listed by uid that are tracked no longer. */
export function settleCounts(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const isOpen = (uid: string) => tracked.has(uid);
  const [openSucceeded, openFailed] = [succeeded.filter(isOpen), failed.filter(isOpen)];
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - openSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - openFailed.length,
    uncountedTerminatedPods: uncountedOf(openSucceeded, openFailed),
  };
}

/** The status with the end written into it, once every end has been counted and no pod is on its way out. */
export function withEnd(status: JobStatus, verdict: JobCondition | undefined, nowMs: number): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (!verdict || succeeded.length + failed.length > 0 || (status.terminating ?? 0) > 0) return status;
  const { reason = "", message = "" } = verdict;
  const isComplete = verdict.type === "SuccessCriteriaMet";
  const end = jobCondition(isComplete ? "Complete" : "Failed", reason, message, nowMs);
  const conditions = [...(status.conditions ?? []), end];
  return { ...status, conditions, ...(isComplete && { completionTime: formatTime(nowMs) }) };
}

/** The status with the decided end announced. */
export function withVerdict(status: JobStatus, verdict: JobCondition | undefined): JobStatus {
  if (!verdict || trueCondition(status, verdict.type)) return status;
  return { ...status, conditions: [...(status.conditions ?? []), verdict] };
}

/** The status with the condition Suspended as the spec has it; a Job that was never suspended has none. */
export function withSuspension(job: Job, status: JobStatus, nowMs: number): JobStatus {
  const { conditions = [], startTime } = status;
  const known = conditions.find(({ type }) => type === "Suspended");
  const isSuspended = job.spec.suspend === true;
  if (isSuspended ? known?.status === "True" : known?.status !== "True") return status;
  const reason = isSuspended ? "JobSuspended" : "JobResumed";
  const message = isSuspended ? "Job suspended" : "Job resumed";
  const next = { ...jobCondition("Suspended", reason, message, nowMs), status: isSuspended ? "True" : "False" };
  const others = conditions.filter(({ type }) => type !== "Suspended");
  // The deadline of a Job that goes on counts from then.
  return { ...status, conditions: [...others, next], startTime: isSuspended ? startTime : formatTime(nowMs) };
}
