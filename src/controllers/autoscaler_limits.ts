import type { HPAScalingPolicy, HPAScalingRules } from "#api/autoscaling/scaling_rules.ts";

/*
 * From the replicas that metrics ask for to those the target gets: stabilised over time, and held within the bounds and
 * the rates of the autoscaler. Pure.
 */

/** What was asked for, or done, at a time. */
export interface Recommendation {
  readonly atMs: number;
  readonly replicas: number;
}
interface Change {
  readonly atMs: number;
  /** Replicas added or taken away; above zero. */
  readonly count: number;
}

/** What an autoscaler remembers of itself. It is not written anywhere: another controller begins anew. */
export interface History {
  readonly recommendations: readonly Recommendation[];
  readonly ups: readonly Change[];
  readonly downs: readonly Change[];
}

export const NO_HISTORY: History = { recommendations: [], ups: [], downs: [] };

/** How scaling behaves, complete. */
interface Rules {
  readonly windowSeconds: number;
  readonly selectPolicy: string;
  readonly policies: readonly HPAScalingPolicy[];
}
export interface Behavior {
  readonly up: Rules;
  readonly down: Rules;
}

/** What is true of a condition: its status, reason and message. */
export interface Finding {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

export interface Bounds {
  readonly current: number;
  readonly min: number;
  readonly max: number;
}

export interface Limited {
  readonly replicas: number;
  readonly ableToScale: Finding;
  readonly scalingLimited: Finding;
  readonly history: History;
}

/** kube-controller-manager --horizontal-pod-autoscaler-downscale-stabilization. */
const DOWN_WINDOW_SECONDS = 300;
/** Without rules of its own an autoscaler at most doubles at once, and may always go to four. */
const UP_FACTOR = 2;
const UP_LEAST = 4;

const READY: Finding = {
  status: "True",
  reason: "ReadyForNewScale",
  message: "recommended size matches current size",
};
const HIGHER: Finding = {
  status: "True",
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const LOWER: Finding = {
  status: "True",
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};

/** What holds replicas back, and at how many. */
interface Bound {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}
const UP_RATE = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_RATE = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const TOO_MANY = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const TOO_FEW = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const WITHIN = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };

/** Completes the rules of an autoscaler. How long it waits before it takes away is our setting where it says nothing. */
export function behaviorOf(
  behavior: { readonly scaleUp?: HPAScalingRules | undefined; readonly scaleDown?: HPAScalingRules | undefined } = {},
): Behavior {
  const complete = (rules: HPAScalingRules | undefined, windowSeconds: number): Rules => ({
    windowSeconds: rules?.stabilizationWindowSeconds ?? windowSeconds,
    selectPolicy: rules?.selectPolicy ?? "Max",
    policies: rules?.policies ?? [],
  });
  return { up: complete(behavior.scaleUp, 0), down: complete(behavior.scaleDown, DOWN_WINDOW_SECONDS) };
}

/** The replicas to have when metrics ask for `desired`. Without `behavior` the rules are those of autoscaling/v1. */
export function limitReplicas(
  desired: number,
  bounds: Bounds,
  behavior: Behavior | undefined,
  history: History,
  nowMs: number,
): Limited {
  const stable = behavior
    ? stabilized(desired, bounds.current, behavior, history, nowMs)
    : highest(desired, DOWN_WINDOW_SECONDS, history, nowMs);
  const direction = desired >= bounds.current ? LOWER : HIGHER;
  const ableToScale = stable === desired ? READY : behavior ? direction : HIGHER;
  const bound = behavior ? ratedBound(stable, bounds, behavior, history, nowMs) : plainBound(stable, bounds);
  const replicas = bound?.replicas ?? stable;
  const { reason, message } = bound ?? WITHIN;
  const windowSeconds = behavior
    ? Math.max(behavior.up.windowSeconds, behavior.down.windowSeconds)
    : DOWN_WINDOW_SECONDS;
  const kept = history.recommendations.filter(({ atMs }) => atMs > nowMs - windowSeconds * 1000);
  return {
    replicas,
    ableToScale,
    scalingLimited: { status: replicas === stable ? "False" : "True", reason, message },
    history: { ...history, recommendations: [...kept, { atMs: nowMs, replicas: desired }] },
  };
}

/** The most that was asked for within a window, now included. */
function highest(desired: number, windowSeconds: number, { recommendations }: History, nowMs: number): number {
  const recent = recommendations.filter(({ atMs }) => atMs > nowMs - windowSeconds * 1000);
  return Math.max(desired, ...recent.map(({ replicas }) => replicas));
}

function lowest(desired: number, windowSeconds: number, { recommendations }: History, nowMs: number): number {
  const recent = recommendations.filter(({ atMs }) => atMs > nowMs - windowSeconds * 1000);
  return Math.min(desired, ...recent.map(({ replicas }) => replicas));
}

/** The current number, moved no further than all recent recommendations agree on. */
function stabilized(desired: number, current: number, { up, down }: Behavior, history: History, nowMs: number): number {
  const least = lowest(desired, up.windowSeconds, history, nowMs);
  const most = highest(desired, down.windowSeconds, history, nowMs);
  return Math.min(Math.max(current, least), most);
}

function plainBound(desired: number, { current, min, max }: Bounds): Bound | undefined {
  const rate = Math.max(current * UP_FACTOR, UP_LEAST);
  if (desired < min) return { replicas: min, ...TOO_FEW };
  const most = max > rate ? { replicas: rate, ...UP_RATE } : { replicas: max, ...TOO_MANY };
  return desired > most.replicas ? most : undefined;
}

function ratedBound(
  desired: number,
  { current, min, max }: Bounds,
  { up, down }: Behavior,
  history: History,
  nowMs: number,
): Bound | undefined {
  if (desired > current) {
    const rate = Math.max(current, rateLimit(up, current, history, nowMs, "up"));
    const most = max > rate ? { replicas: rate, ...UP_RATE } : { replicas: max, ...TOO_MANY };
    return desired > most.replicas ? most : undefined;
  }
  if (desired < current) {
    const rate = Math.min(current, rateLimit(down, current, history, nowMs, "down"));
    const least = min < rate ? { replicas: rate, ...DOWN_RATE } : { replicas: min, ...TOO_FEW };
    return desired < least.replicas ? least : undefined;
  }
  return undefined;
}

/** How far the policies let replicas go, each from how many there were when its period began. */
function rateLimit(rules: Rules, current: number, history: History, nowMs: number, way: "up" | "down"): number {
  if (rules.selectPolicy === "Disabled") return current;
  const reached = rules.policies.map(({ type, value, periodSeconds }) => {
    const sinceMs = nowMs - periodSeconds * 1000;
    const start = current - countSince(history.ups, sinceMs) + countSince(history.downs, sinceMs);
    if (type === "Pods") return way === "up" ? start + value : start - value;
    return way === "up" ? Math.ceil(start * (1 + value / 100)) : Math.trunc(start * (1 - value / 100));
  });
  // The most change is the highest number on the way up, the lowest on the way down.
  const takesHighest = (rules.selectPolicy === "Min") === (way === "down");
  return takesHighest ? Math.max(...reached) : Math.min(...reached);
}

function countSince(changes: readonly Change[], sinceMs: number): number {
  return changes.reduce((sum, { atMs, count }) => (atMs > sinceMs ? sum + count : sum), 0);
}

/** The history after the target was scaled. Changes older than every policy looks back are forgotten. */
export function scaledHistory(
  history: History,
  behavior: Behavior | undefined,
  change: { readonly from: number; readonly to: number },
  nowMs: number,
): History {
  if (!behavior) return history;
  const periods = [...behavior.up.policies, ...behavior.down.policies].map(({ periodSeconds }) => periodSeconds);
  const sinceMs = nowMs - Math.max(0, ...periods) * 1000;
  const recent = (changes: readonly Change[]) => changes.filter(({ atMs }) => atMs > sinceMs);
  const count = Math.abs(change.to - change.from);
  const done = { atMs: nowMs, count };
  const isUp = change.to > change.from;
  return {
    ...history,
    ups: isUp ? [...recent(history.ups), done] : recent(history.ups),
    downs: isUp || count === 0 ? recent(history.downs) : [...recent(history.downs), done],
  };
}
