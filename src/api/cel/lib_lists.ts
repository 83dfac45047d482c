import { compare, equal } from "./compare.ts";
import { Library, listOf, P } from "./functions.ts";
import { int, uint } from "./lib_operators.ts";
import type { Run } from "./run.ts";
import { Duration, durationOf } from "./time_values.ts";
import {
  A,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  STRING,
  TIMESTAMP,
  UINT,
  type CelType,
} from "./types.ts";
import { CelError, List, PlainList, Uint, type Result, type Value } from "./value.ts";

const COMPARABLE: readonly (readonly [name: string, type: CelType])[] = [
  ["int", INT],
  ["uint", UINT],
  ["double", DOUBLE],
  ["bool", BOOL],
  ["duration", DURATION],
  ["timestamp", TIMESTAMP],
  ["string", STRING],
  ["bytes", BYTES],
];

/** The elements of a list; the first that cannot be read instead. */
function elementsOf(list: List, run: Run): readonly Value[] | CelError {
  run.work(list.size);
  const elements: Value[] = [];
  for (const element of list.values()) {
    if (element instanceof CelError) return element;
    elements.push(element);
  }
  return elements;
}

function isSorted(list: List, run: Run): Result {
  const elements = elementsOf(list, run);
  if (elements instanceof CelError) return elements;
  for (let i = 1; i < elements.length; i++) {
    const order = compare(elements[i - 1] ?? null, elements[i] ?? null, run);
    if (order instanceof CelError) return order;
    if (order > 0) return false;
  }
  return true;
}

/** The element that all others stand behind (`sign` -1: the least) or before (1: the greatest). */
function extreme(name: string, sign: number) {
  return (list: List, run: Run): Result => {
    const elements = elementsOf(list, run);
    if (elements instanceof CelError) return elements;
    let [best] = elements;
    if (best === undefined) return new CelError(`${name} called on empty list`);
    for (const element of elements) {
      const order = compare(element, best, run);
      if (order instanceof CelError) return order;
      if (order * sign > 0) best = element;
    }
    return best;
  };
}

function add(a: Value, b: Value): Result {
  if (typeof a === "bigint" && typeof b === "bigint") return int(a + b);
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value);
  if (a instanceof Duration && b instanceof Duration) return durationOf(a.nanos + b.nanos);
  return new CelError("no such overload");
}

function sum(list: List, zero: Value, run: Run): Result {
  const elements = elementsOf(list, run);
  if (elements instanceof CelError) return elements;
  let total: Result = zero;
  for (const element of elements) {
    total = add(total, element);
    if (total instanceof CelError) return total;
  }
  return total;
}

function indexOf(list: List, value: Value, step: 1 | -1, run: Run): Result {
  const start = step === 1 ? 0 : list.size - 1;
  for (let i = start; i >= 0 && i < list.size; i += step) {
    const element = list.at(i);
    if (!(element instanceof CelError) && equal(element, value, run) === true) return BigInt(i);
  }
  return -1n;
}

function slice(list: List, start: bigint, end: bigint, run: Run): Result {
  const head = `cannot slice(${start}, ${end}), `;
  if (start < 0n || end < 0n) return new CelError(`${head}negative indexes not supported`);
  if (start > end) return new CelError(`${head}start index must be less than or equal to end index`);
  if (list.size < end) return new CelError(`${head}list is length ${list.size}`);
  const elements = elementsOf(list, run);
  return elements instanceof CelError ? elements : new PlainList(elements.slice(Number(start), Number(end)));
}

function flatten(list: List, depth: bigint, run: Run): Result {
  if (depth < 0n) return new CelError("level must be non-negative");
  const flat: Value[] = [];
  const failure = gather(list, depth, flat, run);
  return failure ?? new PlainList(flat);
}

function gather(list: List, depth: bigint, flat: Value[], run: Run): CelError | undefined {
  const elements = elementsOf(list, run);
  if (elements instanceof CelError) return elements;
  for (const element of elements) {
    const failure = element instanceof List && depth > 0n ? gather(element, depth - 1n, flat, run) : undefined;
    if (failure !== undefined) return failure;
    if (!(element instanceof List) || depth === 0n) flat.push(element);
  }
  return undefined;
}

function range(count: bigint, run: Run): Result {
  // The bound of the work is far below that of numbers.
  run.work(count > 2n ** 32n ? Infinity : Math.max(Number(count), 0));
  return new PlainList(Array.from({ length: Math.max(Number(count), 0) }, (_, i) => BigInt(i)));
}

function reverse(list: List, run: Run): Result {
  const elements = elementsOf(list, run);
  return elements instanceof CelError ? elements : new PlainList(elements.toReversed());
}

function distinct(list: List, run: Run): Result {
  run.expect(list.size ** 2);
  const elements = elementsOf(list, run);
  if (elements instanceof CelError) return elements;
  const kept: Value[] = [];
  for (const element of elements) {
    if (!kept.some((known) => equal(element, known, run) === true)) kept.push(element);
  }
  return new PlainList(kept);
}

/** The elements of a list in the order of their keys. */
function sortBy(list: List, keyList: List, run: Run): Result {
  run.expect(keyList.size ** 2);
  const [elements, keys] = [elementsOf(list, run), elementsOf(keyList, run)];
  if (elements instanceof CelError) return elements;
  if (keys instanceof CelError) return keys;
  let failure: CelError | undefined;
  const order = keys
    .map((_, i) => i)
    .sort((a, b) => {
      run.work(1);
      const result = compare(keys[a] ?? null, keys[b] ?? null, run);
      if (typeof result === "number") return result;
      failure = result;
      return 0;
    });
  return failure ?? new PlainList(order.map((i) => elements[i] ?? null));
}

const lists = new Library()
  .method("indexOf", "list_a_index_of_int", [P.listA, P.a], INT, ([list, value], run) => indexOf(list, value, 1, run))
  .method("lastIndexOf", "list_a_last_index_of_int", [P.listA, P.a], INT, ([list, value], run) =>
    indexOf(list, value, -1, run),
  )
  .method("slice", "list_slice", [P.listA, P.int, P.int], listType(A), ([list, start, end], run) =>
    slice(list, start, end, run),
  )
  .method("flatten", "list_flatten", [listOf(listType(A))], listType(A), ([list], run) => flatten(list, 1n, run))
  .method("flatten", "list_flatten_int", [listOf(DYN), P.int], listType(DYN), ([list, depth], run) =>
    flatten(list, depth, run),
  )
  .fn("lists.range", "lists_range", [P.int], listType(INT), ([count], run) => range(count, run))
  .method("reverse", "list_reverse", [P.listA], listType(A), ([list], run) => reverse(list, run))
  .method("distinct", "list_distinct", [P.listA], listType(A), ([list], run) => distinct(list, run));

const [max, min] = [extreme("max", 1), extreme("min", -1)];
for (const [name, type] of COMPARABLE) {
  const list = listOf(type);
  lists
    .method("isSorted", `list_${name}_is_sorted_bool`, [list], BOOL, ([each], run) => isSorted(each, run))
    .method("max", `list_${name}_max_${name}`, [list], type, ([each], run) => max(each, run))
    .method("min", `list_${name}_min_${name}`, [list], type, ([each], run) => min(each, run))
    .method("sort", `list_${type.name}_sort`, [list], listType(type), ([each], run) => sortBy(each, each, run))
    .method(
      "@sortByAssociatedKeys",
      `list_${type.name}_sortByAssociatedKeys`,
      [P.listA, list],
      listType(A),
      ([each, keys], run) => sortBy(each, keys, run),
    );
}
const ZEROS: readonly (readonly [name: string, type: CelType, zero: Value])[] = [
  ["int", INT, 0n],
  ["uint", UINT, new Uint(0n)],
  ["double", DOUBLE, 0],
  ["duration", DURATION, new Duration(0n)],
];
for (const [name, type, zero] of ZEROS) {
  lists.method("sum", `list_${name}_sum_${name}`, [listOf(type)], type, ([list], run) => sum(list, zero, run));
}

/** Kubernetes' list functions and cel-go's list extensions (version 3). */
export { lists };
