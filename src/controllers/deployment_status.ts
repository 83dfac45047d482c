import type { Deployment, DeploymentCondition, DeploymentStatus } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { availableMin, availableOf, wantedOf } from "./deployment_bounds.ts";
import type { Generations } from "./deployment_revision.ts";
import { isComplete } from "./deployment_rollout.ts";

/** Stands for "no deadline" (deployment_util.go, HasProgressDeadline). */
const NO_DEADLINE_SECONDS = 2 ** 31 - 1;

/** A condition before it is known when it began. */
interface ConditionDraft {
  readonly type: "Available" | "Progressing" | "ReplicaFailure";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export type Conditions = readonly DeploymentCondition[];

export function conditionOf(conditions: Conditions, type: string): DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Sets a condition. The same status and reason leave it as it is; the same status leaves when it began. */
export function withCondition(conditions: Conditions, next: ConditionDraft, nowMs: number): Conditions {
  const known = conditionOf(conditions, next.type);
  if (known?.status === next.status && known.reason === next.reason) return conditions;
  const now = formatTime(nowMs);
  const lastTransitionTime = known?.status === next.status ? known.lastTransitionTime : now;
  return [...withoutCondition(conditions, next.type), { ...next, lastUpdateTime: now, lastTransitionTime }];
}

function withoutCondition(conditions: Conditions, type: string): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}

export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== NO_DEADLINE_SECONDS;
}

/** A rollout as it stands after a pass. */
export interface Observed extends Generations {
  /** Conditions with what the pass itself had to say. */
  readonly conditions: Conditions;
  readonly collisionCount: number | undefined;
}

/**
 * The counts and the condition Available. Does not judge progress: a paused or scaled deployment makes none.
 */
export function countsOf(deployment: Deployment, observed: Observed, nowMs: number): DeploymentStatus {
  const { current, old, collisionCount } = observed;
  const all = current ? [...old, current] : [...old];
  const availableReplicas = availableOf(all);
  const isAvailable = availableReplicas >= availableMin(deployment);
  const available: ConditionDraft = {
    type: "Available",
    status: isAvailable ? "True" : "False",
    reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${isAvailable ? "has" : "does not have"} minimum availability.`,
  };
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, (rs) => rs.status.replicas),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum(all, (rs) => rs.status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, wantedOf(all) - availableReplicas),
    terminatingReplicas: sum(all, (rs) => rs.status.terminatingReplicas),
    collisionCount,
    conditions: [...withCondition(observed.conditions, available, nowMs)],
  };
}

/** The whole status of a rollout, with its judgement of progress (progress.go, syncRolloutStatus). */
export function rolloutStatusOf(deployment: Deployment, observed: Observed, nowMs: number): DeploymentStatus {
  const status = countsOf(deployment, observed, nowMs);
  let conditions: Conditions = status.conditions ?? [];
  if (hasDeadline(deployment)) conditions = withProgress(deployment, observed.current, status, nowMs);
  else conditions = withoutCondition(conditions, "Progressing");
  const failure = replicaFailure(observed);
  conditions = failure ? withCondition(conditions, failure, nowMs) : withoutCondition(conditions, "ReplicaFailure");
  return { ...status, conditions: [...conditions] };
}

function withProgress(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  status: DeploymentStatus,
  nowMs: number,
): Conditions {
  const conditions = status.conditions ?? [];
  const known = conditionOf(conditions, "Progressing");
  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  // Once complete, pods that come and go are not progress.
  if (status.replicas === status.updatedReplicas && known?.reason === "NewReplicaSetAvailable") return conditions;
  const progressing = (state: "True" | "False", reason: string, what: string): ConditionDraft => ({
    type: "Progressing",
    status: state,
    reason,
    message: `${subject} ${what}`,
  });
  if (isComplete(deployment, status)) {
    const done = progressing("True", "NewReplicaSetAvailable", "has successfully progressed.");
    return withCondition(conditions, done, nowMs);
  }
  if (hasProgressed(deployment.status, status)) {
    const moving = progressing("True", "ReplicaSetUpdated", "is progressing.");
    // Even where status and reason stay, the deadline begins anew: that is what lastUpdateTime is for.
    const lastTransitionTime = known?.status === "True" ? known.lastTransitionTime : formatTime(nowMs);
    return [
      ...withoutCondition(conditions, "Progressing"),
      { ...moving, lastUpdateTime: formatTime(nowMs), lastTransitionTime },
    ];
  }
  if (!hasTimedOut(deployment, known, nowMs)) return conditions;
  const late = progressing("False", "ProgressDeadlineExceeded", "has timed out progressing.");
  return withCondition(conditions, late, nowMs);
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const oldOf = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldOf(now) < oldOf(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, known: DeploymentCondition | undefined, nowMs: number): boolean {
  if (!known || known.reason === "NewReplicaSetAvailable") return false;
  if (known.reason === "ProgressDeadlineExceeded") return true;
  return deadlineMs(deployment, known) < nowMs;
}

function deadlineMs(deployment: Deployment, progressing: DeploymentCondition): number {
  const { lastUpdateTime } = progressing;
  const fromMs = lastUpdateTime === undefined ? 0 : parseTime(lastUpdateTime);
  return fromMs + deployment.spec.progressDeadlineSeconds * 1000;
}

/** When to look again so that a missed deadline is noticed; undefined where there is nothing to wait for. */
export function untilDeadlineMs(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const known = conditionOf(status.conditions ?? [], "Progressing");
  if (!known || !hasDeadline(deployment) || isComplete(deployment, status)) return undefined;
  if (known.reason === "ProgressDeadlineExceeded" || known.reason === "NewReplicaSetAvailable") return undefined;
  if (deployment.spec.paused) return undefined;
  // A second later: the time of the last progress is kept in whole seconds.
  return Math.max(0, deadlineMs(deployment, known) - nowMs) + 1000;
}

/** Why ReplicaSets cannot make pods, the new one's reason first. */
function replicaFailure({ current, old }: Generations): ConditionDraft | undefined {
  for (const rs of current ? [current, ...old] : old) {
    const found = rs.status.conditions?.find((condition) => condition.type === "ReplicaFailure");
    if (!found) continue;
    const { reason = "", message = "" } = found;
    return { type: "ReplicaFailure", status: found.status === "True" ? "True" : "False", reason, message };
  }
  return undefined;
}

function sum(sets: readonly ReplicaSet[], count: (rs: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, rs) => total + (count(rs) ?? 0), 0);
}
