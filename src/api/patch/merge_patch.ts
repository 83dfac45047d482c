import { cloneJson, isJsonObject, own, put, type Json, type JsonObject } from "../json.ts";
import { PATCH_LIMITS, PatchError } from "./patch_error.ts";

/**
 * Applies a JSON merge patch (RFC 7386): null removes, objects merge, all else replaces. `document` is left as it
 * is. Nulls inside objects the document does not have yet are dropped. Throws PatchError.
 */
export function applyMergePatch(document: JsonObject, patch: Json): JsonObject {
  if (isJsonObject(patch)) return merge(document, patch, 0);
  const kind = Array.isArray(patch) ? "array" : typeof patch;
  const type = "Go value of type map[string]interface {}";
  throw new PatchError(400, `error decoding patch: json: cannot unmarshal ${kind} into ${type}`);
}

function merge(document: JsonObject, patch: JsonObject, depth: number): JsonObject {
  checkDepth(depth);
  const merged = { ...document };
  for (const key of Object.keys(patch)) {
    const wanted = patch[key] as Json;
    const current = own(merged, key);
    if (wanted === null) delete merged[key];
    else if (!isJsonObject(current)) put(merged, key, withoutNulls(wanted, depth + 1));
    else put(merged, key, isJsonObject(wanted) ? merge(current, wanted, depth + 1) : cloneJson(wanted));
  }
  return merged;
}

/** A copy of a value from a patch without the nulls its objects hold, which would remove what is not there. */
export function withoutNulls(value: Json, depth: number): Json {
  checkDepth(depth);
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each, depth + 1));
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const each = value[key] as Json;
    if (each !== null) put(kept, key, withoutNulls(each, depth + 1));
  }
  return kept;
}

function checkDepth(depth: number): void {
  if (depth > PATCH_LIMITS.depthMax) throw new PatchError(400, "patch exceeded max depth");
}
