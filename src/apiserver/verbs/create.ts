import type { HttpResponse } from "#base/http.ts";
import { randomUuid } from "#base/random.ts";
import { cloneJson } from "#api/json.ts";
import { trackUpdate } from "#api/apply/track_update.ts";
import { validateCreate } from "#api/validation/validate.ts";
import { Pod } from "#api/core/pod.ts";
import { applyDefaults } from "#api/defaults.ts";
import { prepareForCreate } from "#api/lifecycle.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Entry } from "#store/store.ts";
import { mutate, validate, type AdmissionRequest } from "../admission.ts";
import type { Call, ServerContext } from "../context.ts";
import { LIMITS } from "../limits.ts";
import { generatedName } from "../object_rules.ts";
import { keepSpec, shareSpec } from "../pod_specs.ts";
import { respondObject } from "../respond.ts";
import { asJudged, judgeOf, sentObject } from "../sent_object.ts";
import { StatusError, alreadyExists, badRequest, generateNameConflict, invalid } from "../status_error.ts";
import { insert } from "../stored_object.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { storageKey } from "../object_codec.ts";

/** POST to a collection. */
export async function create(call: Call): Promise<HttpResponse> {
  const options = writeOptions(call.request, "CreateOptions");
  const object = await sentObject(call, options.fieldValidation);
  placeInNamespace(call.kind, object, call.info.namespace);
  const created = await createObject(call, object, options);
  return respondObject(call, 201, created);
}

/** The namespace of the path is the object's; one it names itself must be the same. */
export function placeInNamespace(kind: AnyKind, object: KubeObject, namespace: string): void {
  if (kind.scope === "Cluster") {
    delete object.metadata.namespace;
    return;
  }
  const given = object.metadata.namespace ?? "";
  if (given !== "" && given !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  object.metadata.namespace = namespace;
}

/** What a creation needs of a call. */
type Creation = Pick<Call, "server" | "kind" | "served" | "user" | "warnings">;

/**
 * Completes, checks and stores a new object, canonical but without defaults. A generated name that is taken is
 * tried again.
 *
 * @returns The entry, or on a dry run the object as it would be.
 */
export async function createObject(
  call: Creation,
  draft: KubeObject,
  options: WriteOptions,
): Promise<Entry | KubeObject> {
  const { noCreation } = call.kind;
  if (noCreation !== undefined) throw new StatusError(405, "MethodNotAllowed", noCreation, {});
  if ((draft.metadata.resourceVersion ?? "") !== "") {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const { name = "", generateName = "" } = draft.metadata;
  if (name !== "" || generateName === "") return createNamed(call, draft, options);
  for (let attempt = 1; ; attempt++) {
    const named = cloneJson(draft);
    named.metadata.name = generatedName(generateName, call.server.random);
    try {
      return await createNamed(call, named, options);
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== "AlreadyExists") throw error;
      if (attempt === LIMITS.generatedNamesMax) throw generateNameConflict(call.kind, named.metadata.name);
    }
  }
}

async function createNamed(call: Creation, object: KubeObject, options: WriteOptions): Promise<Entry | KubeObject> {
  const { server, kind, served, user, warnings } = call;
  applyDefaults(kind, object);
  const { namespace = "", name = "" } = object.metadata;
  const request: AdmissionRequest = {
    server,
    kind,
    operation: "CREATE",
    subresource: "",
    namespace,
    name,
    user,
    dryRun: options.dryRun,
    object,
    previous: undefined,
  };
  // Who creates cannot delete: that is forgotten before anybody could be said to manage it.
  delete object.metadata.deletionTimestamp;
  delete object.metadata.deletionGracePeriodSeconds;
  // What admission and allocation add is nobody's (apiserver handlers/create.go).
  recordManagers(server, kind, object, options);
  await mutate(request);
  prepareForCreate(kind, object, { nowMs: server.clock.now(), uid: randomUuid(server.random) });
  const after = await server.services.reserve(kind, object, undefined);
  try {
    if (kind === Pod) shareSpec(object as Pod);
    const errors = validateCreate(judgeOf(served), asJudged(served, object));
    if (errors.length > 0) throw invalid(kind, name, errors);
    if (kind === Pod) keepSpec(object as Pod);
    await validate(request);
    warnings.push(...(kind.warnings?.(object, undefined) ?? []));
    if (!options.dryRun) return await insert(server.store, kind, object);
    if (server.store.get(storageKey(kind, namespace, name)) !== undefined) throw alreadyExists(kind, name);
    return object;
  } finally {
    after?.();
  }
}

function recordManagers(server: ServerContext, kind: AnyKind, object: KubeObject, options: WriteOptions): void {
  const write = { manager: options.manager, nowMs: server.clock.now() };
  const managedFields = options.applied ? options.applied.managedFields : trackUpdate(kind, undefined, object, write);
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}
