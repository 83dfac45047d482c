import { Library, P } from "./functions.ts";
import { Duration, Timestamp, TIMESTAMP_MIN } from "./time_values.ts";
import { BOOL, listType, optionalType, V } from "./types.ts";
import { CelError, List, MapValue, NONE, Optional, PlainList, Uint, type Result, type Value } from "./value.ts";

const OPTIONAL_V = optionalType(V);
/** Operators and methods that need not evaluate all: the planner has them. */
const planned = (): Result => new CelError("no such overload");

/** Whether a value is the empty one of its type. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === "") return true;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof List || value instanceof MapValue) return value.size === 0;
  if (value instanceof Optional) return value.value === undefined || isZero(value.value);
  if (value instanceof Timestamp) return value.nanos === TIMESTAMP_MIN;
  return (value instanceof Uint && value.value === 0n) || (value instanceof Duration && value.nanos === 0n);
}

function end(list: List, index: number): Result {
  if (list.size === 0) return NONE;
  const element = list.at(index);
  return element instanceof CelError ? element : new Optional(element);
}

function unwrap(list: List): Result {
  const values: Value[] = [];
  for (const each of list.values()) {
    if (each instanceof CelError) return each;
    if (!(each instanceof Optional)) return new CelError("no such overload");
    if (each.value !== undefined) values.push(each.value);
  }
  return new PlainList(values);
}

export const optionals = new Library()
  .fn("optional.of", "optional_of", [P.v], OPTIONAL_V, ([value]) => new Optional(value))
  .fn("optional.ofNonZeroValue", "optional_ofNonZeroValue", [P.v], OPTIONAL_V, ([value]) =>
    isZero(value) ? NONE : new Optional(value),
  )
  .fn("optional.none", "optional_none", [], OPTIONAL_V, () => NONE)
  .method("value", "optional_value", [P.optionalV], V, ([{ value }]) =>
    value === undefined ? new CelError("optional.none() dereference") : value,
  )
  .method("hasValue", "optional_hasValue", [P.optionalV], BOOL, ([{ value }]) => value !== undefined)
  .method("or", "optional_or_optional", [P.optionalV, P.optionalV], OPTIONAL_V, planned)
  .method("orValue", "optional_orValue_value", [P.optionalV, P.v], V, planned)
  .fn("_?._", "select_optional_field", [P.dyn, P.string], OPTIONAL_V, planned)
  .fn("_[?_]", "list_optindex_optional_int", [P.listV, P.int], OPTIONAL_V, planned)
  .fn("_[?_]", "optional_list_optindex_optional_int", [P.optionalListV, P.int], OPTIONAL_V, planned)
  .fn("_[?_]", "map_optindex_optional_value", [P.mapKV, P.k], OPTIONAL_V, planned)
  .fn("_[?_]", "optional_map_optindex_optional_value", [P.optionalMapKV, P.k], OPTIONAL_V, planned)
  .fn("_[_]", "optional_list_index_int", [P.optionalListV, P.int], OPTIONAL_V, planned)
  .fn("_[_]", "optional_map_index_value", [P.optionalMapKV, P.k], OPTIONAL_V, planned)
  .method("first", "list_first", [P.listV], OPTIONAL_V, ([list]) => end(list, 0))
  .method("last", "list_last", [P.listV], OPTIONAL_V, ([list]) => end(list, list.size - 1))
  .fn("optional.unwrap", "optional_unwrap", [P.listOptionalV], listType(V), ([list]) => unwrap(list))
  .method("unwrapOpt", "optional_unwrapOpt", [P.listOptionalV], listType(V), ([list]) => unwrap(list));
