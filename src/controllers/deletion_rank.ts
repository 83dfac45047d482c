import { parseTime } from "#api/time.ts";
import type { Pod } from "#api/core/pod.ts";
import { isReady, readySinceMs, restartsMax } from "./pod_state.ts";

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
  const standings = pods.map((pod): Standing => {
    const placed = pod.spec.nodeName ? 1 : 0;
    const phase = PHASE_RANK[pod.status.phase ?? "Pending"] ?? 0;
    const crowd = podsOnNode.get(pod.spec.nodeName ?? "") ?? 0;
    const ready = isReady(pod);
    const readyAge = ready ? ageRank(readySinceMs(pod), nowMs) : 0;
    const age = ageRank(parseTime(pod.metadata.creationTimestamp), nowMs);
    return { pod, ranks: [placed, phase, Number(ready), deletionCost(pod), -crowd, readyAge, -restartsMax(pod), age] };
  });
  return standings.toSorted(compare).map(({ pod }) => pod);
}

function compare(a: Standing, b: Standing): number {
  for (const [at, rank] of a.ranks.entries()) {
    const difference = rank - (b.ranks[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

/** What deleting the pod costs relative to its siblings; 0 unless its annotation says otherwise. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

function ageRank(sinceMs: number | undefined, nowMs: number): number {
  const ageNs = (nowMs - (sinceMs ?? nowMs)) * 1e6;
  return ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
}
