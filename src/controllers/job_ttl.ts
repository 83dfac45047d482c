import { Job } from "#api/batch/job.ts";
import { parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller } from "#client/controller.ts";
import { endOf } from "./job_state.ts";

/** Deletes finished Jobs that said how long they want to be remembered (ttlafterfinished_controller.go). */
export const jobTtlController = controller({
  name: "ttl-after-finished",
  for: Job,

  async reconcile(known, { client, clock }) {
    const leftMs = timeToLiveMs(known, clock.now());
    if (leftMs === undefined) return undefined;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    try {
      // The time to live may have been raised since: the server's word counts.
      const job = await client.get(Job, known.metadata);
      const { uid, resourceVersion } = job.metadata;
      const freshMs = timeToLiveMs(job, clock.now());
      if (uid !== known.metadata.uid || freshMs === undefined) return undefined;
      if (freshMs > 0) return { requeueAfterMs: freshMs };
      const preconditions = { uid, resourceVersion };
      await client.delete(Job, job.metadata, { propagationPolicy: "Foreground", preconditions });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
    return undefined;
  },
});

/** Milliseconds a finished Job is kept; undefined when it is not finished, is kept, or is on its way out. */
function timeToLiveMs(job: Job, nowMs: number): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  const endedAt = endOf(job)?.lastTransitionTime;
  if (ttlSecondsAfterFinished === undefined || endedAt === undefined) return undefined;
  if (job.metadata.deletionTimestamp !== undefined) return undefined;
  return Math.max(0, parseTime(endedAt) + ttlSecondsAfterFinished * 1000 - nowMs);
}
