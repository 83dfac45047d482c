import { NAME_REGEX_CHARS_MAX } from "./format_limits.ts";
import type { Run } from "./run.ts";
import { CelError, List, MapValue, Opaque, Optional, type Result, type Value } from "./value.ts";
import { codePoints } from "./lib_text.ts";

/** Cost of reading one character, and of applying one character of a pattern (cel-go common/cost.go). */
export const FACTORS = { char: 0.1, patternChar: 0.25 } as const;

/** What a call cost, from its arguments (the target first) and its result. */
export type CallCost = (args: readonly Value[], result: Result, run: Run) => number;

/** What `size()` would give, for costs; 1 for what has none. */
export function sizeOf(value: Result | undefined): number {
  if (typeof value === "string") return codePoints(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof List || value instanceof MapValue) return value.size;
  if (value instanceof Opaque) return value.costSize;
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value);
  return 1;
}

function chars(size: number, factor: number = FACTORS.char): number {
  return Math.ceil(size * factor);
}

/** Cost of reading all of a value. */
function traversal(value: Result, run: Run): number {
  if (typeof value === "string") return Math.floor(value.length * FACTORS.char);
  if (value instanceof Uint8Array) return Math.floor(value.length * FACTORS.char);
  let cost = 0;
  if (value instanceof List) {
    run.work(value.size);
    for (const element of value.values()) cost += traversal(element, run);
    return cost;
  }
  if (!(value instanceof MapValue)) return 1;
  run.work(value.size);
  for (const key of value.keys()) cost += traversal(key, run) + traversal(value.find(key) ?? null, run);
  return cost;
}

const one: CallCost = () => 1;
const readsList: CallCost = ([list], _result, run) => traversal(list ?? null, run);
const readsFirst: CallCost = ([text]) => chars(sizeOf(text));
const readsTwice: CallCost = ([text]) => chars(sizeOf(text), 2 * FACTORS.char);
const writes: CallCost = (_args, result) => chars(sizeOf(result), 2 * FACTORS.char);
const regex: CallCost = ([text, pattern]) => chars(1 + sizeOf(text)) * chars(sizeOf(pattern), FACTORS.patternChar);
const format: CallCost = ([, text]) => chars(1 + sizeOf(text)) * chars(NAME_REGEX_CHARS_MAX, FACTORS.patternChar);

function contains(isText: boolean, extra: boolean): CallCost {
  return ([range, other]) => {
    const base = chars(2 * sizeOf(range)) + (extra ? chars(sizeOf(range)) + 1 : 0);
    return base + (isText ? chars(sizeOf(other)) : 0);
  };
}

const named = (names: string, cost: CallCost): [string, CallCost][] => names.split(" ").map((name) => [name, cost]);

/** Costs that Kubernetes sets, by function (apiserver pkg/cel/library/cost.go). */
const BY_FUNCTION: ReadonlyMap<string, CallCost> = new Map([
  ...named("isSorted sum max min indexOf lastIndexOf includes", readsList),
  ...named("url lowerAscii upperAscii substring trim cidr isIP isCIDR quantity isQuantity semver isSemver", readsFirst),
  ...named("replace split ip.isCanonical", readsTwice),
  ...named("join", writes),
  ...named("find findAll", regex),
  ...named("masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast", one),
  ...named("isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan", one),
  ...named("compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery", one),
  ...named("validate", format),
]);

const readsSmaller: CallCost = ([a, b]) => {
  if (a instanceof Opaque && a.comparesAtOnce) return 1;
  return chars(Math.min(sizeOf(a), sizeOf(b)));
};
const readsBoth: CallCost = ([a, b]) => chars(sizeOf(a) + sizeOf(b));
const product: CallCost = ([a, b]) => chars(sizeOf(a)) * chars(sizeOf(b));
const flattens: CallCost = (_args, result) => 1 + sizeOf(result);
const comparesAll: CallCost = ([a, b]) => Math.max(sizeOf(a) * sizeOf(b), 1);

/** Costs by overload (cel-go interpreter/runtimecost.go, ext). */
const BY_OVERLOAD: ReadonlyMap<string, CallCost> = new Map([
  ...named(
    "starts_with_string ends_with_string string_to_bytes bytes_to_string strings_quote string_format",
    readsFirst,
  ),
  ...named("in_list", ([, list]) => sizeOf(list)),
  ...named("less_string greater_string less_equals_string greater_equals_string", readsSmaller),
  ...named("less_bytes greater_bytes less_equals_bytes greater_equals_bytes equals not_equals", readsSmaller),
  ...named("add_string add_bytes", readsBoth),
  ...named("matches matches_string", regex),
  ...named("contains_string", product),
  ...named("string_to_ip", readsFirst),
  ...named("cidr_contains_ip_ip", contains(false, false)),
  ...named("cidr_contains_ip_string", contains(true, false)),
  ...named("cidr_contains_cidr", contains(false, true)),
  ...named("cidr_contains_cidr_string", contains(true, true)),
  ...named("list_slice list_flatten list_flatten_int lists_range list_reverse", flattens),
  ...named("list_sets_contains_list list_sets_intersects_list", comparesAll),
  ...named("list_sets_equivalent_list", (args, result, run) => 2 * comparesAll(args, result, run)),
  ...named("list_distinct", ([list]) => 1 + sizeOf(list) ** 2),
  ...named("list_sort", ([list], _result, run) => {
    const size = sizeOf(list);
    return 1 + size * Math.ceil(Math.log2(size + 1)) + traversal(list ?? null, run);
  }),
]);

export function costOfCall(name: string, overload: string): CallCost {
  return BY_FUNCTION.get(name) ?? BY_OVERLOAD.get(overload) ?? one;
}

/** An error costs what the call would have; its result has no size. */
export function chargeCall(cost: CallCost, args: readonly Value[], result: Result, run: Run): Result {
  run.charge(cost(args, result instanceof CelError ? null : result, run));
  return result;
}
