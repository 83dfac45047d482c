import { Job } from "#api/batch/job.ts";
import type { JobStatus } from "#api/batch/job_status.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { JobBackoff } from "./job_backoff.ts";
import { planJob, type JobPlan } from "./job_plan.ts";
import { indexedJobPod, jobPod } from "./job_pods.ts";
import { endOf, isManagedElsewhere, isTracked, TRACKING_FINALIZER } from "./job_state.ts";
import { settleCounts, trackEnds, uidsTracked, withEnd, withSuspension, withVerdict } from "./job_tracking.ts";
import type { JobView } from "./job_verdict.ts";
import { adopters, claim } from "./ownership.ts";
import { isActive, isReady, isTerminating } from "./pod_state.ts";
import { applyReplicas, paceMs } from "./replicas.ts";

/** Runs pods until enough of them have succeeded. Remembers only how long to wait after failures. */
export function jobController() {
  const backoff = new JobBackoff();
  return controller({
    name: "job",
    for: Job,
    owns: [Pod],
    watches: [watching(Pod, (pod, _previous, { cache }) => adopters(pod, cache(Job)).map((job) => job.metadata))],

    paceMs: (job, { owned }) => paceMs(owned(Pod, job).length),

    async reconcile(job, context) {
      if (isManagedElsewhere(job)) return undefined;
      if (endOf(job)) {
        backoff.forget(job);
        return undefined;
      }
      const pods = await claimPods(job, context);
      const nowMs = context.clock.now();
      const startTime = job.status.startTime ?? (job.spec.suspend ? undefined : formatTime(nowMs));
      const view = { job, pods, startTime, nowMs };
      const plan = planJob(view, backoff.waitMs(job, pods, nowMs));
      const failure = await carryOut(job, plan, context);
      await account(view, plan, failure !== undefined, context);
      if (failure) throw failure.error;
      return { requeueAfterMs: plan.requeueAfterMs };
    },
  });
}

function claimPods(job: Job, { client, cache }: Context): Promise<readonly Pod[]> {
  const { selector } = job.spec;
  const finalizer = TRACKING_FINALIZER;
  return claim({ client, ownerKind: Job, owner: job, selector, kind: Pod, cache: cache(Pod), finalizer });
}

/** Pods taken away from a Job that goes on are let go before they are deleted: their end is nobody's failure. */
async function carryOut(job: Job, { create, remove, lastFailed, verdict }: JobPlan, context: Context) {
  if (!verdict) await release(remove.filter(isTracked), context);
  const drafts = create
    .map((index) => (index === undefined ? jobPod(job) : indexedJobPod(job, index, lastFailed.get(index))))
    .values();
  const draft = (): PodDraft => {
    const { value, done } = drafts.next();
    if (done) throw new RangeError("more pods than were planned");
    return value;
  };
  return applyReplicas(job, { create: create.length, remove }, draft, context);
}

/**
 * Counts ends in three steps, each safe to be the last: the status lists the ended pods, their finalizers go, the
 * status counts them. Pods whose removal failed are not decided about.
 */
async function account(view: JobView, plan: JobPlan, hasFailed: boolean, context: Context): Promise<void> {
  const { job, pods, nowMs } = view;
  const verdict = hasFailed ? undefined : plan.verdict;
  const tracking = trackEnds(job, pods, plan, verdict);
  let status = withPresence({ ...tracking.status, startTime: view.startTime }, pods, plan, hasFailed);
  if (plan.isManaged) status = withSuspension(job, status, nowMs);
  status = withVerdict(status, verdict);
  const written = await write(job, status, context);
  tellSuspension(job, written, context);
  const { released, failure } = await release(tracking.release, context);
  const left = uidsTracked(pods.filter((pod) => !released.has(pod)));
  const counted = settleCounts(written.status, left);
  const ended = await write(written, tracking.isPartial ? counted : withEnd(counted, verdict, nowMs), context);
  tellEnd(ended, context);
  if (failure !== undefined) throw failure;
}

/** The counts of pods there are, as they are after the plan. */
function withPresence(status: JobStatus, pods: readonly Pod[], plan: JobPlan, hasFailed: boolean): JobStatus {
  const removed = new Set(hasFailed ? [] : plan.remove);
  const active = pods.filter((pod) => isActive(pod) && !removed.has(pod));
  return {
    ...status,
    active: active.length + (hasFailed ? 0 : plan.create.length),
    ready: active.filter(isReady).length,
    terminating: pods.filter(isTerminating).length + removed.size,
  };
}

async function write(job: Job, status: JobStatus, { client }: Context): Promise<Job> {
  return semanticallyEqual(normal(status), normal(job.status)) ? job : client.updateStatus(Job, { ...job, status });
}

/** Counts that are not written when they are 0. */
function normal({ active = 0, succeeded = 0, failed = 0, completedIndexes = "", ...status }: JobStatus): JobStatus {
  return { ...status, active, succeeded, failed, completedIndexes };
}

async function release(pods: readonly Pod[], context: Context) {
  const released = new Set<Pod>();
  const outcomes = await Promise.allSettled(
    pods.map(async (pod) => {
      await removeFinalizer(pod, context);
      released.add(pod);
    }),
  );
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  return { released, failure: refused?.reason as unknown };
}

/** Lets a pod go. One that has gone is as good. */
export async function removeFinalizer(pod: Pod, { client }: Pick<Context, "client">): Promise<void> {
  const { uid } = pod.metadata;
  try {
    // By its value, whatever else became of the pod: it may just have been told to go.
    const metadata = { uid, "$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER] };
    await client.patch(Pod, pod.metadata, { type: "strategic", body: { metadata } });
  } catch (error) {
    if (!isApiError(error, "NotFound")) throw error;
  }
}

function tellSuspension(before: Job, now: Job, { events }: Context): void {
  const suspended = ({ status }: Job) => status.conditions?.find(({ type }) => type === "Suspended")?.status;
  if (suspended(before) === suspended(now)) return;
  if (suspended(now) === "True") events.event(now, "Normal", "Suspended", "Job suspended");
  else events.event(now, "Normal", "Resumed", "Job resumed");
}

function tellEnd(job: Job, { events }: Context): void {
  const end = endOf(job);
  if (end?.type === "Failed") events.event(job, "Warning", end.reason ?? "", end.message ?? "");
  if (end?.type !== "Complete") return;
  const { completions } = job.spec;
  if (completions !== undefined && (job.status.succeeded ?? 0) > completions) {
    const message = "Too many succeeded pods running after completion count reached";
    events.event(job, "Warning", "TooManySucceededPods", message);
  }
  events.event(job, "Normal", "Completed", "Job completed");
}
