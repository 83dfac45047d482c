import { parseTime } from "#api/time.ts";
import type { Pod } from "#api/core/pod.ts";
import { isReady, readyTime, restartsMax } from "./pod_state.ts";

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/** What of a pod decides how much it would be missed. */
interface Standing {
  readonly pod: Pod;
  /** Compared one after the other; the lower goes first. */
  readonly ranks: readonly number[];
}

/**
 * Orders pods so that the one least to be missed comes first (controller_utils.go, ActivePodsWithRanks): not
 * placed, not running, not ready, cheap to delete, doubled up on its node, young, often restarted.
 *
 * Ages count by doublings, so that pods of about the same age are told apart by uid, that is by chance: scaling
 * down does not always take the newest and leave all the oldest on one node.
 *
 * @param podsOnNode How many pods of the same work run on a node.
 */
export function leastToLoseFirst(
  pods: readonly Pod[],
  podsOnNode: ReadonlyMap<string, number>,
  nowMs: number,
): readonly Pod[] {
  const ageOf = ageRanks(nowMs);
  const standings = pods.map((pod): Standing => {
    const placed = pod.spec.nodeName ? 1 : 0;
    const phase = PHASE_RANK[pod.status.phase ?? "Pending"] ?? 0;
    const crowd = podsOnNode.get(pod.spec.nodeName ?? "") ?? 0;
    const ready = isReady(pod);
    const readyAge = ready ? ageOf(readyTime(pod)) : 0;
    const age = ageOf(pod.metadata.creationTimestamp);
    return { pod, ranks: [placed, phase, Number(ready), deletionCost(pod), -crowd, readyAge, -restartsMax(pod), age] };
  });
  return standings.toSorted(compare).map(({ pod }) => pod);
}

function compare(a: Standing, b: Standing): number {
  for (let at = 0; at < a.ranks.length; at++) {
    const difference = (a.ranks[at] ?? 0) - (b.ranks[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

/** What deleting the pod costs relative to its siblings; 0 unless its annotation says otherwise. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

/** Ages by doublings. Thousands of pods have few times among them: each is read once. */
function ageRanks(nowMs: number): (since: string | undefined) => number {
  const known = new Map<string, number>();
  return (since) => {
    if (since === undefined) return -1;
    let rank = known.get(since);
    if (rank === undefined) {
      const ageNs = (nowMs - parseTime(since)) * 1e6;
      rank = ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
      known.set(since, rank);
    }
    return rank;
  };
}
