import type { StatefulSetStatus } from "#api/apps/statefulset.ts";
import { isAvailable } from "./pod_state.ts";
import { podRevision } from "./statefulset_identity.ts";
import { isLeaving, isRunningAndReady, type StatefulView } from "./statefulset_plan.ts";

/** What a StatefulSet's status should say. When all pods have come to the update revision, that is the current one. */
export function statefulStatusOf(view: StatefulView, collisionCount: number): StatefulSetStatus {
  const { set, pods, nowMs, currentRevision, updateRevision } = view;
  const ready = pods.filter(isRunningAndReady);
  const staying = pods.filter((pod) => !isLeaving(pod));
  const updated = staying.filter((pod) => podRevision(pod) === updateRevision).length;
  const current = staying.filter((pod) => podRevision(pod) === currentRevision).length;
  const wanted = set.spec.replicas;
  const isComplete =
    set.spec.updateStrategy.type === "RollingUpdate" &&
    [updated, ready.length, pods.length].every((count) => count === wanted);
  const { conditions } = set.status;
  return {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: unlessZero(ready.length),
    currentReplicas: unlessZero(isComplete ? updated : current),
    updatedReplicas: unlessZero(updated),
    currentRevision: isComplete ? updateRevision : currentRevision,
    updateRevision,
    collisionCount,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length,
    ...(conditions && { conditions }),
  };
}

/** The API writes no zeros here. */
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
