import { Deployment } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { StatefulSet } from "#api/apps/statefulset.ts";
import { Pod } from "#api/core/pod.ts";
import { ReplicationController } from "#api/core/replicationcontroller.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import { controllerOf } from "#api/ownership.ts";
import { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import { controller, watching, type Caches, type Context } from "#client/controller.ts";
import { statusEqual } from "#client/equality.ts";
import { paceMs } from "./replicas.ts";
import { failedBudget, needsScale, planBudget } from "./disruption_plan.ts";
import { selectorText } from "./selector_text.ts";

/** Tells in each PodDisruptionBudget's status how many of its pods may be away. The API server holds evictions to it. */
export const disruptionController = controller({
  name: "disruption",
  component: "controllermanager",
  for: PodDisruptionBudget,
  watches: [
    watching(Pod, (pod, previous, { cache }) => [
      ...budgetsOf(pod, cache),
      ...(previous ? budgetsOf(previous, cache) : []),
    ]),
    watching(ReplicaSet, ownedPodsBudgets),
    watching(StatefulSet, ownedPodsBudgets),
    watching(ReplicationController, ownedPodsBudgets),
    watching(Deployment, (deployment, _previous, caches) =>
      caches
        .cache(ReplicaSet)
        .ownedBy(deployment.metadata)
        .flatMap((rs) => ownedPodsBudgets(rs, undefined, caches)),
    ),
  ],

  paceMs: ({ status }) => paceMs(status.expectedPods ?? 0),

  async reconcile(budget, context) {
    const { client, cache, clock, events } = context;
    const { namespace, name } = budget.metadata;
    const nowMs = clock.now();
    const pods = cache(Pod).list(namespace).filter(selectorOf(budget));
    if (pods.length === 0) events.event(budget, "Normal", "NoPods", "No matching pods found");
    let scale = 0;
    try {
      if (needsScale(budget)) scale = scaleOf(budget, pods, context);
    } catch (error) {
      if (!(error instanceof ScaleError)) throw error;
      const message = `Failed to calculate the number of expected pods: ${error.message}`;
      events.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
      const status = failedBudget(budget, error.message, nowMs);
      await client.updateStatus(PodDisruptionBudget, { ...budget, status });
      throw error;
    }
    const { status, notDeleted, requeueAfterMs } = planBudget({ budget, pods, scale, nowMs });
    for (const pod of notDeleted) {
      const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`;
      events.event(pod, "Warning", "NotDeleted", message);
    }
    if (!statusEqual(status, budget.status)) {
      await client.updateStatus(PodDisruptionBudget, { ...budget, status });
    }
    return { requeueAfterMs };
  },
});

/** The owner of a pod does not say how many pods it wants. */
class ScaleError extends Error {
  override readonly name = "ScaleError";
}

/** Whether a budget is for a pod. No selector selects nothing; an empty one everything. */
function selectorOf({ spec }: PodDisruptionBudget): (pod: Pod) => boolean {
  if (spec.selector === undefined) return () => false;
  const matcher = labelSelectorMatcher(spec.selector);
  return ({ metadata }) => matcher.matches(metadata.labels ?? {});
}

function budgetsOf(pod: Pod, cache: Caches["cache"]) {
  return cache(PodDisruptionBudget)
    .list(pod.metadata.namespace)
    .filter((budget) => selectorOf(budget)(pod))
    .map(({ metadata }) => metadata);
}

type Owner = { readonly metadata: { readonly uid: string; readonly namespace?: string | undefined } };

function ownedPodsBudgets({ metadata }: Owner, _previous: unknown, { cache }: Caches) {
  const budgets = cache(PodDisruptionBudget).list(metadata.namespace);
  // Most namespaces have none, and an owner may have ten thousand pods.
  if (budgets.length === 0) return [];
  const pods = cache(Pod).ownedBy(metadata);
  return budgets.filter((budget) => pods.some(selectorOf(budget))).map((budget) => budget.metadata);
}

/** Pods that the owners of these want together. Pods without an owner count for nothing, which is told. */
function scaleOf(budget: PodDisruptionBudget, pods: readonly Pod[], { cache, events }: Context): number {
  const scales = new Map<string, number>();
  let hasUnmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      hasUnmanaged = true;
      continue;
    }
    const found = ownerScale(owner, pod.metadata.namespace, cache);
    if (!found) throw new ScaleError(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    scales.set(found.uid, found.replicas);
  }
  if (hasUnmanaged) {
    const message =
      `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec.selector)}) were found to be ` +
      "unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined " +
      'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    events.event(budget, "Warning", "UnmanagedPods", message);
  }
  return [...scales.values()].reduce((sum, each) => sum + each, 0);
}

interface Scale {
  readonly uid: string;
  readonly replicas: number;
}

/** How many pods an owner wants; a ReplicaSet of a Deployment counts as that. */
function ownerScale(owner: OwnerReference, namespace: string, cache: Caches["cache"]): Scale | undefined {
  const ref = { namespace, name: owner.name };
  const scale = (found: { metadata: { uid: string }; spec: { replicas?: number | undefined } } | undefined) =>
    found?.metadata.uid === owner.uid ? { uid: owner.uid, replicas: found.spec.replicas ?? 1 } : undefined;
  if (owner.kind === "StatefulSet") return scale(cache(StatefulSet).get(ref));
  if (owner.kind === "ReplicationController") return scale(cache(ReplicationController).get(ref));
  if (owner.kind === "Deployment") return scale(cache(Deployment).get(ref));
  if (owner.kind !== "ReplicaSet") {
    const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
    throw new ScaleError(`${owner.kind.toLowerCase()}s${group} does not implement the scale subresource`);
  }
  const rs = cache(ReplicaSet).get(ref);
  const parent = rs && controllerOf(rs);
  if (parent?.kind === "Deployment") return ownerScale(parent, namespace, cache);
  return scale(rs);
}
