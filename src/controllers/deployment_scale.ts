import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import { activeOf, largerThenNewerFirst, largerThenOlderFirst, replicasMax, wantedOf } from "./deployment_bounds.ts";
import { sizeAnnotation, type Generations } from "./deployment_revision.ts";
import { scalesOf, type Scale } from "./deployment_rollout.ts";

/** Whether somebody changed `spec.replicas` since the ReplicaSets were last scaled. */
export function isScaling(deployment: Deployment, { current, old }: Generations): boolean {
  return activeOf(current ? [...old, current] : old).some((rs) => {
    const desired = sizeAnnotation(rs, "desired");
    return desired !== undefined && desired !== deployment.spec.replicas;
  });
}

/**
 * Brings the ReplicaSets to another number of replicas without going on with the rollout (sync.go, scale): a
 * single active one takes it all; in the middle of a rolling update each keeps its share.
 */
export function planScaling(deployment: Deployment, { current, old }: Generations): Scale[] {
  const all = current ? [...old, current] : old;
  const active = activeOf(all);
  const only = active.length > 1 ? undefined : (active[0] ?? current ?? old.at(-1));
  if (only) return scalesOf(new Map([[only, deployment.spec.replicas]]));
  if (current && isSaturated(deployment, current)) {
    return activeOf(old).map((replicaSet) => ({ replicaSet, to: 0 }));
  }
  return deployment.spec.strategy.type === "RollingUpdate" ? planShares(deployment, active) : [];
}

/** Whether the new ReplicaSet has all the pods wanted, and they are available. */
function isSaturated(deployment: Deployment, rs: ReplicaSet): boolean {
  const { replicas } = deployment.spec;
  const isWhole = rs.spec.replicas === replicas && sizeAnnotation(rs, "desired") === replicas;
  return isWhole && (rs.status.availableReplicas ?? 0) === replicas;
}

/** Spreads the change over the active ReplicaSets by size; what rounding leaves goes to the largest. */
function planShares(deployment: Deployment, active: readonly ReplicaSet[]): Scale[] {
  const allowed = deployment.spec.replicas > 0 ? replicasMax(deployment) : 0;
  const toAdd = allowed - wantedOf(active);
  const sorted = active.toSorted(toAdd > 0 ? largerThenNewerFirst : largerThenOlderFirst);
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const rs of sorted) {
    const share = toAdd === 0 ? 0 : shareOf(rs, deployment, toAdd, added);
    sizes.set(rs, rs.spec.replicas + share);
    added += share;
  }
  const [largest] = sorted;
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return scalesOf(sizes);
}

/** Pods to add to one ReplicaSet (negative: to take), never more than what is left to add. */
function shareOf(rs: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const left = toAdd - added;
  if (rs.spec.replicas === 0 || left === 0) return 0;
  const share = fractionOf(rs, deployment);
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fractionOf(rs: ReplicaSet, deployment: Deployment): number {
  if (deployment.spec.replicas === 0) return -rs.spec.replicas;
  // Without the annotation the best guess of the size before is what the deployment had.
  const before = sizeAnnotation(rs, "max") || deployment.status.replicas || rs.spec.replicas;
  return Math.round((rs.spec.replicas * replicasMax(deployment)) / before) - rs.spec.replicas;
}
