import type { DaemonSetStatus } from "#api/apps/daemonset.ts";
import { eligibility, isUpdated } from "./daemonset_nodes.ts";
import { keptFirst, podsByNode, type DaemonView } from "./daemonset_plan.ts";
import { isAvailable, isReady } from "./pod_state.ts";

/** What a DaemonSet's status should say: its numbers count nodes, each by the oldest pod on it. Pure. */
export function daemonStatusOf(view: DaemonView, collisionCount: number): DaemonSetStatus {
  const { set, nodes, hash, nowMs } = view;
  const byNode = podsByNode(view.pods);
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted(keptFirst);
    if (!eligibility(set, node).shouldRun) {
      if (pod) count.misscheduled++;
      continue;
    }
    count.desired++;
    if (!pod) continue;
    count.current++;
    if (isReady(pod)) count.ready++;
    if (isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)) count.available++;
    if (isUpdated(pod, set, hash)) count.updated++;
  }
  const { conditions } = set.status;
  return {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: unlessZero(count.updated),
    numberAvailable: unlessZero(count.available),
    numberUnavailable: unlessZero(count.desired - count.available),
    collisionCount: unlessZero(collisionCount),
    ...(conditions && { conditions }),
  };
}

/** The API writes no zeros here. */
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
