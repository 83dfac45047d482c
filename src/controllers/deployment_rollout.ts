import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import type { Pod } from "#api/core/pod.ts";
import { activeOf, availableMin, olderFirst, replicasMax, stayingOf, wantedOf } from "./deployment_bounds.ts";
import { revisionOf, type Generations } from "./deployment_revision.ts";
import { isTerminal } from "./pod_state.ts";

/** Gives one ReplicaSet another size. */
export interface Scale {
  readonly replicaSet: ReplicaSet;
  readonly to: number;
}

/**
 * How many pods the ReplicaSet with the present template should have now: all of them, or as many more as the
 * surge leaves room for.
 *
 * @param others Every other ReplicaSet.
 * @param present What it has now; 0 where it does not exist yet.
 */
export function newReplicas(deployment: Deployment, others: readonly ReplicaSet[], present: number): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === "Recreate") return replicas;
  const room = replicasMax(deployment) - wantedOf(others) - present;
  return room <= 0 ? present : present + Math.min(room, replicas - present);
}

/** The next step of a rolling update: up with the new, or else down with the old. Empty when nothing may move. */
export function planRolling(deployment: Deployment, generations: Generations & { current: ReplicaSet }): Scale[] {
  const { current, old } = generations;
  const { replicas } = deployment.spec;
  const present = current.spec.replicas;
  const to = present > replicas ? replicas : newReplicas(deployment, old, present);
  return to === present ? planScaleDown(deployment, current, activeOf(old)) : [{ replicaSet: current, to }];
}

/**
 * Takes from the old ReplicaSets what may go: first pods that serve nobody anyway, then as many of the healthy as
 * the availability wanted allows (rolling.go).
 */
function planScaleDown(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Scale[] {
  if (wantedOf(old) === 0) return [];
  const unavailableNew = current.spec.replicas - stayingOf(current);
  const removableMax = wantedOf(old) + current.spec.replicas - availableMin(deployment) - unavailableNew;
  if (removableMax <= 0) return [];
  const sizes = new Map(old.toSorted(olderFirst).map((rs) => [rs, rs.spec.replicas]));
  const unhealthy = (rs: ReplicaSet) => Math.max(0, rs.spec.replicas - (rs.status.availableReplicas ?? 0));
  shrink(sizes, removableMax, unhealthy);
  const staying = [...old, current].reduce((sum, rs) => sum + stayingOf(rs), 0);
  const spare = staying - availableMin(deployment);
  shrink(sizes, spare, (rs) => sizes.get(rs) ?? 0);
  return scalesOf(sizes);
}

/** Takes up to `count` pods, from each in order at most what it can spare. */
function shrink(sizes: Map<ReplicaSet, number>, count: number, spareOf: (rs: ReplicaSet) => number): void {
  let left = count;
  for (const [rs, size] of sizes) {
    if (left <= 0) return;
    const taken = Math.min(left, spareOf(rs), size);
    sizes.set(rs, size - taken);
    left -= taken;
  }
}

/** The changes among wanted sizes. */
export function scalesOf(sizes: ReadonlyMap<ReplicaSet, number>): Scale[] {
  return Array.from(sizes, ([replicaSet, to]) => ({ replicaSet, to })).filter(
    ({ replicaSet, to }) => replicaSet.spec.replicas !== to,
  );
}

/** Recreate: everything old goes at once. */
export function planRecreateDown(old: readonly ReplicaSet[]): Scale[] {
  return activeOf(old).map((replicaSet) => ({ replicaSet, to: 0 }));
}

/**
 * Whether a pod of another template still runs or may run. An unknown phase counts: a node that cannot be reached
 * may well be running it.
 *
 * @param podsOf The pods a ReplicaSet manages.
 */
export function hasOldPods(old: readonly ReplicaSet[], podsOf: (rs: ReplicaSet) => readonly Pod[]): boolean {
  if (old.some((rs) => rs.status.replicas > 0)) return true;
  return old.some((rs) => podsOf(rs).some((pod) => !isTerminal(pod)));
}

/** Old ReplicaSets beyond the history wanted, the oldest revisions first, and only those that are quite empty. */
export function planCleanup(deployment: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const kept = deployment.spec.revisionHistoryLimit;
  const present = old.filter((rs) => rs.metadata.deletionTimestamp === undefined);
  const surplus = present.toSorted((a, b) => Number(revisionOf(a) - revisionOf(b)) || olderFirst(a, b));
  return surplus.slice(0, Math.max(0, present.length - kept)).filter((rs) => {
    const isObserved = (rs.metadata.generation ?? 0) <= (rs.status.observedGeneration ?? 0);
    return rs.spec.replicas === 0 && rs.status.replicas === 0 && isObserved;
  });
}

/** Whether every pod wanted is of the present template and available. */
export function isComplete(deployment: Deployment, status: Deployment["status"]): boolean {
  const { replicas } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}
