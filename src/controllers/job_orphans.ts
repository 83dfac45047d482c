import { Job } from "#api/batch/job.ts";
import { Pod } from "#api/core/pod.ts";
import { controllerOf } from "#api/ownership.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";
import { removeFinalizer } from "./job.ts";
import { endOf, isManagedElsewhere, isTracked } from "./job_state.ts";

/** Lets go the pods whose ends nobody counts any more: their Job is over or gone, or was never theirs. */
export const jobOrphanController = controller({
  name: "job-orphan",
  component: "job-controller",
  for: Pod,
  watches: [
    watching(Job, (job, previous, { cache }) => {
      const isGone = previous === undefined;
      if (!isGone && !endOf(job)) return [];
      return cache(Pod)
        .ownedBy(job.metadata)
        .filter(isTracked)
        .map((pod) => pod.metadata);
    }),
  ],

  async reconcile(pod, context) {
    if (isTracked(pod) && !(await isCountedBySomeone(pod, context))) await removeFinalizer(pod, context);
  },
});

async function isCountedBySomeone(pod: Pod, { cache, client }: Context): Promise<boolean> {
  const owner = controllerOf(pod);
  if (!owner) return false;
  if (owner.kind !== "Job" || owner.apiVersion !== "batch/v1") return true;
  const ref = { namespace: pod.metadata.namespace, name: owner.name };
  const isOpen = (job: Job) => job.metadata.uid === owner.uid && (isManagedElsewhere(job) || !endOf(job));
  const known = cache(Job).get(ref);
  if (known?.metadata.uid === owner.uid) return isOpen(known);
  // The cache may not know the Job yet: only the server's word that it is not there counts.
  try {
    return isOpen(await client.get(Job, ref));
  } catch (error) {
    if (isApiError(error, "NotFound")) return false;
    throw error;
  }
}
