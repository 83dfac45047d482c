import { isJsonObject, type JsonObject } from "../json.ts";
import type { Field, ListSchema, ObjectSchema, Schema } from "../schema/schema.ts";

/**
 * How server-side apply sees a place in an object: the schema there, or undefined where none is declared (then
 * objects are taken apart and lists are one value), and whether the place is one value whatever it holds.
 */
export interface Place {
  readonly schema: Schema | undefined;
  readonly atomic: boolean;
}

/** A member of a place: where it leads, its path element (`f:name`), and whether its zero values count as absent. */
export interface MemberPlace {
  readonly place: Place;
  readonly element: string;
  readonly omitsZero: boolean;
  /** Whether it stands there, empty, in an object of which nothing is said: a Go struct, or a field without omitempty. */
  readonly isThere: boolean;
}

const UNDECLARED: Place = { schema: undefined, atomic: false };
const places = new WeakMap<object, Place>();
/** The declared fields of object schemas, as far as they were met. */
const members = new WeakMap<ObjectSchema, Map<string, MemberPlace>>();

/** The place of a whole object of a kind. */
export function rootPlace(schema: Schema): Place {
  return placeOf(schema, schema, false);
}

function placeOf(key: object, schema: Schema, isAtomicField: boolean): Place {
  const known = places.get(key);
  if (known !== undefined) return known;
  const place = {
    schema: isUntyped(schema) ? undefined : schema,
    atomic: isAtomic(),
  };
  places.set(key, place);
  return place;

  function isAtomic(): boolean {
    if (isAtomicField) return true;
    if (schema.shape === "object") return schema.atomic;
    if (schema.shape === "map") return schema.mapType === "atomic";
    if (schema.shape === "list") return schema.listType === "atomic";
    return schema.format !== "any";
  }
}

/** Whether anything may stand there. */
function isUntyped(schema: Schema): boolean {
  if (schema.shape === "object") return schema.alternative !== undefined;
  return schema.shape === "scalar" && schema.format === "any";
}

/** A member of a place by its name, undefined when the schema does not know it. */
export function memberOf({ schema }: Place, key: string): MemberPlace | undefined {
  if (schema?.shape === "object") {
    const declared = declaredMember(schema, key);
    if (declared !== undefined || !schema.preserveUnknown) return declared;
  } else if (schema?.shape === "map") {
    return { place: placeOf(schema.value, schema.value, false), element: `f:${key}`, omitsZero: false, isThere: false };
  } else if (schema !== undefined) return undefined;
  return { place: UNDECLARED, element: `f:${key}`, omitsZero: false, isThere: false };
}

function declaredMember(schema: ObjectSchema, key: string): MemberPlace | undefined {
  let known = members.get(schema);
  if (known === undefined) members.set(schema, (known = new Map()));
  const met = known.get(key);
  if (met !== undefined) return met;
  const field = fieldOf(schema, key);
  if (field === undefined) return undefined;
  const place = placeOf(field, field.schema, field.atomic === true);
  const isThere = field.omit === "never" || (field.required && field.omit !== "absent");
  const member = { place, element: `f:${key}`, omitsZero: field.omit === "zero", isThere };
  known.set(key, member);
  return member;
}

/** The place of a member, undefined when the schema does not know it. */
export function memberPlace(place: Place, key: string): Place | undefined {
  return memberOf(place, key)?.place;
}

export function fieldOf(schema: ObjectSchema, key: string): Field | undefined {
  return Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
}

/** Whether members of the place are fields of a declared object rather than keys of a map. */
export function isNamedField(place: Place, key: string): boolean {
  return place.schema?.shape === "object" && fieldOf(place.schema, key) !== undefined;
}

export function itemPlace(schema: ListSchema): Place {
  return placeOf(schema.item, schema.item, false);
}

/** Reads a member for a comparison; undefined where it counts as absent. */
export type ReadMember = (member: MemberPlace, object: JsonObject, key: string) => unknown;

/** What stands at a key, whatever it is: for configurations, where a zero or null is said on purpose. */
export const readAsSaid: ReadMember = (_member, object, key) => object[key];

/** What stands at a key as it would be written: zero values that are left out are absent, and so is null. */
export const readAsWritten: ReadMember = ({ omitsZero }, object, key) => writtenValue(omitsZero, object[key]);

/** As `readAsWritten`, but that empty lists and maps are there where Go writes them. */
export const readAsGo: ReadMember = ({ omitsZero, isThere, place }, object, key) =>
  writtenValue(omitsZero && !(isThere && place.schema?.shape !== "scalar"), object[key]);

/** A value as it would be written. */
export function writtenValue(omitsZero: boolean, value: unknown): unknown {
  if (value === undefined || value === null || (omitsZero && isZero(value))) return undefined;
  return value;
}

/** Whether a value is its type's zero. */
export function isZero(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== "object" || value === null) return false;
  for (const _ in value) return false;
  return true;
}

/** An item of a keyed list lacks a key, or a set holds something that is no scalar. */
export class ElementError extends Error {
  override readonly name = "ElementError";
}

/** How an item of a list is told apart from its neighbours: `k:{…}` or `v:…`. Throws ElementError. */
export function elementOf(schema: ListSchema, item: unknown): string {
  if (schema.listType === "atomic") throw new ElementError("invalid indexing element");
  if (schema.listType === "set") {
    if (typeof item !== "object") return `v:${JSON.stringify(item)}`;
    throw new ElementError("associative list without keys has an element that's a map type");
  }
  if (!isJsonObject(item)) throw new ElementError("associative list with keys may not have non-map elements");
  const names = schema.listType.mapKeys;
  if (names.length === 1) return byOneKey(schema, item, names[0] ?? "");
  return `k:{${inOrder(names)
    .map((name) => keyText(schema, item, name))
    .join(",")}}`;
}

const sortedNames = new WeakMap<readonly string[], readonly string[]>();

/** The names of keys as they stand in an element. */
function inOrder(names: readonly string[]): readonly string[] {
  let sorted = sortedNames.get(names);
  if (sorted === undefined) sortedNames.set(names, (sorted = names.toSorted()));
  return sorted;
}

/** Elements by the text of their only key, which mostly comes again: made anew each would have to be hashed anew, too. */
const byKey = new WeakMap<ListSchema, Map<string, string>>();
const KEYS_MAX = 1_000;

function byOneKey(schema: ListSchema, item: JsonObject, name: string): string {
  let known = byKey.get(schema);
  if (known === undefined) byKey.set(schema, (known = new Map()));
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  const met = typeof value === "string" ? known.get(value) : undefined;
  if (met !== undefined) return met;
  const element = `k:{${keyText(schema, item, name)}}`;
  if (typeof value !== "string") return element;
  if (known.size >= KEYS_MAX) known.clear();
  known.set(value, element);
  return element;
}

function keyText(schema: ListSchema, item: JsonObject, name: string): string {
  const value = keyValue(schema, item, name);
  if (value !== undefined) return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  const problem = `omits key field ${JSON.stringify(name)} (and doesn't have default value)`;
  throw new ElementError(`associative list with keys has an element that ${problem}`);
}

function keyValue(schema: ListSchema, item: JsonObject, name: string): unknown {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  if (value !== undefined && value !== null) return value;
  return schema.item.shape === "object" ? fieldOf(schema.item, name)?.default : undefined;
}

/** Whether two items of a list are the same element, without making their text. */
export function isSameElement(schema: ListSchema, a: unknown, b: unknown): boolean {
  if (schema.listType === "set") return a === b;
  if (schema.listType === "atomic" || !isJsonObject(a) || !isJsonObject(b)) return false;
  for (const name of schema.listType.mapKeys) {
    const value = keyValue(schema, a, name);
    if (value === undefined || value !== keyValue(schema, b, name)) return false;
  }
  return true;
}

/** Whether some element stands in a list more than once. */
export function hasRepeats(schema: ListSchema, items: readonly unknown[]): boolean {
  if (items.length > 16) return byElement(schema, items).size < items.length;
  return items.some((item, i) => items.slice(i + 1).some((other) => isSameElement(schema, item, other)));
}

/** The items of a list by element, in order; an element that stands there twice has both. Bad items are left out. */
export function byElement(schema: ListSchema, items: readonly unknown[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of items) {
    let element: string;
    try {
      element = elementOf(schema, item);
    } catch (error) {
      if (error instanceof ElementError) continue;
      throw error;
    }
    const same = found.get(element);
    if (same === undefined) found.set(element, [item]);
    else same.push(item);
  }
  return found;
}
