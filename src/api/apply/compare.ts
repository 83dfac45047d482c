import { equalJson, isJsonObject, type JsonObject } from "../json.ts";
import type { ListSchema } from "../schema/schema.ts";
import { LEAF, SELF, isEmpty, type FieldSet, type MutableFieldSet } from "./field_set.ts";
import {
  byElement,
  hasRepeats,
  isNamedField,
  isSameElement,
  itemPlace,
  memberOf,
  memberPlace,
  readAsWritten,
  type ReadMember,
  elementOf,
  type Place,
} from "./walk.ts";

/** What differs between two objects. */
export interface Difference {
  /** Fields the second has that the first lacks or has otherwise. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

interface Found {
  readonly read: ReadMember;
  changed: MutableFieldSet | undefined;
  removed: MutableFieldSet | undefined;
}

/** Compares two objects of one kind; undefined when they are the same. */
export function compare(
  place: Place,
  before: JsonObject,
  after: JsonObject,
  read: ReadMember = readAsWritten,
): Difference | undefined {
  if (before === after) return undefined;
  const found: Found = { read, changed: undefined, removed: undefined };
  compareMembers(place, before, after, found);
  if (found.changed === undefined && found.removed === undefined) return undefined;
  return { changed: found.changed ?? LEAF, removed: found.removed ?? LEAF };
}

/** Compares what stands at one place on both sides; notes under `element` of `found` what differs. */
function compareAt(place: Place, element: string, before: unknown, after: unknown, found: Found): void {
  if (before === after) return;
  if (before === undefined) {
    (found.changed ??= {})[element] = everything(place, after, found.read);
    return;
  }
  if (after === undefined) {
    (found.removed ??= {})[element] = everything(place, before, found.read);
    return;
  }
  const below: Found = { read: found.read, changed: undefined, removed: undefined };
  if (!compareInside(place, before, after, below)) {
    if (!equalJson(before, after)) (found.changed ??= {})[element] = LEAF;
    return;
  }
  if (below.changed !== undefined) (found.changed ??= {})[element] = below.changed;
  if (below.removed !== undefined) (found.removed ??= {})[element] = below.removed;
}

/** Goes into two containers; false when the place is one value. */
function compareInside(place: Place, before: unknown, after: unknown, below: Found): boolean {
  if (place.atomic) return false;
  if (isJsonObject(before) && isJsonObject(after)) {
    if (isEmptyObject(before) && isEmptyObject(after)) return false;
    compareMembers(place, before, after, below);
    return true;
  }
  if (place.schema?.shape === "list" && Array.isArray(before) && Array.isArray(after)) {
    if (before.length === 0 && after.length === 0) return false;
    compareItems(place.schema, before, after, below);
    return true;
  }
  return false;
}

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

function compareMembers(place: Place, before: JsonObject, after: JsonObject, found: Found): void {
  for (const key in after) {
    if (before[key] === after[key] && Object.hasOwn(before, key)) continue;
    const member = memberOf(place, key);
    if (member === undefined) continue;
    const old = Object.hasOwn(before, key) ? found.read(member, before, key) : undefined;
    compareAt(member.place, member.element, old, found.read(member, after, key), found);
  }
  for (const key in before) {
    if (Object.hasOwn(after, key)) continue;
    const member = memberOf(place, key);
    if (member !== undefined) {
      compareAt(member.place, member.element, found.read(member, before, key), undefined, found);
    }
  }
}

function compareItems(schema: ListSchema, before: readonly unknown[], after: readonly unknown[], found: Found): void {
  const place = itemPlace(schema);
  if (before.length === after.length && before.every((item, i) => isSameElement(schema, item, after[i]))) {
    if (schema.listType === "set") return;
    if (!hasRepeats(schema, before)) {
      for (const [i, item] of before.entries()) {
        if (item !== after[i]) compareAt(place, elementOf(schema, item), item, after[i], found);
      }
      return;
    }
  }
  const [old, next] = [byElement(schema, before), byElement(schema, after)];
  for (const element of new Set([...old.keys(), ...next.keys()])) {
    compareElement(place, element, old.get(element) ?? [], next.get(element) ?? [], found);
  }
}

/** Items that stand in a list more than once are compared as one value. */
function compareElement(
  place: Place,
  element: string,
  old: readonly unknown[],
  next: readonly unknown[],
  found: Found,
): void {
  if (old.length <= 1 && next.length <= 1) {
    compareAt(place, element, old[0], next[0], found);
  } else if (old.length > 1 && next.length > 1) {
    if (!equalJson(old, next)) (found.changed ??= {})[element] = LEAF;
  } else if (old.length > 1) {
    if (next.length > 0) (found.changed ??= {})[element] = everything(place, next[0], found.read);
    (found.removed ??= {})[element] = LEAF;
  } else {
    if (old.length > 0) (found.removed ??= {})[element] = everything(place, old[0], found.read);
    (found.changed ??= {})[element] = LEAF;
  }
}

/** All that stands at a place that one side lacks: the node itself and all below it. */
function everything(place: Place, value: unknown, read: ReadMember): FieldSet {
  if (place.atomic) return LEAF;
  let set: MutableFieldSet | undefined;
  if (isJsonObject(value)) {
    for (const key in value) {
      const member = memberOf(place, key);
      const each = member && read(member, value, key);
      if (member === undefined || each === undefined) continue;
      (set ??= { [SELF]: LEAF })[member.element] = everything(member.place, each, read);
    }
  } else if (place.schema?.shape === "list" && Array.isArray(value)) {
    const item = itemPlace(place.schema);
    for (const [element, items] of byElement(place.schema, value)) {
      (set ??= { [SELF]: LEAF })[element] = items.length === 1 ? everything(item, items[0], read) : LEAF;
    }
  }
  return set ?? LEAF;
}

/**
 * The fields a configuration speaks of: its leaves, items of keyed lists and keys of maps. Containers that are
 * fields of a declared object are only in the set when they are empty.
 */
export function fieldsOf(place: Place, configuration: JsonObject): FieldSet {
  const set: MutableFieldSet = {};
  for (const key of Object.keys(configuration)) {
    const member = memberPlace(place, key);
    const value: unknown = configuration[key];
    if (member === undefined || value === undefined) continue;
    const isNamed = isNamedField(place, key);
    const isEmptyList = Array.isArray(value) && value.length === 0 && !member.atomic && member.schema !== undefined;
    if (!isNamed || !isEmptyList) set[`f:${key}`] = marked(fieldsAt(member, value), value, !isNamed);
  }
  return set;
}

function fieldsAt(place: Place, value: unknown): FieldSet {
  if (place.atomic) return LEAF;
  if (isJsonObject(value)) return fieldsOf(place, value);
  if (place.schema?.shape !== "list" || !Array.isArray(value)) return LEAF;
  const item = itemPlace(place.schema);
  const set: MutableFieldSet = {};
  for (const [element, items] of byElement(place.schema, value)) {
    set[element] = marked(fieldsAt(item, items[0]), items[0], true);
  }
  return set;
}

function marked(below: FieldSet, value: unknown, isMarked: boolean): FieldSet {
  if (isEmpty(below) || !isMarked || (typeof value === "object" && value === null)) return below;
  return { [SELF]: LEAF, ...below };
}
