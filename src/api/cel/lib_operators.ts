import { compare, equal } from "./compare.ts";
import { Library, P, param, type Param } from "./functions.ts";
import { durationOf, timestampOf } from "./time_values.ts";
import { A, B, BOOL, BYTES, DOUBLE, DURATION, INT, listType, mapType, STRING, TIMESTAMP, UINT } from "./types.ts";
import { CelError, List, MapValue, mapKey, PlainMap, Uint, type Result, type Value } from "./value.ts";

/** What does not fit into 64 bits is an error. */
export function int(value: bigint): bigint | CelError {
  return BigInt.asIntN(64, value) === value ? value : new CelError("integer overflow");
}

export function uint(value: bigint): Uint | CelError {
  return BigInt.asUintN(64, value) === value ? new Uint(value) : new CelError("unsigned integer overflow");
}

export function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

const arithmetic = new Library()
  .fn("_+_", "add_bytes", [P.bytes, P.bytes], BYTES, ([a, b]) => concatBytes(a, b))
  .fn("_+_", "add_double", [P.double, P.double], DOUBLE, ([a, b]) => a + b)
  .fn("_+_", "add_duration_duration", [P.duration, P.duration], DURATION, ([a, b]) => durationOf(a.nanos + b.nanos))
  .fn("_+_", "add_duration_timestamp", [P.duration, P.timestamp], TIMESTAMP, ([a, b]) =>
    timestampOf(a.nanos + b.nanos, b.zoneMinutes),
  )
  .fn("_+_", "add_timestamp_duration", [P.timestamp, P.duration], TIMESTAMP, ([a, b]) =>
    timestampOf(a.nanos + b.nanos, a.zoneMinutes),
  )
  .fn("_+_", "add_int64", [P.int, P.int], INT, ([a, b]) => int(a + b))
  .fn("_+_", "add_list", [P.listA, P.listA], listType(A), ([a, b], run) => a.plus(b, run))
  .fn("_+_", "add_string", [P.string, P.string], STRING, ([a, b], run) => {
    run.work((a.length + b.length) / 16);
    return a + b;
  })
  .fn("_+_", "add_uint64", [P.uint, P.uint], UINT, ([a, b]) => uint(a.value + b.value))
  .fn("_/_", "divide_double", [P.double, P.double], DOUBLE, ([a, b]) => a / b)
  .fn("_/_", "divide_int64", [P.int, P.int], INT, ([a, b]) =>
    b === 0n ? new CelError("division by zero") : int(a / b),
  )
  .fn("_/_", "divide_uint64", [P.uint, P.uint], UINT, ([a, b]) =>
    b.value === 0n ? new CelError("division by zero") : uint(a.value / b.value),
  )
  .fn("_%_", "modulo_int64", [P.int, P.int], INT, ([a, b]) => (b === 0n ? new CelError("modulus by zero") : int(a % b)))
  .fn("_%_", "modulo_uint64", [P.uint, P.uint], UINT, ([a, b]) =>
    b.value === 0n ? new CelError("modulus by zero") : uint(a.value % b.value),
  )
  .fn("_*_", "multiply_double", [P.double, P.double], DOUBLE, ([a, b]) => a * b)
  .fn("_*_", "multiply_int64", [P.int, P.int], INT, ([a, b]) => int(a * b))
  .fn("_*_", "multiply_uint64", [P.uint, P.uint], UINT, ([a, b]) => uint(a.value * b.value))
  .fn("-_", "negate_double", [P.double], DOUBLE, ([a]) => -a)
  .fn("-_", "negate_int64", [P.int], INT, ([a]) => int(-a))
  .fn("_-_", "subtract_double", [P.double, P.double], DOUBLE, ([a, b]) => a - b)
  .fn("_-_", "subtract_duration_duration", [P.duration, P.duration], DURATION, ([a, b]) =>
    durationOf(a.nanos - b.nanos),
  )
  .fn("_-_", "subtract_int64", [P.int, P.int], INT, ([a, b]) => int(a - b))
  .fn("_-_", "subtract_timestamp_duration", [P.timestamp, P.duration], TIMESTAMP, ([a, b]) =>
    timestampOf(a.nanos - b.nanos, a.zoneMinutes),
  )
  .fn("_-_", "subtract_timestamp_timestamp", [P.timestamp, P.timestamp], DURATION, ([a, b]) =>
    durationOf(a.nanos - b.nanos),
  )
  .fn("_-_", "subtract_uint64", [P.uint, P.uint], UINT, ([a, b]) => uint(a.value - b.value));

/** The pairs of types that have an order, by how overloads call them. */
const ORDERED: readonly (readonly [name: string, left: Param, right: Param])[] = [
  ["bool", P.bool, P.bool],
  ["int64", P.int, P.int],
  ["int64_double", P.int, P.double],
  ["int64_uint64", P.int, P.uint],
  ["uint64", P.uint, P.uint],
  ["uint64_double", P.uint, P.double],
  ["uint64_int64", P.uint, P.int],
  ["double", P.double, P.double],
  ["double_int64", P.double, P.int],
  ["double_uint64", P.double, P.uint],
  ["string", P.string, P.string],
  ["bytes", P.bytes, P.bytes],
  ["timestamp", P.timestamp, P.timestamp],
  ["duration", P.duration, P.duration],
];

const RELATIONS: readonly (readonly [sign: string, name: string, holds: (order: number) => boolean])[] = [
  ["_<_", "less", (order) => order < 0],
  ["_<=_", "less_equals", (order) => order <= 0],
  ["_>_", "greater", (order) => order > 0],
  ["_>=_", "greater_equals", (order) => order >= 0],
];

const relations = new Library();
for (const [sign, relation, holds] of RELATIONS) {
  for (const [types, left, right] of ORDERED) {
    relations.fn(sign, `${relation}_${types}`, [left, right], BOOL, ([a, b], run) => {
      const order = compare(a, b, run);
      return order instanceof CelError ? order : holds(order);
    });
  }
}

function not(result: boolean | CelError): Result {
  return result instanceof CelError ? result : !result;
}

/** The logical operators are planned on their own: they do not need all their operands. */
const special = (): Result => new CelError("no such overload");

/** Whether a value is among those of a list. */
export function isIn(value: Value, list: List, run: Parameters<typeof equal>[2]): Result {
  let failure: CelError | undefined;
  for (let i = 0; i < list.size; i++) {
    const element = list.at(i);
    const same = element instanceof CelError ? element : equal(element, value, run);
    if (same === true) return true;
    if (same instanceof CelError) failure ??= same;
  }
  return failure ?? false;
}

export function elementAt(list: List, index: bigint): Result {
  return index >= 0n && index < list.size ? list.at(Number(index)) : new CelError(`index out of bounds: ${index}`);
}

export function valueAt(map: MapValue, key: Value): Result {
  const found = map.find(key);
  return found === undefined ? new CelError(`no such key: ${shownKey(key)}`) : found;
}

function shownKey(key: Value): string {
  return mapKey(key)?.slice(1) ?? "";
}

/** A copy with one more entry; the accumulator of `transformMap` grows in place. */
function insert(map: MapValue, key: Value, value: Value): Result {
  const target = map instanceof PlainMap ? map : new PlainMap();
  return target.set(key, value) ? target : new CelError(`insert failed: key ${shownKey(key)} already exists`);
}

function insertAll(map: MapValue, entries: MapValue): Result {
  for (const key of entries.keys()) {
    const value = entries.find(key) ?? null;
    const result = value instanceof CelError ? value : insert(map, key, value);
    if (result instanceof CelError) return result;
  }
  return map;
}

const logic = new Library()
  .fn("_?_:_", "conditional", [P.bool, P.a, P.a], A, special)
  .fn("_&&_", "logical_and", [P.bool, P.bool], BOOL, special)
  .fn("_||_", "logical_or", [P.bool, P.bool], BOOL, special)
  .fn("@not_strictly_false", "not_strictly_false", [P.bool], BOOL, special)
  .fn("!_", "logical_not", [P.bool], BOOL, ([a]) => !a)
  .fn("_==_", "equals", [P.a, P.a], BOOL, ([a, b], run) => equal(a, b, run))
  .fn("_!=_", "not_equals", [P.a, P.a], BOOL, ([a, b], run) => not(equal(a, b, run)));

const mapAB = param(mapType(A, B), (value) => value instanceof MapValue);

const containers = new Library()
  .fn("_[_]", "index_list", [P.listA, P.int], A, ([list, index]) => elementAt(list, index))
  .fn("_[_]", "index_map", [mapAB, P.a], B, ([map, key]) => valueAt(map, key))
  .fn("@in", "in_list", [P.a, P.listA], BOOL, ([value, list], run) => isIn(value, list, run))
  .fn("@in", "in_map", [P.a, mapAB], BOOL, ([key, map]) => map.find(key) !== undefined)
  .fn(
    "cel.@mapInsert",
    "@mapInsert_map_key_value",
    [P.mapKV, P.k, P.v],
    mapType(P.k.type, P.v.type),
    ([map, key, value]) => insert(map, key, value),
  )
  .fn("cel.@mapInsert", "@mapInsert_map_map", [P.mapKV, P.mapKV], mapType(P.k.type, P.v.type), ([map, entries]) =>
    insertAll(map, entries),
  );

export { arithmetic, containers, logic, relations };
