import { parseTime } from "#api/time.ts";
import type { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import type { FilterPass } from "../filter_pass.ts";
import type { Refusal } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";

/** Pods to be evicted from a node so that another fits, most important first. */
export interface Victims {
  readonly info: NodeInfo;
  readonly pods: readonly PodInfo[];
  /** How many of them a budget would have kept. */
  readonly violations: number;
}

const NO_VICTIMS: Refusal = {
  plugin: "DefaultPreemption",
  reasons: ["No preemption victims found for incoming pod"],
  isFinal: true,
};

/**
 * The fewest pods of lower priority whose eviction lets the pod onto the node. All of them are taken off on trial,
 * then put back one by one where the pod still fits: first those that a budget protects, each time the most
 * important first (defaultpreemption SelectVictimsOnNode). Everything is as it was when this returns.
 */
export function victimsOn(
  info: NodeInfo,
  pass: FilterPass,
  budgets: readonly PodDisruptionBudget[],
): Victims | Refusal {
  const lower = Array.from(info.pods.values())
    .filter(({ priority }) => priority < pass.pod.priority)
    .toSorted(byImportance);
  if (lower.length === 0) return NO_VICTIMS;
  const gone = new Set(lower);
  for (const pod of lower) pass.take(info, pod);
  try {
    const refusal = pass.refusal(info);
    if (refusal) return refusal;
    const [violating, others] = byBudgets(lower, budgets);
    const victims: PodInfo[] = [];
    let violations = 0;
    const spare = (pod: PodInfo): boolean => {
      pass.put(info, pod);
      if (pass.refusal(info) === undefined) {
        gone.delete(pod);
        return true;
      }
      pass.take(info, pod);
      victims.push(pod);
      return false;
    };
    for (const pod of violating) if (!spare(pod)) violations++;
    others.forEach(spare);
    return { info, pods: victims.toSorted(byImportance), violations };
  } finally {
    for (const pod of gone) pass.put(info, pod);
  }
}

export function isRefusal(found: Victims | Refusal): found is Refusal {
  return "reasons" in found;
}

/** Higher priority first, then longer running (scheduler/util MoreImportantPod). */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startMs(a) - startMs(b);
}

/** When a pod started; one that has not, last of all. */
export function startMs({ pod }: PodInfo): number {
  const { startTime } = pod.status;
  return startTime === undefined ? Number.MAX_SAFE_INTEGER : parseTime(startTime);
}

/** Pods whose eviction, with that of those before them, some budget does not allow; and the others. */
function byBudgets(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): [violating: PodInfo[], others: PodInfo[]] {
  const limits = budgets.map((budget) => ({
    budget,
    matcher: labelSelectorMatcher(budget.spec.selector),
    left: budget.status.disruptionsAllowed,
  }));
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let isViolating = false;
    for (const limit of limits) {
      const { budget, matcher } = limit;
      if (budget.metadata.namespace !== pod.namespace || Object.keys(pod.labels).length === 0) continue;
      // Unlike for evictions, an empty selector protects nobody here.
      if (matcher.matchesEverything || !matcher.matches(pod.labels)) continue;
      if (budget.status.disruptedPods?.[pod.pod.metadata.name] !== undefined) continue;
      limit.left--;
      isViolating ||= limit.left < 0;
    }
    (isViolating ? violating : others).push(pod);
  }
  return [violating, others];
}
