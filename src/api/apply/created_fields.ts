import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { compare } from "./compare.ts";
import { LEAF, SELF, isEmpty, sorted, without, type FieldSet, type MutableFieldSet } from "./field_set.ts";
import { strip } from "./managed_fields.ts";
import { byElement, isZero, itemPlace, memberOf, readAsGo, writtenValue, type Place } from "./walk.ts";

/**
 * Sets that were made once and are found again: objects of one origin have the same fields, and most of what is
 * written is created by few clients. A step is one element with the set below it, taken in the order of the object;
 * where the steps end stands the set of all of them.
 */
class Step {
  readonly #parent: Step | undefined;
  readonly #element: string;
  readonly #below: FieldSet;
  readonly #next = new Map<string, Map<FieldSet, Step>>();
  /** The step taken last, where the next object goes on, too, if it is like the one before. */
  #usual: Step | undefined;
  #set: FieldSet | undefined;

  constructor(parent: Step | undefined, element: string, below: FieldSet) {
    this.#parent = parent;
    this.#element = element;
    this.#below = below;
  }

  next(element: string, below: FieldSet): Step {
    const usual = this.#usual;
    if (usual !== undefined && usual.#below === below && usual.#element === element) return usual;
    return (this.#usual = this.#other(element, below));
  }

  #other(element: string, below: FieldSet): Step {
    let steps = this.#next.get(element);
    if (steps === undefined) this.#next.set(element, (steps = new Map()));
    let step = steps.get(below);
    if (step === undefined) {
      steps.set(below, (step = new Step(this, element, below)));
      made++;
    }
    return step;
  }

  /** The node itself and all it took to come here. */
  get set(): FieldSet {
    if (this.#set !== undefined) return this.#set;
    const set: MutableFieldSet = {};
    this.#collect(set);
    this.#set = sorted(set);
    return this.#set;
  }

  #collect(set: MutableFieldSet): void {
    if (this.#parent !== undefined) this.#parent.#collect(set);
    if (this.#element !== "") set[this.#element] = this.#below;
  }
}

/** Of a place that was there before and in which nothing is new. */
const NONE: FieldSet = {};
/** Objects with more members or items in one place are not kept in mind. */
const WIDE = 100;
/** Beyond this many steps all are forgotten: labels and names of whoever writes are among them. */
const STEPS_MAX = 20_000;
let made = 0;
/** Where the steps of what nothing was in before begin, and of what stood there empty. */
let [start, startBelow] = beginnings();

function beginnings(): [Step, Step] {
  const root = new Step(undefined, "", LEAF);
  return [root.next(SELF, LEAF), root];
}

/** What a client manages that created `object`: all its fields but those named and those that nobody manages, in order. */
export function createdFields(place: Place, object: JsonObject, ignored: readonly string[]): FieldSet {
  if (made > STEPS_MAX) {
    made = 0;
    [start, startBelow] = beginnings();
  }
  // Of a custom resource nothing is there before; a built-in kind is a Go struct, which Kubernetes compares with its zero.
  const isStruct = place.schema?.shape === "object" && place.schema.lenient !== true;
  const set = everything(place, object, isStruct);
  if (set === undefined) {
    const found = isStruct ? compare(place, zeroOf(place.schema), object, readAsGo) : compare(place, {}, object);
    return sorted(strip(without(found?.changed ?? LEAF, ignored)));
  }
  const known = managed.get(set);
  if (known?.ignored.join() === ignored.join()) return known.fields;
  const fields = strip(without(withoutSelf(set), ignored));
  if (set !== LEAF) managed.set(set, { ignored, fields });
  texts.set(fields, undefined);
  return fields;
}

/** Sets that `createdFields` gave, each with its JSON once that was asked for. */
const texts = new WeakMap<object, string | undefined>();

/** The JSON of a set of fields. That of sets which `createdFields` gives again and again is written once. */
export function fieldsJson(fields: object | null | undefined): string | undefined {
  if (!fields || !texts.has(fields)) return JSON.stringify(fields);
  let text = texts.get(fields);
  if (text === undefined) texts.set(fields, (text = JSON.stringify(fields)));
  return text;
}

/** What is left of a whole object's set for its creator. */
const managed = new WeakMap<FieldSet, { readonly ignored: readonly string[]; readonly fields: FieldSet }>();

function withoutSelf({ [SELF]: _self, ...rest }: FieldSet): FieldSet {
  return isEmpty(rest) ? LEAF : rest;
}

const zeros = new WeakMap<ObjectSchema, JsonObject>();

/** An object of which nothing is said: Go structs in it are there, empty, as are lists and maps without omitempty. */
export function zeroOf(schema: ObjectSchema): JsonObject {
  const known = zeros.get(schema);
  if (known !== undefined) return known;
  const zero: Record<string, Json> = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    const member = memberOf({ schema, atomic: false }, name);
    if (member?.isThere !== true || member.place.schema === undefined) continue;
    const { shape } = field.schema;
    if (field.schema.shape === "object") zero[name] = zeroOf(field.schema);
    else if (shape !== "scalar") zero[name] = shape === "list" ? [] : {};
  }
  zeros.set(schema, zero);
  return zero;
}

/**
 * As `compare` finds it where there was nothing before, or where `zeroOf` stood; undefined when it is too wide to be
 * kept.
 */
function everything(place: Place, value: unknown, isThere: boolean): FieldSet | undefined {
  if (place.atomic) return LEAF;
  const first = isThere ? startBelow : start;
  let at = first;
  let width = 0;
  if (isJsonObject(value)) {
    for (const key in value) {
      const member = memberOf(place, key);
      const each = member && writtenValue(member.omitsZero, value[key]);
      if (member === undefined || each === undefined) continue;
      const wasThere = isThere && member.isThere && member.place.schema !== undefined;
      if (wasThere && member.place.schema?.shape !== "scalar" && isZero(each)) continue;
      const below = everything(member.place, each, wasThere);
      if (below === undefined || ++width > WIDE) return undefined;
      if (below === NONE) continue;
      at = at.next(member.element, below);
    }
  } else if (place.schema?.shape === "list" && Array.isArray(value)) {
    if (value.length > WIDE) return undefined;
    const item = itemPlace(place.schema);
    for (const [element, items] of byElement(place.schema, value)) {
      const below = items.length === 1 ? everything(item, items[0], false) : LEAF;
      if (below === undefined) return undefined;
      at = at.next(element, below);
    }
  }
  if (at === first) return isThere && typeof value === "object" ? NONE : LEAF;
  return at.set;
}
