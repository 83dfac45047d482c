import type { Job } from "#api/batch/job.ts";
import type { JobCondition } from "#api/batch/job_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { failureWaitMs } from "./job_backoff.ts";
import { lowestFree } from "./job_indexes.ts";
import { allFailuresBefore, surplusPods } from "./job_pods.ts";
import { finishedMs, indexOf, isFailed, isIndexed, isTracked, jobCondition, replacesOnlyFailed } from "./job_state.ts";
import { deadlineMs, progressOf, verdictOf, type JobView, type Progress } from "./job_verdict.ts";
import { isActive, isTerminating } from "./pod_state.ts";
import { PODS_PER_PASS_MAX, soonest } from "./replicas.ts";

/** What one pass does about a Job's pods. */
export interface JobPlan {
  readonly progress: Progress;
  /** The decided end, if it is: SuccessCriteriaMet or FailureTarget. */
  readonly verdict: JobCondition | undefined;
  readonly remove: readonly Pod[];
  /** New pods by their numbers; undefined for a pod without one. */
  readonly create: readonly (number | undefined)[];
  /** By number, the failed pod whose end is not counted away before its successor knows of it. */
  readonly lastFailed: ReadonlyMap<number, Pod>;
  /** Whether the pods are as the Job's suspension wants them to be. */
  readonly isManaged: boolean;
  /** When to look again although nothing changed. */
  readonly requeueAfterMs: number | undefined;
}

/** Decides about a Job's pods (job_controller.go syncJob, manageJob). Pure. @param waitMs Left to wait after failures. */
export function planJob(view: JobView, waitMs: number): JobPlan {
  const { job, pods, nowMs } = view;
  const progress = progressOf(view);
  const active = pods.filter(isActive);
  const verdict = verdictOf(view, progress);
  const lastFailed = lastFailedPods(job, pods, active, progress);
  const base = { progress, lastFailed, create: [], isManaged: false, requeueAfterMs: undefined };
  if (verdict) return { ...base, verdict, remove: active };
  if (job.metadata.deletionTimestamp !== undefined) return { ...base, verdict: undefined, remove: [] };
  const change = planPods(view, progress, lastFailed, waitMs);
  const standing = active.length + change.create.length - change.remove.length;
  const completed = isComplete(job, progress) && standing === 0;
  const message = "Reached expected number of succeeded pods";
  return {
    ...base,
    ...change,
    verdict: completed ? jobCondition("SuccessCriteriaMet", "CompletionsReached", message, nowMs) : undefined,
    isManaged: !completed,
    requeueAfterMs: soonest(deadlineMs(view), change.requeueAfterMs),
  };
}

function isComplete({ spec }: Job, { succeeded }: Progress): boolean {
  return spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions;
}

type Change = Pick<JobPlan, "create" | "remove" | "requeueAfterMs">;

/** Either removes pods or creates some, never both in one pass. */
function planPods(view: JobView, progress: Progress, lastFailed: JobPlan["lastFailed"], waitMs: number): Change {
  const { job, pods, nowMs } = view;
  const active = pods.filter(isActive);
  const wanted = wantedPods(job, progress, active.length);
  const remove = surplusPods(job, active, Math.max(0, active.length - wanted), nowMs).slice(0, PODS_PER_PASS_MAX);
  const none = { create: [], remove, requeueAfterMs: undefined };
  if (remove.length > 0 || job.spec.suspend) return none;
  const leaving = replacesOnlyFailed(job) ? pods.filter(isTerminating) : [];
  const missing = Math.min(wanted - leaving.length - active.length, PODS_PER_PASS_MAX);
  if (missing <= 0) return none;
  const hasOwnLimits = job.spec.backoffLimitPerIndex !== undefined;
  if (!hasOwnLimits && waitMs > 0) return { ...none, requeueAfterMs: waitMs };
  if (!isIndexed(job)) return { ...none, create: Array.from({ length: missing }, () => undefined) };
  const taken = new Set(progress.succeededIndexes.union(progress.failedIndexes ?? new Set<number>()));
  for (const pod of [...active, ...leaving]) taken.add(indexOf(job, pod) ?? -1);
  const indexes = lowestFree(taken, missing, job.spec.completions ?? 0);
  if (!hasOwnLimits) return { ...none, create: indexes };
  const waits = new Map(indexes.map((index) => [index, indexWaitMs(lastFailed.get(index), nowMs)]));
  const create = indexes.filter((index) => waits.get(index) === 0);
  const requeueAfterMs =
    indexes.length > create.length && create.length === 0 ? Math.min(...waits.values()) : undefined;
  return { ...none, create, requeueAfterMs };
}

function wantedPods({ spec }: Job, { succeeded }: Progress, active: number): number {
  const { parallelism = 1, completions, suspend } = spec;
  if (suspend) return 0;
  // A success ends a Job without a number: those under way may finish, no other begins.
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function indexWaitMs(failed: Pod | undefined, nowMs: number): number {
  return failed ? failureWaitMs(allFailuresBefore(failed) + 1, finishedMs(failed), nowMs) : 0;
}

/** An active pod of the same number bears the count of failures already; else the last failed one must stay for it. */
function lastFailedPods(job: Job, pods: readonly Pod[], active: readonly Pod[], progress: Progress) {
  const last = new Map<number, Pod>();
  if (job.spec.backoffLimitPerIndex === undefined) return last;
  const counted = new Set(active.map((pod) => indexOf(job, pod)));
  for (const pod of pods) {
    const index = indexOf(job, pod);
    if (index === undefined || !isTracked(pod) || !isFailed(job, pod) || counted.has(index)) continue;
    if (progress.succeededIndexes.has(index) || progress.failedIndexes?.has(index)) continue;
    const known = last.get(index);
    if (!known || allFailuresBefore(known) < allFailuresBefore(pod)) last.set(index, pod);
    else if (allFailuresBefore(known) === allFailuresBefore(pod) && finishedMs(known) < finishedMs(pod))
      last.set(index, pod);
  }
  return last;
}
