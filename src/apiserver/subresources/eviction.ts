import type { HttpResponse } from "#base/http.ts";
import { decodable } from "#api/codec/decode.ts";
import type { Pod } from "#api/core/pod.ts";
import type { DeleteOptions } from "#api/meta/options.ts";
import { Eviction } from "#api/policy/eviction.ts";
import { Status } from "#api/meta/status.ts";
import { formatTime } from "#api/time.ts";
import { decodeAs, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import { checkDeleteOptions } from "../delete_options.ts";
import { objectOf } from "../object_codec.ts";
import { respondPlain } from "../respond.ts";
import { badRequest, StatusError } from "../status_error.ts";
import { changeStored, entryAt } from "../stored_object.ts";
import { deleteObject } from "../verbs/delete.ts";
import { chargeBudget, evictionRefused } from "./disruption_budget.ts";

const TARGET = decodable(Eviction);
/** Times an eviction is tried anew because the pod changed meanwhile (pod/storage/eviction.go EvictionsRetry). */
const ATTEMPTS_MAX = 20;

/** POST to `pods/NAME/eviction`: a deletion that respects disruption budgets. */
export async function evict(call: Call): Promise<HttpResponse> {
  const { request, info } = call;
  const eviction = decodeAs(TARGET, readDocument(request, TARGET));
  const { name = info.name } = eviction.metadata;
  if (name !== info.name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${info.name} != ${name}`);
  }
  const options = { ...eviction.deleteOptions };
  if (request.query.getAll("dryRun").length > 0) options.dryRun = request.query.getAll("dryRun");
  checkDeleteOptions(options);
  await evictPod(call, options);
  return respondPlain(
    request,
    201,
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
    Status,
  );
}

/** A pod that serves nobody is deleted outright; another only when its budget allows it. */
async function evictPod(call: Call, options: DeleteOptions): Promise<void> {
  const { server, kind, info } = call;
  const isStated = options.preconditions?.resourceVersion !== undefined;
  for (let attempt = 1; ; attempt++) {
    const pod = objectOf(entryAt(server.store, kind, info.namespace, info.name)) as unknown as Pod;
    if (!isIdle(pod)) break;
    try {
      // A pod that is not over may become ready meanwhile, and its budget matter.
      const mayChange = isOver(pod);
      return await markAndDelete(call, mayChange || isStated ? options : unchanged(options, pod));
    } catch (error) {
      if (isStated || !isConflict(error) || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
  const pod = objectOf(entryAt(server.store, kind, info.namespace, info.name)) as unknown as Pod;
  const { budget, isFree } = await chargeBudget(call, pod, (options.dryRun?.length ?? 0) > 0);
  try {
    await markAndDelete(call, isFree ? unchanged(options, pod) : options);
  } catch (error) {
    // The pod was not counted because it was not ready; now it may be.
    if (isFree && !isStated && isConflict(error)) throw evictionRefused(10, stillProcessed(budget));
    throw error;
  }
}

function stillProcessed(budget: string): string {
  return `The disruption budget ${budget} is still being processed by the server.`;
}

function isOver({ metadata, status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed" || metadata.deletionTimestamp !== undefined;
}

function isIdle(pod: Pod): boolean {
  return isOver(pod) || pod.status.phase === "Pending";
}

function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.reason === "Conflict";
}

/** The options, for the pod only as it is now. */
function unchanged(options: DeleteOptions, { metadata }: Pod): DeleteOptions {
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: metadata.resourceVersion } };
}

/** Says in the pod's status why it ends, then deletes it. */
async function markAndDelete(call: Call, options: DeleteOptions): Promise<void> {
  const { server, kind, info, user } = call;
  const { resourceVersion } = options.preconditions ?? {};
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  const current = objectOf(entryAt(server.store, kind, info.namespace, info.name)) as unknown as Pod;
  if (
    isOver(current) ||
    dryRun ||
    (resourceVersion ?? current.metadata.resourceVersion) !== current.metadata.resourceVersion
  ) {
    await deleteObject(server, kind, info, options, user);
    return;
  }
  const now = formatTime(server.clock.now());
  const marked = await changeStored(server.store, kind, info, false, (stored, attempt) => {
    // Someone was faster: let the deletion's own precondition say so.
    if (attempt > 1 && resourceVersion !== undefined) return { write: stored };
    const pod = structuredClone(stored) as unknown as Pod;
    const others = (pod.status.conditions ?? []).filter(({ type }) => type !== "DisruptionTarget");
    const reason = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
    const observed = observedGenerationOf(pod);
    const target = { type: "DisruptionTarget", status: "True", ...observed, ...reason, lastTransitionTime: now };
    pod.status.conditions = [...others, target];
    return { write: pod as unknown as typeof stored };
  });
  const preconditions = { ...options.preconditions };
  const isMarked = (marked.object as unknown as Pod).status.conditions?.some(
    ({ type, lastTransitionTime }) => type === "DisruptionTarget" && lastTransitionTime === now,
  );
  if (resourceVersion !== undefined && isMarked) preconditions.resourceVersion = marked.object.metadata.resourceVersion;
  await deleteObject(server, kind, info, { ...options, preconditions }, user);
}

/** Which version of its spec what is said of a pod is about. */
export function observedGenerationOf({ metadata: { generation } }: Pod): { readonly observedGeneration?: number } {
  return generation === undefined ? {} : { observedGeneration: generation };
}
