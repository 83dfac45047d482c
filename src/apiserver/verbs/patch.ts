import type { HttpResponse } from "#base/http.ts";
import { ApplyError, applyConfiguration, checkConfiguration } from "#api/apply/apply.ts";
import { ApplyConflictError } from "#api/apply/conflict.ts";
import { ManagedFieldsError } from "#api/apply/managed_fields.ts";
import { DecodeError, decode } from "#api/codec/decode.ts";
import { SyntaxProblem, documentOf } from "#api/codec/document.ts";
import { parseJson } from "#api/codec/parse_json.ts";
import { parseYaml } from "#api/codec/parse_yaml.ts";
import { isJsonObject, type Json, type JsonObject } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { applyJsonPatch } from "#api/patch/json_patch.ts";
import { applyMergePatch } from "#api/patch/merge_patch.ts";
import { PatchError, goText } from "#api/patch/patch_error.ts";
import { applyStrategicPatch } from "#api/patch/strategic.ts";
import { forbiddenError, invalidError, requiredError, type FieldError } from "#api/schema/errors.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import { mediaTypeOf } from "../body.ts";
import type { Call } from "../context.ts";
import { storageKey } from "../object_codec.ts";
import { truthy } from "../request_info.ts";
import { respondObject } from "../respond.ts";
import { asServed, asStored, restAfterMuch } from "../sent_object.ts";
import { StatusError, applyConflict, badRequest, invalid, unsupportedMediaType } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { createObject, placeInNamespace } from "./create.ts";
import { outcomeOf } from "./update.ts";

const STRATEGIC = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";

/** How each kind of patch makes a new object of the present one. */
const PATCHES: Readonly<Record<string, (object: JsonObject, patch: Json, schema: ObjectSchema) => Json>> = {
  "application/json-patch+json": applyJsonPatch,
  "application/merge-patch+json": applyMergePatch,
  [STRATEGIC]: applyStrategicPatch,
};

/** PATCH of an object or of its status. */
export async function patch(call: Call): Promise<HttpResponse> {
  const { kind, info, server } = call;
  const options = patchOptions(call);
  if (mediaTypeOf(call.request) === APPLY) return apply(call, options);
  const make = patchedObject(call, options);
  await restAfterMuch(call.request);
  const changed = await changeStored(server.store, kind, info, options.dryRun, async (current) => {
    const patched = make(current);
    await restAfterMuch(call.request);
    return outcomeOf(call, options, patched, current);
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

/** Makes the object the patch of the body turns a stored one into. @throws {StatusError} 415, 400. */
export function patchedObject(call: Call, options: WriteOptions): (current: KubeObject) => KubeObject {
  const { schema } = call.served;
  const { body, apply: make } = patcher(call, schema);
  const isStrategic = mediaTypeOf(call.request) === STRATEGIC;
  return (current) => {
    const patched = make(asServed(call.served, current) as unknown as JsonObject, schema);
    // What a refusal quotes: the patch where it is strategic, else what it made (apiserver handlers/patch.go).
    const quoted = () => (isStrategic ? goText(body) : JSON.stringify(patched));
    return asStored(call.served, decodePatched(call, call.served, options, patched, quoted));
  };
}

export function patchOptions({ request }: Call): WriteOptions {
  const { query } = request;
  const isApply = mediaTypeOf(request) === APPLY;
  const errors: FieldError[] = [];
  if (isApply && (query.get("fieldManager") ?? "") === "") {
    errors.push(requiredError("fieldManager", "is required for apply patch"));
  }
  if (!isApply && query.has("force")) {
    errors.push(forbiddenError("force", "may not be specified for non-apply patch"));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
  return writeOptions(request, "PatchOptions");
}

/** The patch of a body, and what it does to an object. */
interface Patcher {
  readonly body: Json;
  apply(object: JsonObject, schema: ObjectSchema): Json;
}

/** Reads the patch of the body; custom resources know no strategic ones. @throws {StatusError} 415, 400. */
export function patcher({ request }: Call, target: ObjectSchema): Patcher {
  const type = mediaTypeOf(request);
  const known = Object.keys(PATCHES).filter((each) => each !== STRATEGIC || target.lenient !== true);
  const applyPatch = known.includes(type) ? PATCHES[type] : undefined;
  if (applyPatch === undefined) throw unsupportedMediaType([...known, APPLY]);
  const body = parsed(() => parseJson(new TextDecoder().decode(request.body)).value);
  return { body, apply: (object, schema) => refusing(() => applyPatch(object, body, schema)) };
}

function parsed(parse: () => Json): Json {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxProblem) throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

/** Runs `work`, turning what the patch rules refuse into Statuses. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApplyConflictError) throw applyConflict(error.message, error.causes);
    if (error instanceof ManagedFieldsError) throw badRequest(error.message);
    if (error instanceof ApplyError) {
      throw error.code === 400 ? badRequest(error.message) : new StatusError(500, "", error.message);
    }
    if (error instanceof PatchError) throw new StatusError(error.code, REASONS[error.code], error.message, {});
    throw error;
  }
}

const REASONS = { 400: "BadRequest", 413: "RequestEntityTooLarge", 422: "Invalid", 500: "InternalError" } as const;

/** What a patch made, as an object of the kind. @throws {StatusError} 422 when it is none. */
function decodePatched(
  { warnings }: Call,
  kind: AnyKind,
  options: WriteOptions,
  patched: Json,
  quoted: () => string,
): KubeObject {
  try {
    const decoded = decode(kind, documentOf(patched), options.fieldValidation);
    warnings.push(...decoded.warnings);
    return decoded.object as KubeObject;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const problem = invalidError("patch", quoted(), error.detail);
    throw invalid({ group: "", kind: "" }, "", [problem]);
  }
}

/** Server-side apply: the object is created when there is none. */
async function apply(call: Call, options: WriteOptions): Promise<HttpResponse> {
  const { kind, info, server, request } = call;
  const configuration = configurationOf(call);
  await restAfterMuch(request);
  const merge = async (live: KubeObject | undefined) => {
    const applied = refusing(() =>
      applyConfiguration(kind, live, configuration, {
        manager: options.manager,
        force: truthy(request.query.get("force")),
        subresource: info.subresource,
        nowMs: server.clock.now(),
      }),
    );
    await restAfterMuch(request);
    const object = decodePatched(call, kind, options, applied.object, () => JSON.stringify(applied.object));
    await restAfterMuch(request);
    return { object, options: { ...options, applied: { managedFields: applied.managedFields } } };
  };
  if (info.subresource === "" && server.store.get(storageKey(kind, info.namespace, info.name)) === undefined) {
    const draft = await merge(undefined);
    checkAppliedName(draft.object, info.name);
    placeInNamespace(kind, draft.object, info.namespace);
    return respondObject(call, 201, await createObject(call, draft.object, draft.options));
  }
  const changed = await changeStored(server.store, kind, info, options.dryRun, async (current) => {
    const merged = await merge(current);
    placeInNamespace(kind, merged.object, info.namespace);
    return outcomeOf(call, merged.options, merged.object, current);
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

/** The configuration of the body, as the version that is stored. @throws {StatusError} 400. */
function configurationOf({ request, served }: Call): JsonObject {
  const configuration = parsed(() => parseYaml(new TextDecoder().decode(request.body)).value);
  if (!isJsonObject(configuration)) throw badRequest("error decoding YAML: the configuration is not an object");
  if (served.conversion === undefined) return configuration;
  refusing(() => checkConfiguration(served, configuration));
  return asStored(served, configuration as unknown as KubeObject) as unknown as JsonObject;
}

function checkAppliedName(object: KubeObject, name: string): void {
  object.metadata.name ??= name;
  if (object.metadata.name === name) return;
  throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
}
