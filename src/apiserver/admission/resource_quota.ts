import { ResourceQuota } from "#api/core/resourcequota.ts";
import type { KubeObject } from "#api/object.ts";
import { isCounted, quotaEvaluatorOf, type QuotaEvaluator } from "#api/quota/evaluator.ts";
import { added, exceeded, masked, subtracted, totalsText, withoutZeros, type Totals } from "#api/quota/totals.ts";
import { quantitySign } from "#api/quantity.ts";
import type { Store } from "#store/store.ts";
import type { AdmissionRequest, AdmissionStep } from "../admission.ts";
import { storageKey, storagePrefix } from "../object_codec.ts";
import { forbidden, StatusError } from "../status_error.ts";
import { changeStored, storedObjects } from "../stored_object.ts";

/** The last check under way in each namespace. One waits for another, so that two never count on the same remainder. */
const underWay = new WeakMap<Store, Map<string, Promise<void>>>();

/** Holds what is created to the namespace's quotas, and counts it (apiserver plugin/resourcequota). */
export const resourceQuota: AdmissionStep = {
  name: "ResourceQuota",
  validate(request) {
    const { kind, namespace, operation, subresource, server } = request;
    if (namespace === "" || request.object === undefined) return undefined;
    const evaluator = quotaEvaluatorOf(kind);
    if (!evaluator.handles(operation, subresource)) return undefined;
    if (server.store.count(storagePrefix(ResourceQuota, namespace)) === 0) return undefined;
    return inTurn(server.store, namespace, () => charge(request, evaluator, request.object as KubeObject));
  },
};

async function inTurn(store: Store, namespace: string, work: () => Promise<void>): Promise<void> {
  const waiting = underWay.get(store) ?? new Map<string, Promise<void>>();
  underWay.set(store, waiting);
  const before = waiting.get(namespace) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => {});
  waiting.set(namespace, settled);
  try {
    await mine;
  } finally {
    if (waiting.get(namespace) === settled) waiting.delete(namespace);
  }
}

/** @throws {StatusError} 403 when a quota is used up, or cannot tell. */
async function charge(request: AdmissionRequest, evaluator: QuotaEvaluator, object: KubeObject): Promise<void> {
  const { server, namespace, dryRun } = request;
  const quotas = storedObjects<ResourceQuota>(server.store, ResourceQuota, namespace);
  const concerned = quotas.filter((quota) => concerns(request, evaluator, object, quota));
  // One of that name will be refused when it is written, and is counted already.
  const isThere = request.operation === "CREATE" && server.store.get(storageKey(request.kind, namespace, request.name));
  if (concerned.length === 0 || isThere) return;
  const delta = deltaOf(request, evaluator, object);
  if (Object.keys(delta).length === 0) return;
  for (const quota of concerned) usedWith(request, quota, delta);
  if (dryRun) return;
  for (const { metadata } of concerned) {
    await changeStored(server.store, ResourceQuota, { namespace, name: metadata.name }, false, (current) => {
      const quota = current as ResourceQuota;
      const status = { ...quota.status, used: { ...usedWith(request, quota, delta) } };
      return { write: { ...quota, status } as KubeObject };
    }).catch(unlessGone);
  }
}

/** A quota that was deleted meanwhile holds nothing back. */
function unlessGone(error: unknown): void {
  if (error instanceof StatusError && error.reason === "NotFound") return;
  throw error;
}

/** Whether a quota counts the object. @throws {StatusError} 403 when the object leaves out what it counts. */
function concerns(
  request: AdmissionRequest,
  evaluator: QuotaEvaluator,
  object: KubeObject,
  { metadata, spec, status }: ResourceQuota,
): boolean {
  const counted = Object.keys(status.hard ?? {}).filter((name) => evaluator.counts(name));
  if (counted.length === 0 || !isCounted(evaluator, object, spec)) return false;
  const missing = evaluator.missing(object, counted);
  if (missing !== undefined) throw refusal(request, `failed quota: ${metadata.name}: ${missing}`);
  if (counted.some((name) => status.used?.[name] === undefined)) {
    const resources = counted.toSorted().join(",");
    throw refusal(request, `status unknown for quota: ${metadata.name}, resources: ${resources}`);
  }
  return true;
}

/** What the write adds to what is used. */
function deltaOf(request: AdmissionRequest, evaluator: QuotaEvaluator, object: KubeObject): Totals {
  const nowMs = request.server.clock.now();
  const usage = evaluator.usage(object, nowMs);
  const negative = Object.keys(usage).filter((name) => quantitySign(usage[name] ?? "0") < 0);
  if (negative.length > 0) {
    throw refusal(request, `quota usage is negative for resource(s): ${negative.toSorted().join(",")}`);
  }
  const { previous } = request;
  const before = previous === undefined ? {} : evaluator.usage(previous, nowMs);
  return withoutZeros(subtracted(usage, before));
}

/** What is used of a quota once `delta` is. @throws {StatusError} 403 when that is too much. */
function usedWith(request: AdmissionRequest, { metadata, status }: ResourceQuota, delta: Totals): Totals {
  const { hard = {}, used = {} } = status;
  const requested = masked(delta, Object.keys(hard));
  const next = added(used, requested);
  const over = exceeded(masked(next, Object.keys(requested)), hard);
  if (over.length === 0) return next;
  const [asked, has, limit] = [requested, used, hard].map((totals) => totalsText(masked(totals, over)));
  throw refusal(request, `exceeded quota: ${metadata.name}, requested: ${asked}, used: ${has}, limited: ${limit}`);
}

function refusal({ kind, name }: AdmissionRequest, why: string): StatusError {
  return forbidden(kind, name, why);
}
