import { isJsonObject, own, type Json, type JsonObject } from "../json.ts";
import { PatchError, goText } from "./patch_error.ts";
import { mergeObject, plainValue, unknownDirective, type ListRule } from "./strategic.ts";

/** How one list is merged. */
interface Merge extends ListRule {
  /** The patch lists scalars to remove. */
  readonly isDeletion: boolean;
  readonly depth: number;
}

/** Merges the items of a patch into a list: by merge key, or as a set of scalars. */
export function mergeList(current: readonly Json[], wanted: readonly Json[], merge: Merge): Json[] {
  if (current.length === 0 && wanted.length === 0) return [];
  if (!areObjects(current, wanted)) {
    if (merge.isDeletion) {
      const removed = new Set(wanted);
      return current.filter((item) => !removed.has(item));
    }
    return arrange([...new Set([...current, ...wanted])], wanted, current, "");
  }
  if (merge.mergeKey === "") {
    throw new PatchError(500, `cannot merge lists without merge key for ${merge.name}`);
  }
  const { kept, changes } = obeyItemDirectives(current as JsonObject[], wanted as JsonObject[], merge.mergeKey);
  return arrange(mergeItems(kept, changes, merge), changes, kept, merge.mergeKey);
}

/** Whether the items are objects; lists may not mix kinds or nest. */
function areObjects(...lists: (readonly Json[])[]): boolean {
  const kinds = new Set(lists.flat().map(kindOf));
  if (kinds.has("list")) {
    throw new PatchError(
      422,
      "the server rejected our request due to an error in our request",
      "lists of lists are not supported",
    );
  }
  if (kinds.size > 1) {
    throw new PatchError(500, `list element types are not identical: ${goText(lists.map((list) => [...list]))}`);
  }
  return kinds.has("object");
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}

/** Carries out `$patch` of single items: delete removes by key, replace forgets what was there. */
function obeyItemDirectives(current: JsonObject[], wanted: JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  const deleted = new Set<Json>();
  let isReplaced = false;
  for (const item of wanted) {
    const directive = own(item, "$patch");
    if (directive === undefined) changes.push(item);
    else if (directive === "delete") deleted.add(keyOf(item, mergeKey));
    else if (directive === "replace") isReplaced = true;
    else if (directive === "merge") throw new PatchError(500, "merging lists cannot yet be specified in the patch");
    else throw new PatchError(500, unknownDirective(directive, item));
  }
  if (isReplaced) return { kept: changes, changes: [] };
  const kept = deleted.size === 0 ? current : current.filter((item) => !deleted.has(own(item, mergeKey) ?? null));
  return { kept, changes };
}

function keyOf(item: Json, mergeKey: string): Json {
  const key = isJsonObject(item) ? own(item, mergeKey) : undefined;
  if (key !== undefined) return key;
  throw new PatchError(500, `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
}

/** Merges each changed item into the first of its key, or adds it. */
function mergeItems(kept: readonly JsonObject[], changes: readonly JsonObject[], merge: Merge): Json[] {
  const items: Json[] = [...kept];
  const places = new Map<Json, number>();
  for (const [i, item] of kept.entries()) {
    const key = own(item, merge.mergeKey);
    if (key !== undefined && !places.has(key)) places.set(key, i);
  }
  for (const change of changes) {
    const key = keyOf(change, merge.mergeKey);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, items.length);
      items.push(plainValue(change, merge.depth) ?? {});
    } else {
      items[place] = mergeObject(items[place] as JsonObject, change, merge.schema, merge.depth);
    }
  }
  return items;
}

/**
 * Puts items in order: those that `first` names in its order, the others in theirs of `base`, interleaved so that
 * two items that both stand in `base` keep their order where that is possible.
 */
function arrange(items: readonly Json[], first: readonly Json[], base: readonly Json[], mergeKey: string): Json[] {
  const identity = (item: Json) => (mergeKey === "" ? item : keyOf(item, mergeKey));
  const [firstPlaces, basePlaces] = [placesOf(first, identity), placesOf(base, identity)];
  const sorted = (list: Json[], places: Map<Json, number>) =>
    list.toSorted((a, b) => (places.get(identity(a)) ?? -1) - (places.get(identity(b)) ?? -1));
  const named = sorted(
    items.filter((item) => firstPlaces.has(identity(item))),
    firstPlaces,
  );
  const others = sorted(
    items.filter((item) => !firstPlaces.has(identity(item))),
    basePlaces,
  );
  const arranged: Json[] = [];
  let next = 0;
  for (const other of others) {
    const place = basePlaces.get(identity(other)) ?? -1;
    while (next < named.length && !isAfter(basePlaces.get(identity(named[next] as Json)), place)) {
      arranged.push(named[next++] as Json);
    }
    arranged.push(other);
  }
  return [...arranged, ...named.slice(next)];
}

function isAfter(namedPlace: number | undefined, otherPlace: number): boolean {
  return namedPlace !== undefined && otherPlace >= 0 && otherPlace < namedPlace;
}

function placesOf(list: readonly Json[], identity: (item: Json) => Json): Map<Json, number> {
  const places = new Map<Json, number>();
  for (const [i, item] of list.entries()) {
    const key = identity(item);
    if (!places.has(key)) places.set(key, i);
  }
  return places;
}

interface Ordered {
  readonly current: readonly Json[] | undefined;
  readonly wanted: readonly Json[] | undefined;
  /** What `$setElementOrder` lists: scalars, or objects with only the merge key. */
  readonly order: readonly Json[];
}

/** Merges a list and puts it into the order the patch sets; items only the server has keep their places. */
export function orderBy({ current, wanted, order }: Ordered, merge: Merge): Json[] {
  checkOrder(wanted ?? [], order, merge.mergeKey);
  const items =
    current === undefined
      ? (plainValue([...(wanted ?? [])], merge.depth) as Json[])
      : wanted === undefined
        ? [...current]
        : merge.isMerged
          ? mergeList(current, wanted, merge)
          : (plainValue([...wanted], merge.depth) as Json[]);
  return arrange(items, order, current ?? [], merge.mergeKey);
}

/** The items of the patch must come in the order that it sets. */
function checkOrder(wanted: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (wanted.length === 0 || order.length === 0) return;
  const identity = (item: Json) => (mergeKey === "" ? item : keyOf(item, mergeKey));
  const isDeleted = (item: Json) => isJsonObject(item) && own(item, "$patch") === "delete";
  const changed = mergeKey === "" ? wanted : wanted.filter((item) => !isDeleted(item));
  const isDirective = (item: Json | undefined) => isJsonObject(item) && Object.hasOwn(item, "$patch");
  let at = 0;
  for (const item of order) {
    while (isDirective(changed[at])) at++;
    if (at < changed.length && identity(changed[at] as Json) === identity(item)) at++;
  }
  if (at === changed.length) return;
  const message = `The order in patch list:\n${goText([...wanted])}\n doesn't match $setElementOrder list:\n${goText([...order])}\n`;
  throw new PatchError(500, message);
}
