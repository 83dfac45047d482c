import { isJsonObject, type JsonObject } from "../json.ts";
import { compare } from "./compare.ts";
import { LEAF, SELF, isEmpty, sorted, without, type FieldSet, type MutableFieldSet } from "./field_set.ts";
import { strip } from "./managed_fields.ts";
import { byElement, itemPlace, memberOf, writtenValue, type Place } from "./walk.ts";

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
    const set: MutableFieldSet = { [SELF]: LEAF };
    this.#collect(set);
    this.#set = sorted(set);
    return this.#set;
  }

  #collect(set: MutableFieldSet): void {
    if (this.#parent === undefined) return;
    this.#parent.#collect(set);
    set[this.#element] = this.#below;
  }
}

/** Objects with more members or items in one place are not kept in mind. */
const WIDE = 100;
/** Beyond this many steps all are forgotten: labels and names of whoever writes are among them. */
const STEPS_MAX = 20_000;
let made = 0;
let start = new Step(undefined, "", LEAF);

/** What a client manages that created `object`: all its fields but those named and those that nobody manages, in order. */
export function createdFields(place: Place, object: JsonObject, ignored: readonly string[]): FieldSet {
  if (made > STEPS_MAX) {
    made = 0;
    start = new Step(undefined, "", LEAF);
  }
  const set = everything(place, object);
  if (set === undefined) return sorted(strip(without(compare(place, {}, object)?.changed ?? LEAF, ignored)));
  const known = managed.get(set);
  if (known?.ignored.join() === ignored.join()) return known.fields;
  const fields = strip(without(withoutSelf(set), ignored));
  if (set !== LEAF) managed.set(set, { ignored, fields });
  return fields;
}

/** What is left of a whole object's set for its creator. */
const managed = new WeakMap<FieldSet, { readonly ignored: readonly string[]; readonly fields: FieldSet }>();

function withoutSelf({ [SELF]: _self, ...rest }: FieldSet): FieldSet {
  return isEmpty(rest) ? LEAF : rest;
}

/** As `compare` finds it where there was nothing before; undefined when it is too wide to be kept. */
function everything(place: Place, value: unknown): FieldSet | undefined {
  if (place.atomic) return LEAF;
  let at = start;
  let width = 0;
  if (isJsonObject(value)) {
    for (const key in value) {
      const member = memberOf(place, key);
      const each = member && writtenValue(member.omitsZero, value[key]);
      if (member === undefined || each === undefined) continue;
      const below = everything(member.place, each);
      if (below === undefined || ++width > WIDE) return undefined;
      at = at.next(member.element, below);
    }
  } else if (place.schema?.shape === "list" && Array.isArray(value)) {
    if (value.length > WIDE) return undefined;
    const item = itemPlace(place.schema);
    for (const [element, items] of byElement(place.schema, value)) {
      const below = items.length === 1 ? everything(item, items[0]) : LEAF;
      if (below === undefined) return undefined;
      at = at.next(element, below);
    }
  }
  return at === start ? LEAF : at.set;
}
