import { formatTime } from "#api/time.ts";
import { ReplicaSet, type ReplicaSetCondition, type ReplicaSetStatus } from "#api/apps/replicaset.ts";
import { Pod } from "#api/core/pod.ts";
import { controllerOf, ownerReference } from "#api/ownership.ts";
import { controller, watching, type Context, type Outcome } from "#client/controller.ts";
import { statusEqual } from "#client/equality.ts";
import { adopters, claim } from "./ownership.ts";
import { isActive } from "./pod_state.ts";
import {
  applyReplicas,
  countReplicas,
  nextAvailableMs,
  paceMs,
  planReplicas,
  podFrom,
  type ReplicaFailure,
} from "./replicas.ts";

/** Keeps as many pods alive as each ReplicaSet wants. */
export const replicaSetController = controller({
  name: "replicaset",
  for: ReplicaSet,
  owns: [Pod],
  watches: [watching(Pod, (pod, _previous, { cache }) => adopters(pod, cache(ReplicaSet)).map((rs) => rs.metadata))],

  paceMs: (rs, { owned }) => paceMs(owned(Pod, rs).length),

  async reconcile(rs, context) {
    const { client, cache, clock } = context;
    const pods = await claim({
      client,
      ownerKind: ReplicaSet,
      owner: rs,
      selector: rs.spec.selector,
      kind: Pod,
      cache: cache(Pod),
      mayAdopt: isActive,
    });
    const isLeaving = rs.metadata.deletionTimestamp !== undefined;
    const failure = isLeaving ? undefined : await manage(rs, pods, context);
    const status = statusOf(rs, pods, failure, clock.now());
    if (!statusEqual(status, rs.status)) await client.updateStatus(ReplicaSet, { ...rs, status });
    if (failure) throw failure.error;
    return wakeUp(rs, pods, clock.now());
  },
});

function manage(rs: ReplicaSet, pods: readonly Pod[], context: Context): Promise<ReplicaFailure | undefined> {
  const plan = planReplicas(rs.spec.replicas, pods, context.clock.now(), () => relatedPods(rs, context));
  const draft = () => podFrom(rs.spec.template, ownerReference(ReplicaSet, rs), rs.metadata.namespace);
  return applyReplicas(rs, plan, draft, context);
}

/** Pods of all ReplicaSets with the same owner: an update's old and new pods spread together. */
function relatedPods(rs: ReplicaSet, { cache, owned }: Context): readonly Pod[] {
  const owner = controllerOf(rs);
  if (!owner) return owned(Pod, rs);
  return cache(ReplicaSet)
    .ownedBy({ uid: owner.uid, namespace: rs.metadata.namespace })
    .flatMap((sibling) => owned(Pod, sibling));
}

/** Nothing tells a controller that time has passed: it has to look again when a ready pod becomes available. */
function wakeUp(rs: ReplicaSet, pods: readonly Pod[], nowMs: number): Outcome {
  const minReadySeconds = rs.spec.minReadySeconds ?? 0;
  return { requeueAfterMs: minReadySeconds > 0 ? nextAvailableMs(pods, minReadySeconds, nowMs) : undefined };
}

/** What a ReplicaSet's status should say. Pure. */
export function statusOf(
  rs: ReplicaSet,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const { spec, metadata } = rs;
  return {
    ...countReplicas(pods, spec.template.metadata.labels ?? {}, spec.minReadySeconds ?? 0, nowMs),
    observedGeneration: metadata.generation,
    conditions: withFailure(rs.status.conditions ?? [], failure, nowMs),
  };
}

/** Shows a failure as the condition ReplicaFailure, and takes it away when all went well. */
export function withFailure(
  conditions: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): ReplicaSetCondition[] {
  const others = conditions.filter((condition) => condition.type !== "ReplicaFailure");
  if (!failure) return others;
  const known = conditions.find((condition) => condition.type === "ReplicaFailure");
  if (known) return [...conditions];
  const { reason, error } = failure;
  const lastTransitionTime = formatTime(nowMs);
  return [...others, { type: "ReplicaFailure", status: "True", reason, message: error.message, lastTransitionTime }];
}
