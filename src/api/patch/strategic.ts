import { isJsonObject, own, put, type Json, type JsonObject } from "../json.ts";
import type { ObjectSchema, Schema } from "../schema/schema.ts";
import { PATCH_LIMITS, PatchError, goText } from "./patch_error.ts";
import { mergeList, orderBy } from "./strategic_list.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER = "$setElementOrder/";

/**
 * Applies a strategic merge patch: as a merge patch, but lists that the schema gives a merge key are merged by it,
 * lists of scalars with strategy `merge` as sets, and the `$…` directives are obeyed. `document` is left as it is.
 * Throws PatchError.
 */
export function applyStrategicPatch(document: JsonObject, patch: Json, schema: ObjectSchema): JsonObject {
  if (isJsonObject(patch)) return mergeObject(document, patch, schema, 0);
  const kind = Array.isArray(patch) ? "array" : typeof patch;
  throw new PatchError(400, `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

/** Merges `patch` into a copy of `document`; `schema` is undefined where nothing is declared. */
export function mergeObject(
  document: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
  depth: number,
): JsonObject {
  if (depth > PATCH_LIMITS.depthMax) throw new PatchError(400, "patch exceeded max depth");
  if (Object.hasOwn(patch, DIRECTIVE)) return obeyDirective(patch);
  const merged = retained(document, patch);
  const ordered = mergeOrderedLists(merged, patch, schema, depth);
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || ordered.has(key)) continue;
    const isDeletion = key.startsWith(DELETE_FROM);
    const name = isDeletion ? key.slice(DELETE_FROM.length) : key;
    mergeMember(merged, name, patch[key] as Json, { schema, isDeletion, depth });
  }
  return merged;
}

/** `$patch: replace` takes the patch as it stands, `$patch: delete` leaves nothing. */
function obeyDirective(patch: JsonObject): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "replace") return rest;
  if (directive === "delete") return {};
  throw new PatchError(500, unknownDirective(directive, patch));
}

/** In the words of Go, which does not print null as text. */
export function unknownDirective(directive: Json | undefined, item: JsonObject): string {
  const shown = directive === null ? "%!s(<nil>)" : goText(directive);
  return `unknown patch type: ${shown} in map: ${goText(item)}`;
}

/** A copy of `document` with only the keys that `$retainKeys` lists, if the patch has it. */
function retained(document: JsonObject, patch: JsonObject): JsonObject {
  const list = own(patch, RETAIN_KEYS);
  if (list === undefined) return { ...document };
  const bad = () => new PatchError(400, "invalid patch format of retainKeys");
  if (!Array.isArray(list)) throw bad();
  const keys = new Set<Json>(list);
  for (const key of Object.keys(patch)) {
    const isDirective = key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(ELEMENT_ORDER);
    if (!isDirective && patch[key] !== null && !keys.has(key)) throw bad();
  }
  return Object.fromEntries(Object.entries(document).filter(([key]) => keys.has(key)));
}

interface Member {
  readonly schema: Schema | undefined;
  readonly isDeletion: boolean;
  readonly depth: number;
}

function mergeMember(merged: JsonObject, key: string, wanted: Json, member: Member): void {
  if (wanted === null) {
    delete merged[key];
    return;
  }
  const current = own(merged, key);
  const declared = memberOf(member.schema, key);
  const depth = member.depth + 1;
  if (isJsonObject(current) && isJsonObject(wanted)) {
    if (declared.isReplaced) put(merged, key, wanted);
    else put(merged, key, mergeObject(current, wanted, declared.schema, depth));
  } else if (Array.isArray(current) && Array.isArray(wanted)) {
    if (!declared.isMerged && !member.isDeletion) put(merged, key, plainValue(wanted, depth) ?? []);
    else put(merged, key, mergeList(current, wanted, { ...declared, isDeletion: member.isDeletion, depth }));
  } else if (!member.isDeletion) {
    const value = plainValue(wanted, depth);
    if (value === undefined) delete merged[key];
    else put(merged, key, value);
  }
}

/** Merges the lists whose order the patch sets; returns the keys of the patch that are dealt with. */
function mergeOrderedLists(
  merged: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
  depth: number,
): Set<string> {
  const done = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue;
    const name = key.slice(ELEMENT_ORDER.length);
    const order = listOf(patch[key]);
    const current = Object.hasOwn(merged, name) ? listOf(merged[name]) : undefined;
    const wanted = Object.hasOwn(patch, name) ? listOf(patch[name]) : undefined;
    if (current === undefined && wanted === undefined) continue;
    const declared = memberOf(schema, name);
    const found = orderBy({ current, wanted, order }, { ...declared, isDeletion: false, depth: depth + 1 });
    put(merged, name, found);
    done.add(name);
  }
  return done;
}

function listOf(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  const type = isJsonObject(value) ? "map[string]interface {}" : value === null ? "%!s(<nil>)" : typeof value;
  throw new PatchError(500, `expected a []interface {}, but received a ${type}`);
}

/** What the schema says of a member: the schema of its object, items or values, and how its list is merged. */
export interface ListRule {
  readonly schema: Schema | undefined;
  readonly name: string;
  readonly isMerged: boolean;
  /** An object is taken as it is, not merged. */
  readonly isReplaced: boolean;
  /** Empty where the list has no merge key. */
  readonly mergeKey: string;
}

function memberOf(schema: Schema | undefined, key: string): ListRule {
  const none = { schema: undefined, name: key, isMerged: false, isReplaced: false, mergeKey: "" };
  if (schema?.shape === "map") return { ...none, schema: itemOf(schema.value) };
  if (schema?.shape !== "object" || !Object.hasOwn(schema.fields, key)) return none;
  const field = schema.fields[key];
  if (field === undefined) return none;
  const isMerged = field.patchStrategy === "merge" || field.patchStrategy === "merge,retainKeys";
  const isReplaced = field.patchStrategy === "replace";
  return { schema: itemOf(field.schema), name: key, isMerged, isReplaced, mergeKey: field.patchMergeKey ?? "" };
}

function itemOf(schema: Schema): Schema {
  return schema.shape === "list" ? schema.item : schema;
}

/** A value taken over from a patch: without nulls and directives; undefined when it is itself a directive. */
export function plainValue(value: Json, depth: number): Json | undefined {
  if (depth > PATCH_LIMITS.depthMax) throw new PatchError(400, "patch exceeded max depth");
  if (Array.isArray(value)) {
    return value.map((each) => plainValue(each, depth + 1)).filter((each): each is Json => each !== undefined);
  }
  if (!isJsonObject(value)) return value;
  if ((own(value, DIRECTIVE) ?? null) !== null) return undefined;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const isDirective = key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || key.startsWith(DELETE_FROM);
    const each = value[key] as Json;
    const plain = each === null || isDirective ? undefined : plainValue(each, depth + 1);
    if (plain !== undefined) put(kept, key, plain);
  }
  return kept;
}
