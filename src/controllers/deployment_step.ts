import type { Deployment } from "#api/apps/deployment.ts";
import { activeOf, wantedOf } from "./deployment_bounds.ts";
import type { Generations } from "./deployment_revision.ts";
import { planRecreateDown, planRolling, type Scale } from "./deployment_rollout.ts";
import { isScaling, planScaling } from "./deployment_scale.ts";

/**
 * Where a deployment stands. `creating`: the present template needs its ReplicaSet. `moving`: ReplicaSets change their
 * sizes. `waitingForNew`: new pods have to become available first. `waitingForOld`: old pods have to be gone first.
 */
export type Stand =
  | "deleting"
  | "paused"
  | "resizing"
  | "creating"
  | "moving"
  | "waitingForNew"
  | "waitingForOld"
  | "complete";

/** What a deployment does next: the controller does it, a plan imagines it, a state tells of it. */
export interface Step {
  readonly stand: Stand;
  readonly scales: readonly Scale[];
}

/** @param hasOldPods Whether pods of other templates run or may run; asked only where that decides (Recreate). */
export function nextStep(deployment: Deployment, generations: Generations, hasOldPods: () => boolean): Step {
  const { metadata, spec } = deployment;
  if (metadata.deletionTimestamp !== undefined) return { stand: "deleting", scales: [] };
  if (spec.paused) return { stand: "paused", scales: planScaling(deployment, generations) };
  if (isScaling(deployment, generations)) return { stand: "resizing", scales: planScaling(deployment, generations) };
  return spec.strategy.type === "Recreate"
    ? recreateStep(deployment, generations, hasOldPods)
    : rollingStep(deployment, generations);
}

function rollingStep(deployment: Deployment, { current, old }: Generations): Step {
  if (!current) return { stand: "creating", scales: [] };
  const scales = planRolling(deployment, { current, old });
  return scales.length > 0 ? { stand: "moving", scales } : { stand: standStill(deployment, { current, old }), scales };
}

function recreateStep(deployment: Deployment, { current, old }: Generations, hasOldPods: () => boolean): Step {
  if (activeOf(old).length > 0) return { stand: "moving", scales: planRecreateDown(old) };
  if (hasOldPods()) return { stand: "waitingForOld", scales: [] };
  if (!current) return { stand: "creating", scales: [] };
  const { replicas } = deployment.spec;
  if (current.spec.replicas !== replicas) return { stand: "moving", scales: [{ replicaSet: current, to: replicas }] };
  return { stand: standStill(deployment, { current, old }), scales: [] };
}

/** Where a deployment stands that has nothing to do. */
function standStill({ spec: { replicas } }: Deployment, { current, old }: Generations): Stand {
  const { replicas: present = 0, availableReplicas = 0 } = current?.status ?? {};
  if (present !== replicas || availableReplicas !== replicas) return "waitingForNew";
  const isOldGone = wantedOf(old) === 0 && old.every((rs) => rs.status.replicas === 0);
  return isOldGone ? "complete" : "waitingForOld";
}
