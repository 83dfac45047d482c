import { Pod } from "#api/core/pod.ts";
import { ReplicationController, type ReplicationControllerStatus } from "#api/core/replicationcontroller.ts";
import { controllerOf, ownerReference } from "#api/ownership.ts";
import { labelMapMatcher } from "#api/selectors/labels.ts";
import { controller, watching } from "#client/controller.ts";
import { statusEqual } from "#client/equality.ts";
import { claim } from "./ownership.ts";
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
import { withFailure } from "./replicaset.ts";

/** The elder of ReplicaSet: the same work with a selector of plain labels. */
export const replicationControllerController = controller({
  name: "replicationcontroller",
  component: "replication-controller",
  for: ReplicationController,
  owns: [Pod],
  watches: [
    watching(Pod, (pod, _previous, { cache }) => {
      if (controllerOf(pod)) return [];
      const { namespace, labels = {} } = pod.metadata;
      const all = cache(ReplicationController).list(namespace);
      return all.filter((rc) => labelMapMatcher(rc.spec.selector ?? {}).matches(labels)).map((rc) => rc.metadata);
    }),
  ],

  paceMs: (rc, { owned }) => paceMs(owned(Pod, rc).length),

  async reconcile(rc, context) {
    const { client, cache, clock } = context;
    const { template, selector, replicas, minReadySeconds = 0 } = rc.spec;
    const pods = await claim({
      client,
      ownerKind: ReplicationController,
      owner: rc,
      selector: { matchLabels: selector },
      kind: Pod,
      cache: cache(Pod),
      mayAdopt: isActive,
    });
    let failure: ReplicaFailure | undefined;
    if (template && rc.metadata.deletionTimestamp === undefined) {
      const draft = () => podFrom(template, ownerReference(ReplicationController, rc), rc.metadata.namespace);
      failure = await applyReplicas(rc, planReplicas(replicas, pods, clock.now()), draft, context);
    }
    const status = statusOf(rc, pods, failure, clock.now());
    if (!statusEqual(status, rc.status)) await client.updateStatus(ReplicationController, { ...rc, status });
    if (failure) throw failure.error;
    const waitMs = minReadySeconds > 0 ? nextAvailableMs(pods, minReadySeconds, clock.now()) : undefined;
    return { requeueAfterMs: waitMs };
  },
});

function statusOf(
  rc: ReplicationController,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): ReplicationControllerStatus {
  const labels = rc.spec.template?.metadata.labels ?? {};
  const { terminatingReplicas: _notShown, ...counts } = countReplicas(
    pods,
    labels,
    rc.spec.minReadySeconds ?? 0,
    nowMs,
  );
  return {
    ...counts,
    observedGeneration: rc.metadata.generation,
    conditions: withFailure(rc.status.conditions ?? [], failure, nowMs),
  };
}
