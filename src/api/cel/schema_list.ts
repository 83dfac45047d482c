import type { Json } from "../schema/field.ts";
import { CelError, List, MapValue, mapKey, type Equality, type Result, type Value, type Worker } from "./value.ts";

/** Elementary steps that finding an element by its key takes. */
const STEPS_PER_KEY = 100;

export type Reader = (json: Json) => Result;

/** A list of the API. Sets and maps by keys are equal in any order, and `+` merges them. */
abstract class KeyedList extends List {
  readonly #kind: string;
  readonly #keys: readonly string[];

  constructor(kind: string, keys: readonly string[]) {
    super();
    this.#kind = kind;
    this.#keys = keys;
  }

  override plus(other: List, run: Worker): Result {
    if (this.#kind !== "set" && this.#kind !== "map") return super.plus(other, run);
    run.work((this.size + other.size) * STEPS_PER_KEY);
    const merged = new Map<string, Value>();
    for (const list of [this, other]) {
      for (const element of list.values()) {
        const key = this.#keyOf(element);
        if (element instanceof CelError) return element;
        if (key instanceof CelError) return key;
        if (this.#kind === "map" || !merged.has(key)) merged.set(key, element);
      }
    }
    return new MergedList([...merged.values()], this.#kind, this.#keys);
  }

  override equals(other: List, equal: Equality, run: Worker): boolean | CelError | undefined {
    if (this.#kind !== "set" && this.#kind !== "map") return undefined;
    if (this.size !== other.size) return false;
    run.work((this.size + other.size) * STEPS_PER_KEY);
    const mine = this.#byKey(this);
    const theirs = this.#byKey(other);
    if (mine instanceof CelError) return mine;
    if (theirs instanceof CelError) return theirs;
    if (mine.size !== theirs.size) return false;
    for (const [key, element] of mine) {
      const match = theirs.get(key);
      const same = match !== undefined && (this.#kind === "set" || equal(element, match));
      if (same !== true) return same;
    }
    return true;
  }

  #byKey(list: List): Map<string, Value> | CelError {
    const elements = new Map<string, Value>();
    for (const element of list.values()) {
      if (element instanceof CelError) return element;
      const key = this.#keyOf(element);
      if (key instanceof CelError) return key;
      elements.set(key, element);
    }
    return elements;
  }

  #keyOf(element: Result): string | CelError {
    if (element instanceof CelError) return element;
    if (this.#kind === "set") {
      const key = mapKey(element);
      return key ?? new CelError("unexpected data format for element of array with x-kubernetes-list-type=set");
    }
    if (!(element instanceof MapValue)) {
      return new CelError("unexpected data format for element of array with x-kubernetes-list-type=map");
    }
    const parts = this.#keys.map((key) => {
      const value = element.find(key) ?? null;
      return value === null || value instanceof CelError ? "" : (mapKey(value) ?? "");
    });
    return JSON.stringify(parts);
  }
}

/** A list as it was sent, its elements read when they are asked for. */
export class SchemaList extends KeyedList {
  readonly #json: readonly Json[];
  readonly #read: Reader;

  constructor(json: readonly Json[], read: Reader, kind: string, keys: readonly string[]) {
    super(kind, keys);
    this.#json = json;
    this.#read = read;
  }

  get size(): number {
    return this.#json.length;
  }

  at(index: number): Result {
    return this.#read(this.#json[index] ?? null);
  }

  override equals(other: List, equal: Equality, run: Worker): boolean | CelError | undefined {
    return other instanceof SchemaList && other.#json === this.#json ? true : super.equals(other, equal, run);
  }
}

class MergedList extends KeyedList {
  readonly #elements: readonly Value[];

  constructor(elements: readonly Value[], kind: string, keys: readonly string[]) {
    super(kind, keys);
    this.#elements = elements;
  }

  get size(): number {
    return this.#elements.length;
  }

  at(index: number): Result {
    return this.#elements[index] ?? null;
  }
}
