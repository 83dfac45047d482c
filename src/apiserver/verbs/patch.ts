import type { HttpResponse } from "#base/http.ts";
import { parseJson } from "#api/codec/parse_json.ts";
import { repeatedFields } from "#api/codec/strict.ts";
import type { Json, JsonObject } from "#api/json.ts";
import type { KubeObject } from "#api/object.ts";
import { applyJsonPatch } from "#api/patch/json_patch.ts";
import { applyMergePatch } from "#api/patch/merge_patch.ts";
import { goText } from "#api/patch/patch_error.ts";
import { applyStrategicPatch } from "#api/patch/strategic.ts";
import { forbiddenError, requiredError, type FieldError } from "#api/schema/errors.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import { mediaTypeOf } from "../body.ts";
import type { Call } from "../context.ts";
import { respondObject } from "../respond.ts";
import { asServed, asStored, restAfterMuch } from "../sent_object.ts";
import { invalid, unsupportedMediaType } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { APPLY, apply, isApply } from "./apply.ts";
import { decodePatched, parsed, refusing } from "./patch_refusals.ts";
import { placeInNamespace } from "./create.ts";
import { checkName, outcomeOf } from "./update.ts";

const STRATEGIC = "application/strategic-merge-patch+json";

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
  if (isApply(call.request)) return apply(call, options);
  const make = patchedObject(call, options);
  await restAfterMuch(call.request);
  const changed = await changeStored(server.store, kind, info, options.dryRun, async (current) => {
    const patched = make(current);
    placeInNamespace(kind, patched, info.namespace);
    checkName(patched, info.name);
    await restAfterMuch(call.request);
    return outcomeOf(call, options, patched, current);
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

/** Makes the object the patch of the body turns a stored one into. @throws {StatusError} 415, 400. */
function patchedObject(call: Call, options: WriteOptions): (current: KubeObject) => KubeObject {
  const { schema } = call.served;
  const { body, problems, apply: make } = patcher(call, schema);
  const isStrategic = mediaTypeOf(call.request) === STRATEGIC;
  return (current) => {
    const value = make(asServed(call.served, current) as unknown as JsonObject, schema);
    // What a refusal quotes: the patch where it is strategic, else what it made (apiserver handlers/patch.go).
    const quoted = () => (isStrategic ? goText(body) : JSON.stringify(value));
    return asStored(call.served, decodePatched(call, call.served, options, { value, problems }, quoted));
  };
}

export function patchOptions({ request }: Call): WriteOptions {
  const { query } = request;
  const errors: FieldError[] = [];
  if (isApply(request) && (query.get("fieldManager") ?? "") === "") {
    errors.push(requiredError("fieldManager", "is required for apply patch"));
  }
  if (!isApply(request) && query.has("force")) {
    errors.push(forbiddenError("force", "may not be specified for non-apply patch"));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
  return writeOptions(request, "PatchOptions");
}

/** The patch of a body, and what it does to an object. */
interface Patcher {
  readonly body: Json;
  /** Fields that it names twice. */
  readonly problems: readonly string[];
  apply(object: JsonObject, schema: ObjectSchema): Json;
}

/** Reads the patch of the body; custom resources know no strategic ones. @throws {StatusError} 415, 400. */
export function patcher({ request }: Call, target: ObjectSchema): Patcher {
  const type = mediaTypeOf(request);
  const known = Object.keys(PATCHES).filter((each) => each !== STRATEGIC || target.lenient !== true);
  const applyPatch = known.includes(type) ? PATCHES[type] : undefined;
  if (applyPatch === undefined) throw unsupportedMediaType([...known, APPLY]);
  const document = parsed(() => parseJson(new TextDecoder().decode(request.body)));
  const problems = document.duplicates ? repeatedFields(document.node()) : [];
  const body = document.value;
  return { body, problems, apply: (object, schema) => refusing(() => applyPatch(object, body, schema)) };
}
