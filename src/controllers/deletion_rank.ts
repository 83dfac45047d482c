import { parseTime } from "#api/time.ts";
import type { Pod } from "#api/core/pod.ts";
import { isReady, readySinceMs, restartsMax } from "./pod_state.ts";

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/**
 * Orders pods so that the one least to be missed comes first (controller_utils.go, ActivePodsWithRanks): not
 * placed, not running, not ready, cheap to delete, doubled up on its node, young, often restarted.
 *
 * @param podsOnNode How many pods of the same work run on a node.
 */
export function byLeastToLose(podsOnNode: ReadonlyMap<string, number>, nowMs: number): (a: Pod, b: Pod) => number {
  const rank = (pod: Pod) => podsOnNode.get(pod.spec.nodeName ?? "") ?? 0;
  return (a, b) =>
    placed(a) - placed(b) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    rank(b) - rank(a) ||
    (isReady(a) ? youngerFirst(readySinceMs(a), readySinceMs(b), a, b, nowMs) : 0) ||
    restartsMax(b) - restartsMax(a) ||
    youngerFirst(createdMs(a), createdMs(b), a, b, nowMs);
}

/** What deleting the pod costs relative to its siblings; 0 unless its annotation says otherwise. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

function placed(pod: Pod): number {
  return pod.spec.nodeName ? 1 : 0;
}

function phaseRank(pod: Pod): number {
  return PHASE_RANK[pod.status.phase ?? "Pending"] ?? 0;
}

function createdMs(pod: Pod): number {
  return parseTime(pod.metadata.creationTimestamp);
}

/**
 * Younger first, by doublings of age: pods of about the same age are told apart by uid, that is by chance, so
 * that scaling down does not always take the newest and leave all the oldest on one node.
 */
function youngerFirst(aMs: number | undefined, bMs: number | undefined, a: Pod, b: Pod, nowMs: number): number {
  if (aMs === bMs) return 0;
  if (aMs === undefined) return -1;
  if (bMs === undefined) return 1;
  return ageRank(aMs, nowMs) - ageRank(bMs, nowMs) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
}

function ageRank(sinceMs: number, nowMs: number): number {
  const ageNs = (nowMs - sinceMs) * 1e6;
  return ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
}
