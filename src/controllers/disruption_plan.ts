import { resolvePercent } from "#api/int_or_string.ts";
import type { Condition } from "#api/meta/condition.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "#api/policy/poddisruptionbudget.ts";
import type { Pod } from "#api/core/pod.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isReady } from "./pod_state.ts";

/** An eviction granted this long ago that led to no deletion is taken back (disruption.go DeletionTimeout). */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** What a budget is worked out from. */
export interface BudgetView {
  readonly budget: PodDisruptionBudget;
  /** The pods it selects. */
  readonly pods: readonly Pod[];
  /** Pods there should be, by the sizes their owners want; only needed where `needsScale`. */
  readonly scale: number;
  readonly nowMs: number;
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus;
  /** Pods whose eviction was granted and that are still there. */
  readonly notDeleted: readonly Pod[];
  /** When the next granted eviction is to be taken back. */
  readonly requeueAfterMs: number | undefined;
}

/** Whether the budget is a part of the pods there should be, rather than a number that must stay. */
export function needsScale({ spec }: PodDisruptionBudget): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === "string";
}

/** What a budget's status should say (disruption.go trySync). Pure. */
export function planBudget(view: BudgetView): BudgetPlan {
  const { budget, pods, nowMs } = view;
  const granted = new Map<string, string>();
  const notDeleted: Pod[] = [];
  let requeueAfterMs: number | undefined;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const since = budget.status.disruptedPods?.[name];
    if (since === undefined || deletionTimestamp !== undefined) continue;
    const leftMs = parseTime(since) + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) notDeleted.push(pod);
    else {
      granted.set(name, since);
      requeueAfterMs = Math.min(requeueAfterMs ?? leftMs, leftMs);
    }
  }
  const isHealthy = (pod: Pod) =>
    pod.metadata.deletionTimestamp === undefined && !granted.has(pod.metadata.name) && isReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const { expectedPods, desiredHealthy } = wantedOf(view);
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const status: PodDisruptionBudgetStatus = {
    ...(granted.size > 0 && { disruptedPods: Object.fromEntries(granted) }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    observedGeneration: budget.metadata.generation,
    conditions: conditionsWith(budget, allowedCondition(disruptionsAllowed), nowMs),
  };
  return { status, notDeleted, requeueAfterMs };
}

/** The status of a budget that cannot be worked out: nothing may be disrupted. */
export function failedBudget(budget: PodDisruptionBudget, message: string, nowMs: number): PodDisruptionBudgetStatus {
  const condition = { status: "False", reason: "SyncFailed", message };
  return {
    ...budget.status,
    disruptionsAllowed: 0,
    observedGeneration: budget.metadata.generation,
    conditions: conditionsWith(budget, condition, nowMs),
  };
}

function wantedOf({ budget, pods, scale }: BudgetView) {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined) {
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - resolvePercent(maxUnavailable, scale, true)) };
  }
  if (typeof minAvailable === "string") {
    return { expectedPods: scale, desiredHealthy: resolvePercent(minAvailable, scale, true) };
  }
  return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
}

type Fact = Pick<Condition, "status" | "reason" | "message">;

function allowedCondition(disruptionsAllowed: number): Fact {
  const isAllowed = disruptionsAllowed > 0;
  return {
    status: isAllowed ? "True" : "False",
    reason: isAllowed ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
}

function conditionsWith({ status, metadata }: PodDisruptionBudget, fact: Fact, nowMs: number): Condition[] {
  const conditions = status.conditions ?? [];
  const known = conditions.find(({ type }) => type === "DisruptionAllowed");
  const lastTransitionTime = known?.status === fact.status ? known.lastTransitionTime : formatTime(nowMs);
  const condition = { type: "DisruptionAllowed", ...fact, observedGeneration: metadata.generation, lastTransitionTime };
  return [...conditions.filter(({ type }) => type !== "DisruptionAllowed"), condition];
}
