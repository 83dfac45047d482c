import type { Pod } from "#api/core/pod.ts";
import { groupPods, MetricError, podRequests, type PodGroups, type PodMetric } from "./autoscaler_pods.ts";
import { isReady } from "./pod_state.ts";

/*
 * How many replicas a figure asks for. Pure; all values are in thousandths, as Kubernetes counts them, and divisions of
 * whole numbers drop the rest where it does.
 */

/** By how much of itself a figure may be off its target, above and below, before anything is done. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/** What a calculation looks at. */
export interface Scene {
  /** Replicas the target wants now. */
  readonly current: number;
  /** Pods of the target. */
  readonly pods: readonly Pod[];
  readonly tolerances: Tolerances;
  readonly nowMs: number;
}

function isWithin({ up, down }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

type Metrics = ReadonlyMap<string, PodMetric>;

/** Replicas that bring the pods' use of a resource to a percentage of what they ask for. @throws {MetricError} */
export function utilizationReplicas(
  scene: Scene,
  metrics: Metrics,
  target: { readonly percent: number; readonly resource: string; readonly container: string },
): { readonly replicas: number; readonly percent: number; readonly average: number } {
  const { resource, container } = target;
  const { groups, counted } = countedMetrics(scene, metrics, resource);
  const requests = podRequests(scene.pods, container, resource);
  const now = utilization(counted, requests, target.percent);
  const replicas = rebalanced(scene, groups, counted, {
    ratioOf: (values) => utilization(values, requests, target.percent).ratio,
    // A pod that says nothing may use all it asked for: nothing is taken away on a guess.
    mostOf: (name) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target.percent)) / 100),
    addsMissingWhenEven: false,
  });
  return { replicas, percent: now.percent, average: now.average };
}

/** Replicas that bring the average of a figure to a target. @throws {MetricError} */
export function averageReplicas(
  scene: Scene,
  metrics: Metrics,
  target: { readonly value: number; readonly resource: string },
): { readonly replicas: number; readonly average: number } {
  const { groups, counted } = countedMetrics(scene, metrics, target.resource);
  const ratioOf = (values: Values) => averageOf(values) / target.value;
  const how = { ratioOf, mostOf: () => target.value, addsMissingWhenEven: true };
  return { replicas: rebalanced(scene, groups, counted, how), average: averageOf(counted) };
}

type Values = ReadonlyMap<string, number>;

/** Figures of pods that can be relied on. */
function countedMetrics({ pods, nowMs }: Scene, metrics: Metrics, resource: string) {
  if (pods.length === 0) throw new MetricError("no pods returned by selector while calculating replica count");
  const groups = groupPods(pods, metrics, resource, nowMs);
  const left = new Set([...groups.ignored, ...groups.unready]);
  const counted = new Map<string, number>();
  for (const [name, { value }] of metrics) if (!left.has(name)) counted.set(name, value);
  if (counted.size === 0) throw new MetricError("did not receive metrics for targeted pods (pods might be unready)");
  return { groups, counted };
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function averageOf(values: Values): number {
  return Math.trunc(sumOf(values.values()) / values.size);
}

function utilization(values: Values, requests: Values, targetPercent: number) {
  const known = [...values].filter(([name]) => requests.has(name));
  const used = sumOf(known.map(([, value]) => value));
  const asked = sumOf(known.map(([name]) => requests.get(name) ?? 0));
  if (asked === 0) throw new MetricError("no metrics returned matched known pods");
  const percent = Math.trunc((used * 100) / asked);
  return { ratio: percent / targetPercent, percent, average: Math.trunc(used / known.length) };
}

interface Rebalance {
  readonly ratioOf: (values: Values) => number;
  /** What a pod without a figure is taken to use when replicas are to be taken away. */
  readonly mostOf: (name: string) => number;
  /** Whether pods without a figure count as idle even when the others are exactly on target. */
  readonly addsMissingWhenEven: boolean;
}

/** Replicas by the ratio of use to target. Pods one knows nothing of damp the change, and never turn it round. */
function rebalanced(scene: Scene, groups: PodGroups, counted: Values, how: Rebalance): number {
  const { current, tolerances } = scene;
  const ratio = how.ratioOf(counted);
  const fillUnready = groups.unready.length > 0 && ratio > 1;
  if (!fillUnready && groups.missing.length === 0) {
    return isWithin(tolerances, ratio) ? current : Math.ceil(ratio * groups.readyCount);
  }
  const filled = new Map(counted);
  if (ratio < 1) for (const name of groups.missing) filled.set(name, how.mostOf(name));
  else if (ratio > 1 || how.addsMissingWhenEven) for (const name of groups.missing) filled.set(name, 0);
  if (fillUnready) for (const name of groups.unready) filled.set(name, 0);
  const damped = how.ratioOf(filled);
  if (isWithin(tolerances, damped) || (ratio < 1 && damped > 1) || (ratio > 1 && damped < 1)) return current;
  const replicas = Math.ceil(damped * filled.size);
  const turnsRound = (damped < 1 && replicas > current) || (damped > 1 && replicas < current);
  return turnsRound ? current : replicas;
}

/** Replicas for a figure that is not any pod's own, and its target. @throws {MetricError} */
export function valueReplicas({ current, pods, tolerances }: Scene, usage: number, target: number): number {
  const ratio = usage / target;
  if (current === 0) return Math.ceil(ratio);
  if (isWithin(tolerances, ratio)) return current;
  if (pods.length === 0) {
    const why = "no pods returned by selector while calculating replica count";
    throw new MetricError(`unable to calculate ready pods: ${why}`);
  }
  return Math.ceil(ratio * pods.filter((pod) => pod.status.phase === "Running" && isReady(pod)).length);
}

/** Replicas so that each has its share of such a figure. `has` is how many there are. */
export function shareReplicas(
  { tolerances }: Pick<Scene, "tolerances">,
  has: number,
  usage: number,
  target: number,
): { readonly replicas: number; readonly average: number } {
  const ratio = usage / (target * has);
  const replicas = isWithin(tolerances, ratio) ? has : Math.ceil(usage / target);
  return { replicas, average: Math.ceil(usage / has) };
}
