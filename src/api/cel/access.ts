import { elementAt, valueAt } from "./lib_operators.ts";
import { CelError, List, MapValue, NONE, Optional, typeOfValue, type Result, type Value } from "./value.ts";

const NO_OVERLOAD = new CelError("no such overload");

/** What `value.field` gives. */
export function readField(value: Value, field: string): Result {
  if (value instanceof MapValue) return valueAt(value, field);
  if (value instanceof Optional) return optionalOf(value, (inner) => findIn(inner, field));
  return NO_OVERLOAD;
}

/** What `has(value.field)` gives. */
export function testField(value: Value, field: string): Result {
  const of = value instanceof Optional ? value.value : value;
  if (of === undefined) return false;
  const found = of instanceof MapValue ? of.find(field) : NO_OVERLOAD;
  return found instanceof CelError ? found : found !== undefined;
}

/** What `value[key]` gives. */
export function indexed(value: Value, key: Value): Result {
  if (value instanceof Optional) return optionalOf(value, (inner) => findIn(inner, key));
  if (value instanceof MapValue) return valueAt(value, key);
  if (!(value instanceof List)) return NO_OVERLOAD;
  const index = wholeIndex(key);
  return index === undefined
    ? new CelError(`unsupported index type '${typeOfValue(key)}' in list`)
    : elementAt(value, index);
}

function wholeIndex(key: Value): bigint | undefined {
  if (typeof key === "bigint") return key;
  if (typeof key === "number" && Number.isInteger(key)) return BigInt(key);
  return undefined;
}

/** What is at a key or index; undefined when nothing is. */
function findIn(value: Value, key: Value): Result | undefined {
  if (value instanceof MapValue) return value.find(key);
  if (!(value instanceof List)) return NO_OVERLOAD;
  const index = wholeIndex(key);
  return index !== undefined && index >= 0n && index < value.size ? value.at(Number(index)) : undefined;
}

export function optionalAt(value: Value, key: Value): Result {
  return optionalOf(value, (inner) => findIn(inner, key));
}

/** An optional of what is found in a value, or in the value of an optional. */
function optionalOf(value: Value, find: (inner: Value) => Result | undefined): Result {
  const inner = value instanceof Optional ? value.value : value;
  const found = inner === undefined ? undefined : find(inner);
  if (found === undefined) return NONE;
  return found instanceof CelError ? found : new Optional(found);
}
