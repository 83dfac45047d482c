import { ControllerRevision } from "#api/apps/controllerrevision.ts";
import { DaemonSet } from "#api/apps/daemonset.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { ownerReference } from "#api/ownership.ts";
import { controller, watching, type Caches, type Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { ensureHistory, forget, planForgetting, REVISION_LABEL, type History } from "./controller_revision.ts";
import { FAILED_POD_BACKOFF, FailedPodBackoff } from "./failed_pod_backoff.ts";
import { daemonPod } from "./daemonset_nodes.ts";
import { planPresence, planRolling, type DaemonPlan, type DaemonView, type FinishedPod } from "./daemonset_plan.ts";
import { daemonStatusOf } from "./daemonset_status.ts";
import { adopters, claim } from "./ownership.ts";
import { applyReplicas, nextAvailableMs, paceMs, PODS_PER_PASS_MAX, soonest } from "./replicas.ts";

/** Keeps one pod on each node that should have one. Remembers which nodes' pods failed lately, and nothing else. */
export function daemonSetController() {
  const backoff = new FailedPodBackoff(FAILED_POD_BACKOFF.daemon);
  return controller({
    name: "daemonset",
    for: DaemonSet,
    owns: [Pod, ControllerRevision],
    watches: [
      watching(Pod, (pod, _previous, { cache }) => adopters(pod, cache(DaemonSet)).map((set) => set.metadata)),
      watching(Node, (node, previous, caches) => concernedBy(node, previous, caches)),
    ],

    paceMs: (set, { owned }) => paceMs(owned(Pod, set).length),

    async reconcile(set, context) {
      if (selectsEverything(set)) {
        const message = "This daemon set is selecting all pods. A non-empty selector is required.";
        context.events.event(set, "Warning", "SelectingAll", message);
        return undefined;
      }
      // What is left of a set on its way out is the garbage collector's; its history may be gone already.
      if (set.metadata.deletionTimestamp !== undefined) return undefined;
      const [view, history] = await observe(set, context);
      const { failure, waitMs } = await act(view, history, backoff, context);
      const status = daemonStatusOf(view, history.collisionCount);
      if (!semanticallyEqual(status, set.status)) await context.client.updateStatus(DaemonSet, { ...set, status });
      if (failure) throw failure;
      return { requeueAfterMs: soonest(waitMs, wakeUpMs(view)) };
    },
  });
}

async function observe(set: DaemonSet, context: Context): Promise<[DaemonView, History]> {
  const { client, cache, clock } = context;
  const owning = { client, ownerKind: DaemonSet, owner: set, selector: set.spec.selector };
  const revisions = await claim({ ...owning, kind: ControllerRevision, cache: cache(ControllerRevision) });
  const history = await ensureHistory(DaemonSet, set, revisions, REVISION_LABEL, context);
  const pods = await claim({ ...owning, kind: Pod, cache: cache(Pod) });
  const hash = history.current.metadata.labels?.[REVISION_LABEL] ?? "";
  return [{ set, nodes: cache(Node).list(), pods, hash, nowMs: clock.now() }, history];
}

interface Acted {
  readonly failure: Error | undefined;
  /** Milliseconds until a failed pod may be replaced. */
  readonly waitMs: number | undefined;
}

/** First each node gets what it should have; only then the rollout goes on, and old revisions are forgotten. */
async function act(view: DaemonView, history: History, backoff: FailedPodBackoff, context: Context): Promise<Acted> {
  const { set } = view;
  const presence = planPresence(view);
  const { due, waitMs } = dueOf(set, presence.finished, backoff, view.nowMs);
  for (const each of due) tellFinished(set, each, context);
  const settling = { create: presence.create, remove: [...presence.remove, ...due.map(({ pod }) => pod)] };
  let failure = await apply(view, settling, context);
  const isSettled = settling.create.length === 0 && settling.remove.length === 0;
  if (isSettled && set.spec.updateStrategy.type === "RollingUpdate") {
    failure = await apply(view, planRolling(view), context);
  }
  if (!failure) {
    const live = new Set(view.pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL]));
    const { revisionHistoryLimit } = set.spec;
    const isLive = (revision: ControllerRevision) => live.has(revision.metadata.labels?.[REVISION_LABEL]);
    await forget(planForgetting(history.old, revisionHistoryLimit, isLive), context);
  }
  return { failure, waitMs };
}

/** Creations and removals are tried both, whatever becomes of the other. */
async function apply({ set, hash }: DaemonView, plan: DaemonPlan, context: Context): Promise<Error | undefined> {
  const owner = ownerReference(DaemonSet, set);
  const nodeNames = plan.create.slice(0, PODS_PER_PASS_MAX);
  const drafts = nodeNames.map((nodeName) => daemonPod(set, owner, hash, nodeName)).values();
  const draft = () => {
    const { value, done } = drafts.next();
    if (done) throw new RangeError("more pods than nodes");
    return value;
  };
  const created = await applyReplicas(set, { create: nodeNames.length, remove: [] }, draft, context);
  const remove = plan.remove.slice(0, PODS_PER_PASS_MAX);
  const removed = await applyReplicas(set, { create: 0, remove }, draft, context);
  return (created ?? removed)?.error;
}

function dueOf(set: DaemonSet, finished: readonly FinishedPod[], backoff: FailedPodBackoff, nowMs: number) {
  let waitMs: number | undefined;
  const due = finished.filter(({ pod, nodeName }) => {
    if (pod.status.phase !== "Failed") return true;
    const key = `${set.metadata.uid}/${set.status.observedGeneration ?? 0}/${nodeName}`;
    const delayMs = backoff.delayMs(key, nowMs);
    if (delayMs > 0) waitMs = soonest(waitMs, delayMs);
    return delayMs === 0;
  });
  return { due, waitMs };
}

function tellFinished(set: DaemonSet, { pod, nodeName }: FinishedPod, { events }: Context): void {
  const { namespace, name } = pod.metadata;
  if (pod.status.phase === "Failed") {
    const message = `Found failed daemon pod ${namespace}/${name} on node ${nodeName}, will try to kill it`;
    events.event(set, "Warning", "FailedDaemonPod", message);
  } else {
    const message = `Found succeeded daemon pod ${namespace}/${name} on node ${nodeName}, will try to delete it`;
    events.event(set, "Normal", "SucceededDaemonPod", message);
  }
}

/** Nothing tells that a pod has been ready for long enough: look again then. */
function wakeUpMs({ set, pods, nowMs }: DaemonView): number | undefined {
  const { minReadySeconds = 0 } = set.spec;
  return minReadySeconds > 0 ? nextAvailableMs(pods, minReadySeconds, nowMs) : undefined;
}

/** A node concerns every daemon when it comes, goes or changes in what decides about daemons; heartbeats do not. */
function concernedBy(node: Node, previous: Node | undefined, { cache }: Caches) {
  if (previous && semanticallyEqual(decisiveOf(previous), decisiveOf(node))) return [];
  return cache(DaemonSet)
    .list()
    .map((set) => set.metadata);
}

function decisiveOf({ metadata, spec }: Node) {
  return { labels: metadata.labels, taints: spec.taints, unschedulable: spec.unschedulable };
}

function selectsEverything({ spec }: DaemonSet): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector;
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
