import { Limiter } from "#base/limiter.ts";
import { cloneJson } from "#api/json.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import type { PodTemplateSpec } from "#api/core/pod_spec.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import { ApiError, isApiError } from "#client/client.ts";
import type { Context } from "#client/controller.ts";
import type { StoredObject } from "#client/stored.ts";
import { leastToLoseFirst } from "./deletion_rank.ts";
import { isActive, isAvailable, isReady, isTerminating, availableInMs } from "./pod_state.ts";
import { slowStart } from "./slow_start.ts";

/** Pods created or deleted in one pass at most (replica_set.go, BurstReplicas). */
export const PODS_PER_PASS_MAX = 500;

/** Of those, how many are deleted at a time: hundreds at once would keep everybody else waiting. */
const DELETED_AT_A_TIME = 64;

/** Pods up to which an owner is looked at on every change of one of them. */
const UNPACED_PODS_MAX = 50;

/** How long to let changes gather when a pass looks at so many pods: 50 ms for a thousand, at most half a second. */
export function paceMs(pods: number): number {
  return pods <= UNPACED_PODS_MAX ? 0 : Math.min(500, Math.ceil(pods / 20));
}

/** What one owner of identical pods lacks or has too many of. */
interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

/**
 * Decides how to come from `pods` to `wanted` of them. Pure: its tests are a table.
 *
 * @param relatedOf Gives the pods doing the same work for sibling owners too, so that doubled-up nodes are known; asked
 *     only when some pod has to go.
 */
export function planReplicas(
  wanted: number,
  pods: readonly Pod[],
  nowMs: number,
  relatedOf: () => readonly Pod[] = () => pods,
): ReplicaPlan {
  const active = pods.filter(isActive);
  const missing = Math.min(wanted - active.length, PODS_PER_PASS_MAX);
  const surplus = Math.min(active.length - wanted, PODS_PER_PASS_MAX);
  if (surplus <= 0) return { create: Math.max(missing, 0), remove: [] };
  const onNode = new Map<string, number>();
  for (const pod of relatedOf()) {
    const { nodeName } = pod.spec;
    if (nodeName && isActive(pod)) onNode.set(nodeName, (onNode.get(nodeName) ?? 0) + 1);
  }
  return { create: 0, remove: leastToLoseFirst(active, onNode, nowMs).slice(0, surplus) };
}

/** A pod as its template says, managed by `owner`. */
export function podFrom(template: PodTemplateSpec, owner: OwnerReference, namespace: string): PodDraft {
  const { labels, annotations, finalizers } = template.metadata;
  return {
    metadata: { generateName: `${owner.name}-`, namespace, labels, annotations, finalizers, ownerReferences: [owner] },
    spec: cloneJson(template.spec),
  };
}

/** Why a plan could not be carried out: the condition to show, and what to retry for. */
export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly error: Error;
}

/** Carries a plan out and tells about it in events on `object`. Never throws. */
export async function applyReplicas(
  object: StoredObject,
  plan: ReplicaPlan,
  draft: () => PodDraft,
  context: Context,
): Promise<ReplicaFailure | undefined> {
  const created = await slowStart(plan.create, () => createPod(object, draft(), context));
  if (created.failure !== undefined && !isNamespaceTerminating(created.failure)) {
    return { reason: "FailedCreate", error: asError(created.failure) };
  }
  const deletions = new Limiter(DELETED_AT_A_TIME);
  const outcomes = await Promise.allSettled(
    plan.remove.map((pod) => deletions.run(() => deletePod(object, pod, context))),
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  return failed && { reason: "FailedDelete", error: asError(failed.reason) };
}

async function createPod(object: StoredObject, draft: PodDraft, { client, events }: Context): Promise<void> {
  try {
    const pod = await client.create(Pod, draft);
    events.event(object, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
  } catch (error) {
    // A namespace on its way out takes no new objects: nothing to tell, and nothing to try again.
    if (!isNamespaceTerminating(error)) {
      events.event(object, "Warning", "FailedCreate", `Error creating: ${asError(error).message}`);
    }
    throw error;
  }
}

async function deletePod(object: StoredObject, pod: Pod, { client, events }: Context): Promise<void> {
  const { uid, name } = pod.metadata;
  try {
    await client.delete(Pod, pod.metadata, { preconditions: { uid } });
    events.event(object, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (isApiError(error, "NotFound")) return;
    events.event(object, "Warning", "FailedDelete", `Error deleting: ${asError(error).message}`);
    throw error;
  }
}

/** Whether a write was refused because its namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") ?? false;
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Counts of pods as statuses show them. */
interface ReplicaCounts {
  readonly replicas: number;
  readonly fullyLabeledReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly terminatingReplicas: number;
}

export function countReplicas(
  pods: readonly Pod[],
  templateLabels: Readonly<Record<string, string>>,
  minReadySeconds: number,
  nowMs: number,
): ReplicaCounts {
  const wanted = Object.entries(templateLabels);
  const counts = {
    replicas: 0,
    fullyLabeledReplicas: 0,
    readyReplicas: 0,
    availableReplicas: 0,
    terminatingReplicas: 0,
  };
  for (const pod of pods) {
    if (isTerminating(pod)) counts.terminatingReplicas++;
    if (!isActive(pod)) continue;
    counts.replicas++;
    if (wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)) counts.fullyLabeledReplicas++;
    if (!isReady(pod)) continue;
    counts.readyReplicas++;
    if (isAvailable(pod, minReadySeconds, nowMs)) counts.availableReplicas++;
  }
  return counts;
}

/** When the next of the ready pods becomes available, in milliseconds; undefined when none will by waiting. */
export function nextAvailableMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waits = pods.filter(isActive).map((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? 0);
  const pending = waits.filter((waitMs) => waitMs > 0);
  return pending.length === 0 ? undefined : Math.min(...pending);
}

/** The earlier of two delays, where undefined is none. */
export function soonest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
