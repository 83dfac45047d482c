import type { HttpResponse } from "#base/http.ts";
import { trackUpdate } from "#api/apply/track_update.ts";
import { validatePartUpdate, validateStatusUpdate, validateUpdate } from "#api/validation/validate.ts";
import { applyDefaults } from "#api/defaults.ts";
import { prepareForPartUpdate, prepareForStatusUpdate, prepareForUpdate } from "#api/lifecycle.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError, type FieldError } from "#api/schema/errors.ts";
import { mutate, validate, type AdmissionRequest } from "../admission.ts";
import { accessDenied, attributesOf } from "../authorization.ts";
import { copyOf } from "../body.ts";
import type { Call } from "../context.ts";
import { isFinished } from "../finished.ts";
import { storageKey } from "../object_codec.ts";
import { respondObject } from "../respond.ts";
import { asJudged, judgeOf, sentObject } from "../sent_object.ts";
import { MODIFIED_MEANWHILE, badRequest, conflict, invalid, type StatusError } from "../status_error.ts";
import { changeStored, type Outcome } from "../stored_object.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { createObject, placeInNamespace } from "./create.ts";

/** PUT of an object. */
export async function update(call: Call): Promise<HttpResponse> {
  const { kind, info, request, server } = call;
  const options = writeOptions(request, "UpdateOptions");
  const sent = await sentObject(call, options.fieldValidation);
  checkName(sent, info.name);
  placeInNamespace(kind, sent, info.namespace);
  const { uid = "", resourceVersion = "", managedFields } = sent.metadata;
  const isThere = server.store.get(storageKey(kind, info.namespace, info.name)) !== undefined;
  // Who means one object is told that this is not it, rather than that there is none of the name.
  if (!isThere && uid !== "") throw wrongUid(kind, sent, "");
  if (!isThere && isCreation(call, sent)) {
    mayCreate(call);
    return respondObject(call, 201, await createObject(call, sent, options));
  }
  if (kind.updateNeedsVersion && Number(resourceVersion) === 0) throw versionNeeded(call);
  const changed = await changeStored(server.store, kind, info, options.dryRun, (current, attempt) => {
    if (attempt === 1) return outcomeOf(call, options, sent, current);
    // Somebody was faster: what the client said is tried again, not what the first attempt made of it.
    const again = copyOf(kind, sent);
    again.metadata.resourceVersion = resourceVersion;
    if (managedFields === undefined) delete again.metadata.managedFields;
    else again.metadata.managedFields = managedFields;
    return outcomeOf(call, options, again, current);
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

/** Whether a replacement of something that is not there may make it. */
function isCreation({ kind, info }: Call, { metadata }: KubeObject): boolean {
  return kind.createOnUpdate === true && info.subresource === "" && (metadata.resourceVersion ?? "") === "";
}

/** Who creates by a replacement must also be one who may create. @throws {StatusError} 403. */
function mayCreate({ server, user, info, request }: Call): void {
  const attributes = attributesOf(user, { ...info, verb: "create" }, request.query);
  const { allowed, reason } = server.authorizer(attributes);
  if (!allowed) throw accessDenied(attributes, reason);
}

/** The refusal names the resource, not the kind (apiserver registry/generic/registry/store.go). */
function versionNeeded({ kind, info }: Call): StatusError {
  const error = invalidError("metadata.resourceVersion", 0, "must be specified for an update");
  return invalid({ group: kind.group, kind: kind.plural }, info.name, [error]);
}

/** The name an object has must be the one of the path. @throws {StatusError} 400. */
export function checkName(object: KubeObject, name: string): void {
  const given = object.metadata.name ?? "";
  if (given === "") throw badRequest("name must be provided");
  if (given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
}

/** What becomes of `current` when a client wants it to be `next`. Throws what refuses the update. */
export async function outcomeOf(
  call: Call,
  options: WriteOptions,
  next: KubeObject,
  current: KubeObject,
): Promise<Outcome> {
  const { kind, info, server, user } = call;
  // What a patch makes of the identity is for validation to refuse.
  if (info.verb === "patch") checkVersion(kind, next, current);
  else checkPreconditions(kind, next, current);
  // Who names no version wants to replace whatever is there.
  next.metadata.resourceVersion = current.metadata.resourceVersion;
  applyDefaults(kind, next);
  prepareFor(call, next, current);
  // What admission and allocation add is nobody's; and a client may reset the managers by what is no valid entry.
  recordManagers(call, options, next, current);
  const request: AdmissionRequest = {
    server,
    kind,
    operation: "UPDATE",
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    user,
    dryRun: options.dryRun,
    object: next,
    previous: current,
  };
  await mutate(request);
  const after = await server.services.reserve(kind, next, current);
  try {
    const errors = updateErrors(call.served, info.subresource, next, current);
    if (errors.length > 0) throw invalid(kind, info.name, errors);
    await validate(request);
  } catch (error) {
    after?.();
    throw error;
  }
  call.warnings.push(...(kind.warnings?.(next, current) ?? []));
  return isFinished(kind, next) ? { remove: next, after } : { write: next, after };
}

function recordManagers(
  { kind, info, server }: Call,
  options: WriteOptions,
  next: KubeObject,
  current: KubeObject,
): void {
  const write = { manager: options.manager, subresource: info.subresource, nowMs: server.clock.now() };
  const managedFields = options.applied ? options.applied.managedFields : trackUpdate(kind, current, next, write);
  if (managedFields === undefined) delete next.metadata.managedFields;
  else next.metadata.managedFields = managedFields;
}

/** The version and identity the client believes in, if it names them. */
export function checkPreconditions(kind: AnyKind, next: KubeObject, current: KubeObject): void {
  const { uid = "" } = next.metadata;
  if (uid !== "" && uid !== current.metadata.uid) throw wrongUid(kind, next, current.metadata.uid ?? "");
  checkVersion(kind, next, current);
}

function checkVersion(kind: AnyKind, next: KubeObject, current: KubeObject): void {
  const { name = "", resourceVersion = "" } = next.metadata;
  if (resourceVersion !== "" && resourceVersion !== "0" && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(kind, name, MODIFIED_MEANWHILE);
  }
}

/** The refusal of a replacement that is meant for another object of this name, as etcd's store words it. */
function wrongUid(kind: AnyKind, { metadata }: KubeObject, uid: string): StatusError {
  const { namespace = "", name = "" } = metadata;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  const key = storageKey(kind, namespace, name).replace("/registry/core/", "/registry/");
  const text = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(kind, name, text);
}

/** Takes from `current` what this path may not change. */
function prepareFor({ kind, info, server }: Call, next: KubeObject, current: KubeObject): void {
  const part = kind.parts?.[info.subresource];
  if (part !== undefined) prepareForPartUpdate(kind, part, next, current, server.clock.now());
  else if (info.subresource === "status") prepareForStatusUpdate(kind, next, current, server.clock.now());
  else prepareForUpdate(kind, next, current);
}

function updateErrors(served: AnyKind, subresource: string, next: KubeObject, current: KubeObject): FieldError[] {
  const part = served.parts?.[subresource];
  if (part !== undefined) return validatePartUpdate(served, part, next, current);
  const check = subresource === "status" ? validateStatusUpdate : validateUpdate;
  return check(judgeOf(served), asJudged(served, next), asJudged(served, current));
}
