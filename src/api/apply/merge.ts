import { isJsonObject, put, type Json, type JsonObject } from "../json.ts";
import type { ListSchema } from "../schema/schema.ts";
import { SELF, isMember, type FieldSet } from "./field_set.ts";
import { byElement, elementOf, isNamedField, itemPlace, memberPlace, type Place } from "./walk.ts";

/** Lays a configuration over an object; what the configuration does not speak of stays. Neither is changed. */
export function mergeConfiguration(place: Place, live: JsonObject, configuration: JsonObject): JsonObject {
  const merged = { ...live };
  for (const key of Object.keys(configuration)) {
    const wanted = configuration[key] as Json;
    const current = Object.hasOwn(live, key) ? live[key] : undefined;
    put(merged, key, mergeAt(memberPlace(place, key), current, wanted));
  }
  return merged;
}

function mergeAt(place: Place | undefined, live: Json | undefined, wanted: Json): Json {
  if (place === undefined || place.atomic || live === undefined || live === null) return wanted;
  if (isJsonObject(live) && isJsonObject(wanted)) return mergeConfiguration(place, live, wanted);
  if (place.schema?.shape === "list" && Array.isArray(live) && Array.isArray(wanted)) {
    return mergeItems(place.schema, live, wanted);
  }
  return wanted;
}

/**
 * Merges keyed lists and sets. Applied items come in their applied order; items only the live list has keep their
 * place before the applied item they stood in front of.
 */
function mergeItems(schema: ListSchema, live: readonly Json[], wanted: readonly Json[]): Json[] {
  const place = itemPlace(schema);
  const [liveElements, wantedElements] = [live, wanted].map((items) => items.map((item) => elementOf(schema, item)));
  if (liveElements === undefined || wantedElements === undefined) return [...wanted];
  const liveItems = byElement(schema, live);
  const isWanted = new Set(wantedElements);
  const shared = wantedElements.filter((element) => liveItems.has(element));
  const merged: Json[] = [];
  let [at, next, nextShared] = [0, 0, 0];
  const takeWanted = () => {
    const element = wantedElements[next] ?? "";
    const same = liveItems.get(element) ?? [];
    const current = same.length === 1 ? (same[0] as Json) : undefined;
    merged.push(mergeAt(place, current, wanted[next] as Json));
    if (element === shared[nextShared]) nextShared++;
    next++;
  };
  while (at < live.length || next < wanted.length) {
    const element = liveElements[at];
    if (element === undefined) takeWanted();
    else if (next < wanted.length && element === wantedElements[next]) {
      takeWanted();
      at++;
    } else if (!isWanted.has(element)) merged.push(live[at++] as Json);
    // An item out of the applied order is passed over here and merged where the configuration has it.
    else if (element !== shared[nextShared] || next >= wanted.length) {
      at++;
      if (nextShared >= shared.length && next < wanted.length) takeWanted();
    } else takeWanted();
  }
  return merged;
}

/**
 * Removes from `merged` what its manager applied last time (`last`) and nobody manages any more (`managed` holds
 * what every manager has now, this one included).
 */
export function prune(place: Place, merged: JsonObject, last: FieldSet, managed: FieldSet): JsonObject {
  let pruned = merged;
  for (const element of Object.keys(last)) {
    if (!element.startsWith("f:")) continue;
    const key = element.slice(2);
    const value = Object.hasOwn(merged, key) ? merged[key] : undefined;
    const member = memberPlace(place, key);
    if (value === undefined || member === undefined) continue;
    const isNamed = isNamedField(place, key);
    const kept = pruneAt(member, value, { last: last[element], managed: managed[element], isNamed });
    if (kept === value) continue;
    if (pruned === merged) pruned = { ...merged };
    if (kept === undefined) delete pruned[key];
    else put(pruned, key, kept);
  }
  return pruned;
}

interface Ownership {
  readonly last: FieldSet | undefined;
  readonly managed: FieldSet | undefined;
  /** A field of a declared object goes with what is in it; a key of a map or an item only by itself. */
  readonly isNamed: boolean;
}

/** The value without what is to go; undefined when all of it goes. */
function pruneAt(place: Place, value: Json, { last, managed, isNamed }: Ownership): Json | undefined {
  if (last === undefined) return value;
  const wasOwned = isNamed || isMember(last);
  const isManaged = managed !== undefined && (isNamed || isMember(managed));
  if (wasOwned && !isManaged) return undefined;
  if (place.atomic) return value;
  if (isJsonObject(value)) return prune(place, value, last, managed ?? NONE);
  if (place.schema?.shape !== "list" || !Array.isArray(value)) return value;
  return pruneItems(place.schema, value, last, managed ?? NONE);
}

const NONE: FieldSet = { [SELF]: {} };

function pruneItems(schema: ListSchema, items: Json[], last: FieldSet, managed: FieldSet): Json[] | undefined {
  const place = itemPlace(schema);
  const kept: Json[] = [];
  let isChanged = false;
  for (const item of items) {
    const element = elementOf(schema, item);
    const after = pruneAt(place, item, { last: last[element], managed: managed[element], isNamed: false });
    if (after !== undefined) kept.push(after);
    isChanged ||= after !== item;
  }
  if (!isChanged) return items;
  return kept.length === 0 ? undefined : kept;
}
