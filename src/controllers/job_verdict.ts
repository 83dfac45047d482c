import type { Job } from "#api/batch/job.ts";
import type { SuccessPolicyRule } from "#api/batch/job_policy.ts";
import type { JobCondition } from "#api/batch/job_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { parseTime } from "#api/time.ts";
import { countsAsFailure, failsIndex, jobFailureMessage } from "./job_failure_policy.ts";
import { indexSet } from "./job_indexes.ts";
import { failuresBefore } from "./job_pods.ts";
import { indexOf, isFailed, isIndexed, isTracked, jobCondition, trueCondition } from "./job_state.ts";

/** What a Job is judged by. */
export interface JobView {
  readonly job: Job;
  /** Its pods, tracked ones and those counted already. */
  readonly pods: readonly Pod[];
  /** When it began; undefined while it has not. */
  readonly startTime: string | undefined;
  readonly nowMs: number;
}

/** How far a Job has come: what its status has counted, and what is to be counted yet. */
export interface Progress {
  readonly succeeded: number;
  readonly failed: number;
  /** Empty for Jobs that do not number their pods. */
  readonly succeededIndexes: ReadonlySet<number>;
  /** Undefined for Jobs whose indexes have no limits of their own. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
}

export function progressOf({ job, pods }: JobView): Progress {
  const { spec, status } = job;
  const uncounted = status.uncountedTerminatedPods;
  const isNew = (pod: Pod, known: readonly string[] = []) =>
    isTracked(pod) && !known.includes(pod.metadata.uid) && (!isIndexed(job) || indexOf(job, pod) !== undefined);
  const failures = pods.filter(
    (pod) => isFailed(job, pod) && isNew(pod, uncounted?.failed) && countsAsFailure(job, pod),
  );
  const failed = (status.failed ?? 0) + (uncounted?.failed?.length ?? 0) + failures.length;
  const successes = pods.filter(({ status: { phase } }) => phase === "Succeeded");
  const fresh = successes.filter((pod) => isNew(pod, uncounted?.succeeded));
  if (!isIndexed(job)) {
    const succeeded = (status.succeeded ?? 0) + (uncounted?.succeeded?.length ?? 0) + fresh.length;
    return { succeeded, failed, succeededIndexes: new Set(), failedIndexes: undefined };
  }
  const succeededIndexes = new Set(indexSet(status.completedIndexes, spec.completions ?? 0));
  for (const pod of fresh) succeededIndexes.add(indexOf(job, pod) ?? 0);
  return { succeeded: succeededIndexes.size, failed, succeededIndexes, failedIndexes: failedIndexesOf(job, pods) };
}

function failedIndexesOf(job: Job, pods: readonly Pod[]): ReadonlySet<number> | undefined {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  if (backoffLimitPerIndex === undefined) return undefined;
  const failed = new Set(indexSet(job.status.failedIndexes, completions));
  for (const pod of pods) {
    const index = indexOf(job, pod);
    if (index === undefined || !isTracked(pod) || !isFailed(job, pod)) continue;
    const isSpent = countsAsFailure(job, pod) && failuresBefore(pod) >= backoffLimitPerIndex;
    if (failsIndex(job, pod) || isSpent) failed.add(index);
  }
  return failed;
}

/**
 * Whether the Job's end is decided, as the condition that says so: SuccessCriteriaMet or FailureTarget. Once written
 * to the status it stands, whatever its pods do.
 */
export function verdictOf(view: JobView, progress: Progress): JobCondition | undefined {
  const { job, pods, nowMs } = view;
  const decided = trueCondition(job.status, "SuccessCriteriaMet") ?? trueCondition(job.status, "FailureTarget");
  if (decided) return decided;
  const fail = (reason: string, message: string) => jobCondition("FailureTarget", reason, message, nowMs);
  const refused = jobFailureMessage(job, pods);
  if (refused !== undefined) return fail("PodFailurePolicy", refused);
  if (progress.failed > (job.spec.backoffLimit ?? 6) || restartsExceeded(view)) {
    return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  if (deadlineMs(view) === 0) return fail("DeadlineExceeded", "Job was active longer than specified deadline");
  return indexVerdict(view, progress, fail);
}

function indexVerdict(
  { job, nowMs }: JobView,
  { succeededIndexes, failedIndexes }: Progress,
  fail: (reason: string, message: string) => JobCondition,
): JobCondition | undefined {
  if (!isIndexed(job)) return undefined;
  const { completions = 0, maxFailedIndexes, successPolicy } = job.spec;
  const failures = failedIndexes?.size ?? 0;
  if (maxFailedIndexes !== undefined && failures > maxFailedIndexes) {
    return fail("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  }
  if (failures > 0 && failures + succeededIndexes.size >= completions) {
    return fail("FailedIndexes", "Job has failed indexes");
  }
  const rule = (successPolicy?.rules ?? []).findIndex((each) => isSatisfied(each, succeededIndexes, completions));
  if (rule < 0) return undefined;
  return jobCondition("SuccessCriteriaMet", "SuccessPolicy", `Matched rules at index ${rule}`, nowMs);
}

function isSatisfied(rule: SuccessPolicyRule, succeeded: ReadonlySet<number>, completions: number): boolean {
  if (rule.succeededIndexes === undefined) return succeeded.size >= (rule.succeededCount ?? Infinity);
  const wanted = indexSet(rule.succeededIndexes, completions);
  return wanted.intersection(succeeded).size >= (rule.succeededCount ?? wanted.size);
}

/** Whether containers that are restarted in place have been so too often. */
function restartsExceeded({ job, pods }: JobView): boolean {
  const { template, backoffLimit = 6 } = job.spec;
  if (template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== "Running" && status.phase !== "Pending") continue;
    for (const each of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += each.restartCount;
    }
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Milliseconds the Job has left; undefined when it has no deadline or its clock does not run. */
export function deadlineMs({ job, startTime, nowMs }: JobView): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  if (activeDeadlineSeconds === undefined || startTime === undefined || suspend) return undefined;
  return Math.max(0, parseTime(startTime) + activeDeadlineSeconds * 1000 - nowMs);
}
