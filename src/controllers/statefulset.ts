import { ControllerRevision } from "#api/apps/controllerrevision.ts";
import { StatefulSet } from "#api/apps/statefulset.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { ensureHistory, forget, planForgetting, templateOf, type History } from "./controller_revision.ts";
import { FAILED_POD_BACKOFF, FailedPodBackoff } from "./failed_pod_backoff.ts";
import { adopters, claim } from "./ownership.ts";
import { isTerminal } from "./pod_state.ts";
import { nextAvailableMs, paceMs, soonest } from "./replicas.ts";
import { slowStart } from "./slow_start.ts";
import { areClaimsOwned, createClaims, hasStaleClaim, lacksClaims, ownClaims } from "./statefulset_claims.ts";
import { identified, ordinalOf, podNameOf, podRevision, statefulPod } from "./statefulset_identity.ts";
import { isCondemned, planStateful, type StatefulPlan, type StatefulView, type Step } from "./statefulset_plan.ts";
import { statefulStatusOf } from "./statefulset_status.ts";

/** Under which a StatefulSet's revisions bear their hash; its pods bear the revision's name. */
const HASH_LABEL = "controller.kubernetes.io/hash";

/** Keeps pods that have names, an order and claims of their own. Remembers which pods failed lately, and nothing else. */
export function statefulSetController() {
  const backoff = new FailedPodBackoff(FAILED_POD_BACKOFF.stateful);
  return controller({
    name: "statefulset",
    for: StatefulSet,
    owns: [Pod, ControllerRevision],
    watches: [
      watching(Pod, (pod, _previous, { cache }) => adopters(pod, cache(StatefulSet)).map((set) => set.metadata)),
      // A claim that comes or goes brings its set back: a pod may have waited for that.
      watching(PersistentVolumeClaim, (volumeClaim, previous, { cache }) => {
        const { namespace, name, deletionTimestamp } = volumeClaim.metadata;
        if (previous && deletionTimestamp === undefined) return [];
        const isOurs = ({ metadata, spec }: StatefulSet) =>
          (spec.volumeClaimTemplates ?? []).some((each) => name.startsWith(`${each.metadata.name}-${metadata.name}-`));
        return cache(StatefulSet)
          .list(namespace)
          .filter(isOurs)
          .map((set) => set.metadata);
      }),
    ],

    paceMs: (set, { owned }) => paceMs(owned(Pod, set).length),

    async reconcile(set, context) {
      const [view, history] = await observe(set, context);
      const { plan, waitMs } = whatIsDue(view, backoff);
      const failure = await carryOut(view, history, plan, context);
      const status = statefulStatusOf(view, history.collisionCount);
      if (!semanticallyEqual(status, set.status)) await context.client.updateStatus(StatefulSet, { ...set, status });
      const live = new Set([view.currentRevision, view.updateRevision, ...view.pods.map(podRevision)]);
      const dead = history.old.filter((revision) => !live.has(revision.metadata.name));
      await forget(planForgetting(dead, set.spec.revisionHistoryLimit), context);
      if (failure !== undefined) throw failure;
      const { minReadySeconds = 0 } = set.spec;
      const availableMs = minReadySeconds > 0 ? nextAvailableMs(view.pods, minReadySeconds, view.nowMs) : undefined;
      return { requeueAfterMs: soonest(waitMs, availableMs) };
    },
  });
}

async function observe(set: StatefulSet, context: Context): Promise<[StatefulView, History]> {
  const { client, cache, clock } = context;
  const owning = { client, ownerKind: StatefulSet, owner: set, selector: set.spec.selector };
  const isMember = (pod: Pod) => ordinalOf(set, pod.metadata.name) !== undefined;
  const revisions = await claim({ ...owning, kind: ControllerRevision, cache: cache(ControllerRevision) });
  const history = await ensureHistory(StatefulSet, set, revisions, HASH_LABEL, context);
  const pods = await claim({ ...owning, kind: Pod, cache: cache(Pod), mayAdopt: isMember });
  const updateRevision = history.current.metadata.name;
  const known = history.old.find((revision) => revision.metadata.name === set.status.currentRevision);
  const claims = cache(PersistentVolumeClaim);
  const view: StatefulView = {
    set,
    pods: pods.filter(isMember),
    currentRevision: known?.metadata.name ?? updateRevision,
    updateRevision,
    nowMs: clock.now(),
    lacksClaims: (ordinal) => lacksClaims(set, ordinal, claims),
    hasStaleClaim: (ordinal) => hasStaleClaim(set, ordinal, claims),
    areClaimsOwned: (ordinal, pod) => areClaimsOwned(set, ordinal, pod, isCondemned(set, ordinal), claims),
  };
  return [view, history];
}

/** The plan without replacements of pods that failed again too soon, and the milliseconds until the first of those. */
function whatIsDue(view: StatefulView, backoff: FailedPodBackoff) {
  const { set, nowMs } = view;
  let waitMs: number | undefined;
  const isDue = (step: Step): boolean => {
    if (step.type !== "delete" || !isTerminal(step.pod) || isCondemned(set, step.ordinal)) return true;
    const key = `${set.metadata.uid}/${set.metadata.generation ?? 0}/${step.ordinal}`;
    const delayMs = backoff.delayMs(key, nowMs);
    if (delayMs > 0) waitMs = soonest(waitMs, delayMs);
    return delayMs === 0;
  };
  const plan: StatefulPlan = planStateful(view).map((stage) => stage.filter(isDue));
  return { plan, waitMs };
}

/** Gives the first failure. Ordered sets take one step after the other, parallel ones a stage at once. */
async function carryOut(view: StatefulView, history: History, plan: StatefulPlan, context: Context): Promise<unknown> {
  const { set } = view;
  for (const stage of plan) {
    const take = (step: Step | undefined) => (step ? takeStep(set, step, history, context) : Promise.resolve());
    if (set.spec.podManagementPolicy === "Parallel") {
      const { failure } = await slowStart(stage.length, (index) => take(stage[index]));
      if (failure !== undefined) return failure;
      continue;
    }
    for (const step of stage) {
      try {
        await take(step);
      } catch (error) {
        return error;
      }
    }
  }
  return undefined;
}

async function takeStep(set: StatefulSet, step: Step, history: History, context: Context): Promise<void> {
  const { client } = context;
  const { ordinal } = step;
  switch (step.type) {
    case "create":
      return telling(set, "create", ordinal, context, async () => {
        await createClaims(set, ordinal, context);
        await ownClaims(set, ordinal, undefined, false, context);
        const revision = history.old.find((each) => each.metadata.name === step.revision) ?? history.current;
        await client.create(Pod, statefulPod(set, templateOf(revision), step.revision, ordinal));
      });
    case "delete":
      return telling(set, "delete", ordinal, context, async () => {
        await client.delete(Pod, step.pod.metadata, { preconditions: { uid: step.pod.metadata.uid } });
      });
    case "identify":
      return telling(set, "update", ordinal, context, async () => {
        await createClaims(set, ordinal, context);
        await client.update(Pod, identified(set, step.pod, ordinal));
      });
    case "claim":
      return createClaims(set, ordinal, context);
    case "own":
      return ownClaims(set, ordinal, step.pod, isCondemned(set, ordinal), context);
  }
}

/** Tells how it went in an event on the set, and throws on what it threw. */
async function telling(
  set: StatefulSet,
  verb: "create" | "delete" | "update",
  ordinal: number,
  { events }: Context,
  act: () => Promise<void>,
): Promise<void> {
  const title = { create: "Create", delete: "Delete", update: "Update" }[verb];
  const what = `${verb} Pod ${podNameOf(set, ordinal)} in StatefulSet ${set.metadata.name}`;
  try {
    await act();
  } catch (error) {
    if (verb === "delete" && isApiError(error, "NotFound")) return;
    // Another's pod has the name, or the cache is behind: nothing to tell, but to be tried again.
    if (isApiError(error, "AlreadyExists")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    events.event(set, "Warning", `Failed${title}`, `${what} failed error: ${reason}`);
    throw error;
  }
  events.event(set, "Normal", `Successful${title}`, `${what} successful`);
}
