import { backoffMs } from "#base/backoff.ts";
import type { Job } from "#api/batch/job.ts";
import type { Pod } from "#api/core/pod.ts";
import { finishedMs, isFailed, isTracked } from "./job_state.ts";

/** How long to wait with the next pod after failures in a row (job_controller.go). */
const BACKOFF = { baseMs: 10_000, maxMs: 10 * 60_000 };

/** Milliseconds left to wait after so many failures, the last at `lastMs`. */
export function failureWaitMs(failures: number, lastMs: number, nowMs: number): number {
  return failures === 0 ? 0 : Math.max(0, lastMs + backoffMs(BACKOFF, failures - 1) - nowMs);
}

/**
 * Remembers, per Job, when pods failed since one last succeeded: failed pods may be deleted. Begun anew from the pods
 * that are left after a restart.
 */
export class JobBackoff {
  readonly #failures = new Map<string, Map<string, number>>();

  /** Takes note of the Job's pods; gives the milliseconds until it may have another. */
  waitMs(job: Job, pods: readonly Pod[], nowMs: number): number {
    const { uid } = job.metadata;
    const failures = this.#failures.get(uid) ?? new Map<string, number>();
    for (const pod of pods) {
      if (isFailure(job, pod) && !failures.has(pod.metadata.uid)) failures.set(pod.metadata.uid, finishedMs(pod));
    }
    const successes = pods.filter(({ status }) => status.phase === "Succeeded").map(finishedMs);
    const successMs = successes.reduce((latest, each) => Math.max(latest, each), -Infinity);
    for (const [pod, failedMs] of failures) if (failedMs <= successMs) failures.delete(pod);
    if (failures.size > 0) this.#failures.set(uid, failures);
    else this.#failures.delete(uid);
    return failureWaitMs(failures.size, Math.max(...failures.values()), nowMs);
  }

  forget({ metadata }: Job): void {
    this.#failures.delete(metadata.uid);
  }
}

/** A pod that was let go and told to go was one too many, and did not fail. */
function isFailure(job: Job, pod: Pod): boolean {
  return isFailed(job, pod) && (isTracked(pod) || pod.metadata.deletionTimestamp === undefined);
}
