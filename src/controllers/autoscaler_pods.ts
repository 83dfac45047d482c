import type { Pod } from "#api/core/pod.ts";
import { quantityToMilli } from "#api/quantity.ts";
import { parseTime } from "#api/time.ts";

/** What one pod uses, in thousandths of the resource's unit, measured over a window that ends at a time. */
export interface PodMetric {
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly value: number;
}

/** There is no figure to go by; the message is what people are told. */
export class MetricError extends Error {
  override readonly name = "MetricError";
}

/** How far an autoscaler may rely on each of its pods. */
export interface PodGroups {
  readonly readyCount: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** On their way out, or failed. */
  readonly ignored: readonly string[];
}

/** How long a pod may take to get warm (--horizontal-pod-autoscaler-cpu-initialization-period). */
const INITIALIZATION_MS = 300_000;
/** A pod that became unready this soon after its start had never been ready (…-initial-readiness-delay). */
const READINESS_DELAY_MS = 30_000;

/** Sorts pods by whether their figures count. Only of processors is it told that pods use more while they start. */
export function groupPods(
  pods: readonly Pod[],
  metrics: ReadonlyMap<string, PodMetric>,
  resource: string,
  nowMs: number,
): PodGroups {
  const groups = { readyCount: 0, unready: [] as string[], missing: [] as string[], ignored: [] as string[] };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    if (deletionTimestamp !== undefined || pod.status.phase === "Failed") groups.ignored.push(name);
    else if (pod.status.phase === "Pending") groups.unready.push(name);
    else if (metric === undefined) groups.missing.push(name);
    else if (resource === "cpu" && isCold(pod, metric, nowMs)) groups.unready.push(name);
    else groups.readyCount++;
  }
  return groups;
}

/** Whether what the pod uses may only be the work of its start. */
function isCold({ status }: Pod, metric: PodMetric, nowMs: number): boolean {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined || status.startTime === undefined) return true;
  const startMs = parseTime(status.startTime);
  const changedMs = ready.lastTransitionTime === undefined ? 0 : parseTime(ready.lastTransitionTime);
  const isUnready = ready.status === "False";
  if (startMs + INITIALIZATION_MS > nowMs) return isUnready || metric.timestampMs < changedMs + metric.windowMs;
  return isUnready && startMs + READINESS_DELAY_MS > changedMs;
}

/**
 * What each pod asks for of a resource, in thousandths: in the container of this name, or in all when it is empty.
 *
 * @throws {MetricError} When one asks for nothing: a share of it cannot be told.
 */
export function podRequests(pods: readonly Pod[], container: string, resource: string): Map<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name, podRequest(pod, container, resource)]));
}

function podRequest({ metadata, spec }: Pod, container: string, resource: string): number {
  const whole = spec.resources?.requests?.[resource];
  if (container === "" && whole !== undefined) return quantityToMilli(whole);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  let sum = 0;
  for (const { name, resources } of [...spec.containers, ...sidecars]) {
    if (container !== "" && container !== name) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) {
      throw new MetricError(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    }
    sum += quantityToMilli(request);
  }
  return sum;
}
