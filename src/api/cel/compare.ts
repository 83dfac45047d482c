import type { Run } from "./run.ts";
import { Duration, Timestamp } from "./time_values.ts";
import { CelType as TypeValue } from "./types.ts";
import { CelError, List, MapValue, Opaque, Optional, Uint, type Value } from "./value.ts";

const NO_OVERLOAD = new CelError("no such overload");

/** Elementary steps that reading and comparing two values takes, as measured. */
const STEPS = 10;

/** Whether two values are equal; numbers of different types are when they are the same number. */
export function equal(a: Value, b: Value, run: Run): boolean | CelError {
  run.work(STEPS);
  if (a === b) return typeof a !== "number" || !Number.isNaN(a);
  if (isNumber(a) && isNumber(b)) return order(a, b) === 0;
  if (typeof a === "string" && typeof b === "string") {
    run.work(Math.min(a.length, b.length) / 8);
    return false;
  }
  if (a instanceof List) return b instanceof List && equalLists(a, b, run);
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b, run);
  if (a instanceof Opaque) {
    run.work(a.weight);
    return b instanceof Opaque && a.sameAs(b);
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b, run) === 0;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (!(a instanceof Optional) || !(b instanceof Optional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value, run);
}

function equalLists(a: List, b: List, run: Run): boolean | CelError {
  const special = a.equals(b, (x, y) => equal(x, y, run), run);
  if (special !== undefined) return special;
  if (a.size !== b.size) return false;
  for (let i = 0; i < a.size; i++) {
    const [x, y] = [a.at(i), b.at(i)];
    if (x instanceof CelError) return x;
    if (y instanceof CelError) return y;
    const same = equal(x, y, run);
    if (same !== true) return same;
  }
  return true;
}

function equalMaps(a: MapValue, b: MapValue, run: Run): boolean | CelError {
  const special = a.equals(b, (x, y) => equal(x, y, run), run);
  if (special !== undefined) return special;
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const [x, y] = [a.find(key), b.find(key)];
    if (x === undefined || y === undefined) {
      if (x !== y) return false;
      continue;
    }
    if (x instanceof CelError) return x;
    if (y instanceof CelError) return y;
    const same = equal(x, y, run);
    if (same !== true) return same;
  }
  return true;
}

type NumberValue = bigint | number | Uint;

function isNumber(value: Value): value is NumberValue {
  return typeof value === "bigint" || typeof value === "number" || value instanceof Uint;
}

function order(a: NumberValue, b: NumberValue): number | undefined {
  const [x, y] = [a instanceof Uint ? a.value : a, b instanceof Uint ? b.value : b];
  if (x < y) return -1;
  if (x > y) return 1;
  return Number.isNaN(x) || Number.isNaN(y) ? undefined : 0;
}

/** Negative, zero or positive, as `<` sees two values; an error when they have no order. */
export function compare(a: Value, b: Value, run: Run): number | CelError {
  if (isNumber(a) && isNumber(b)) return order(a, b) ?? new CelError("NaN values cannot be ordered");
  if (typeof a === "string" && typeof b === "string") return orderOfStrings(a, b, run);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b, run);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos) ?? 0;
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos) ?? 0;
  return NO_OVERLOAD;
}

function orderOfStrings(a: string, b: string, run: Run): number {
  run.work(Math.min(a.length, b.length) / 8);
  return compareStrings(a, b);
}

/** By code points, as UTF-8 sorts; UTF-16 has surrogates before the last of the basic plane. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const fix = (code: number) => (code >= 0xe000 ? code - 0x800 : code >= 0xd800 ? code + 0x2000 : code);
    return fix(x) - fix(y);
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array, run: Run): number {
  const end = Math.min(a.length, b.length);
  run.work(end / 8);
  for (let i = 0; i < end; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
