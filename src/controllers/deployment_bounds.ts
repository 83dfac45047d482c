import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import { resolvePercent } from "#api/int_or_string.ts";

/** How far a rolling update may stray from the number of replicas wanted. */
export interface Bounds {
  /** Pods beyond those wanted. */
  readonly surge: number;
  /** Pods fewer available than wanted. */
  readonly unavailable: number;
}

/**
 * Resolves maxSurge (percentages rounded up) and maxUnavailable (rounded down). Both zero would forbid every step,
 * so one pod may then be unavailable (deployment_util.go, ResolveFenceposts). Not of a rolling update: both 0.
 */
export function boundsOf({ spec }: Deployment): Bounds {
  if (spec.strategy.type !== "RollingUpdate") return { surge: 0, unavailable: 0 };
  const { maxSurge = 0, maxUnavailable = 0 } = spec.strategy.rollingUpdate ?? {};
  const surge = resolvePercent(maxSurge, spec.replicas, true);
  const unavailable = resolvePercent(maxUnavailable, spec.replicas, false);
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(least, spec.replicas) };
}

/** The most pods a deployment may have at any time. */
export function replicasMax(deployment: Deployment): number {
  return deployment.spec.replicas + boundsOf(deployment).surge;
}

/** The fewest pods that must be available at any time. */
export function availableMin(deployment: Deployment): number {
  return deployment.spec.replicas - boundsOf(deployment).unavailable;
}

/** Pods wanted from all of these together. */
export function wantedOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, rs) => sum + rs.spec.replicas, 0);
}

/**
 * Available pods that will stay: a ReplicaSet that was just made smaller still counts those about to go, until its
 * own controller has looked. Counting them would let more go than may.
 */
export function stayingOf(rs: ReplicaSet): number {
  return Math.min(rs.status.availableReplicas ?? 0, rs.spec.replicas);
}

export function availableOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, rs) => sum + (rs.status.availableReplicas ?? 0), 0);
}

/** Those that want pods at all. */
export function activeOf(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return sets.filter((rs) => rs.spec.replicas > 0);
}

/** Orders by creation, the oldest first; by name within a second. */
export function olderFirst(a: ReplicaSet, b: ReplicaSet): number {
  return (
    compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compare(a.metadata.name, b.metadata.name)
  );
}

/** The largest first; among equals the older. */
export function largerThenOlderFirst(a: ReplicaSet, b: ReplicaSet): number {
  return b.spec.replicas - a.spec.replicas || olderFirst(a, b);
}

/** The largest first; among equals the newer. */
export function largerThenNewerFirst(a: ReplicaSet, b: ReplicaSet): number {
  return b.spec.replicas - a.spec.replicas || olderFirst(b, a);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
