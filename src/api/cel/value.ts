import { CelType, BOOL, BYTES, DOUBLE, INT, LIST, MAP, NULL, OPTIONAL, STRING, TYPE, UINT } from "./types.ts";

/** An evaluation that failed. A value, not an exception: `||` and `&&` may still absorb it. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A value of a type of its own; two are equal when `sameAs` says so. */
export abstract class Opaque {
  abstract readonly type: CelType;
  abstract sameAs(other: Opaque): boolean;
  /** What `size` means for costs: characters or bytes. */
  get costSize(): number {
    return 1;
  }
  /** Elementary steps of a comparison. */
  get weight(): number {
    return 1;
  }
  /** Whether the standard cost of equality is replaced by 1. */
  get comparesAtOnce(): boolean {
    return true;
  }
}

export class Optional {
  /** Undefined for `optional.none()`. */
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const NONE = new Optional(undefined);

export abstract class List {
  abstract readonly size: number;
  /** The element at an index within the list. */
  abstract at(index: number): Result;

  /** What `+` gives; lists of a schema may say otherwise. */
  plus(other: List, _run: Worker): Result {
    return new ConcatList(this, other);
  }

  /** Equality other than element by element; undefined for the usual one. */
  equals(_other: List, _equal: Equality, _run: Worker): boolean | CelError | undefined {
    return undefined;
  }

  *values(): Generator<Result> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

export class PlainList extends List {
  readonly elements: readonly Value[];

  constructor(elements: readonly Value[]) {
    super();
    this.elements = elements;
  }

  get size(): number {
    return this.elements.length;
  }

  at(index: number): Result {
    return this.elements[index] ?? null;
  }
}

/** Two lists one after the other, copied only when read: `+` must not cost more than it is charged. */
class ConcatList extends List {
  readonly size: number;
  readonly #left: List;
  readonly #right: List;

  constructor(left: List, right: List) {
    super();
    this.#left = left;
    this.#right = right;
    this.size = left.size + right.size;
  }

  at(index: number): Result {
    const { size } = this.#left;
    return index < size ? this.#left.at(index) : this.#right.at(index - size);
  }
}

/** The accumulator of a comprehension: only its own loop sees it, so it grows in place. */
export class GrowingList extends List {
  readonly #elements: Value[] = [];

  get size(): number {
    return this.#elements.length;
  }

  at(index: number): Result {
    return this.#elements[index] ?? null;
  }

  override plus(other: List): Result {
    for (let i = 0; i < other.size; i++) {
      const element = other.at(i);
      if (element instanceof CelError) return element;
      this.#elements.push(element);
    }
    return this;
  }

  freeze(): PlainList {
    return new PlainList(this.#elements);
  }
}

export abstract class MapValue {
  abstract readonly size: number;
  /** Undefined when there is no such key. */
  abstract find(key: Value): Result | undefined;
  abstract keys(): readonly Value[];

  /** Equality other than by keys; undefined for the usual one. */
  equals(_other: MapValue, _equal: Equality, _run: Worker): boolean | CelError | undefined {
    return undefined;
  }
}

export class PlainMap extends MapValue {
  readonly #entries = new Map<string, [key: Value, value: Value]>();

  get size(): number {
    return this.#entries.size;
  }

  find(key: Value): Result | undefined {
    const text = mapKey(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }

  keys(): readonly Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  /** Only while it is made. */
  set(key: Value, value: Value): boolean {
    const text = mapKey(key);
    if (text === undefined || this.#entries.has(text)) return false;
    this.#entries.set(text, [key, value]);
    return true;
  }
}

/** A text that is the same for keys that are equal: `1`, `1u` and `1.0` are one key. Undefined when it can be none. */
export function mapKey(key: Value): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "bigint") return `n${key}`;
  if (typeof key === "boolean") return `b${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === "number" && Number.isInteger(key)) return `n${BigInt(key)}`;
  return undefined;
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | CelType
  | Opaque
  | Optional
  | List
  | MapValue;

export type Result = Value | CelError;

/** Counts elementary steps; throws when there are too many. */
export interface Worker {
  work(steps: number): void;
}

/** Compares two values; the one given to `equals` counts the work. */
export type Equality = (a: Value, b: Value) => boolean | CelError;

/** What `type(value)` gives. */
export function typeOfValue(value: Value): CelType {
  if (value === null) return NULL;
  switch (typeof value) {
    case "boolean":
      return BOOL;
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return STRING;
    default:
  }
  if (value instanceof Opaque) return value.type;
  if (value instanceof Uint) return UINT;
  if (value instanceof List) return LIST;
  if (value instanceof MapValue) return MAP;
  if (value instanceof Optional) return OPTIONAL;
  return value instanceof CelType ? TYPE : BYTES;
}
