import type { Run } from "./run.ts";
import { CelError, List, MapValue, Opaque, Optional, type Result, type Value } from "./value.ts";
import { codePoints } from "./lib_text.ts";

/** Cost of reading one character, and of applying one character of a pattern (cel-go common/cost.go). */
export const FACTORS = { char: 0.1, patternChar: 0.25 } as const;

/** What a call cost, from its arguments (the target first) and its result. */
export type CallCost = (args: readonly Value[], result: Result, run: Run) => number;

const COUNTED_CHARS_MAX = 256;

/** About what `size()` would give, for costs; 1 for what has none. */
export function sizeOf(value: Result | undefined): number {
  // Counting a long text at each access would take longer than the access.
  if (typeof value === "string") return value.length > COUNTED_CHARS_MAX ? value.length : codePoints(value);
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
/** The size of a format is that of its pattern. */
const format: CallCost = ([named, text]) => chars(1 + sizeOf(text)) * chars(sizeOf(named), FACTORS.patternChar);

function contains(isText: boolean, extra: boolean): CallCost {
  return ([range, other]) => {
    const base = chars(2 * sizeOf(range)) + (extra ? chars(sizeOf(range)) + 1 : 0);
    return base + (isText ? chars(sizeOf(other)) : 0);
  };
}

/** A list that is made, of a size and at a cost for each element. */
function makesList(size: number, each = 1): number {
  return Math.floor(size * each) + 11;
}

const writesList: CallCost = (_args, result) => makesList(sizeOf(result));
const flattens: CallCost = ([list, depth]) => makesList(sizeOf(list), typeof depth === "bigint" ? Number(depth) : 1);

/** Every element with every other. */
function comparesWithin(list: Value | undefined): number {
  const size = sizeOf(list);
  const first = list instanceof List && size > 0 ? list.at(0) : undefined;
  const isText = typeof first === "string" || first instanceof Uint8Array;
  return makesList(size * size, isText ? 2 + FACTORS.char : 2);
}

const comparesSelf: CallCost = ([list]) => comparesWithin(list);
const by = (names: string, cost: CallCost): [string, CallCost][] => names.split(" ").map((name) => [name, cost]);

/** Costs that Kubernetes sets, by function (apiserver pkg/cel/library/cost.go, cel-go ext/lists.go). */
const BY_FUNCTION: ReadonlyMap<string, CallCost> = new Map([
  ...by("isSorted sum max min indexOf lastIndexOf includes", readsList),
  ...by("url lowerAscii upperAscii substring trim cidr isIP isCIDR quantity isQuantity semver isSemver", readsFirst),
  ...by("replace split ip.isCanonical", readsTwice),
  ...by("join", writes),
  ...by("find findAll", regex),
  ...by("masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast", one),
  ...by("isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan", one),
  ...by("compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery", one),
  ...by("validate", format),
  ...by("check", () => 350_000),
  ...by("serviceAccount path group resource subresource namespace name allowed reason error errored", one),
  ...by("fieldSelector labelSelector", ([, text]) => 10 + chars(sizeOf(text)) + Math.ceil(sizeOf(text) / 2) * 50),
  ...by("slice lists.range reverse", writesList),
  ...by("flatten", flattens),
  ...by("distinct sort", comparesSelf),
  ...by("@sortByAssociatedKeys", ([, keys]) => comparesWithin(keys)),
]);

const readsSmaller: CallCost = ([a, b]) => {
  if (a instanceof Opaque && a.comparesAtOnce) return 1;
  return chars(Math.min(sizeOf(a), sizeOf(b)));
};
const readsBoth: CallCost = ([a, b]) => chars(sizeOf(a) + sizeOf(b));
const product: CallCost = ([a, b]) => chars(sizeOf(a)) * chars(sizeOf(b));
const comparesAll: CallCost = ([a, b]) => 1 + sizeOf(a) * sizeOf(b);

/** Costs by overload (cel-go interpreter/runtimecost.go, ext). */
const BY_OVERLOAD: ReadonlyMap<string, CallCost> = new Map([
  ...by("starts_with_string ends_with_string string_to_bytes bytes_to_string strings_quote string_format", readsFirst),
  ...by("in_list", ([, list]) => sizeOf(list)),
  ...by("less_string greater_string less_equals_string greater_equals_string", readsSmaller),
  ...by("less_bytes greater_bytes less_equals_bytes greater_equals_bytes equals not_equals", readsSmaller),
  ...by("add_string add_bytes", readsBoth),
  ...by("matches matches_string", regex),
  ...by("contains_string", product),
  ...by("string_to_ip", readsFirst),
  ...by("cidr_contains_ip_ip", contains(false, false)),
  ...by("cidr_contains_ip_string", contains(true, false)),
  ...by("cidr_contains_cidr", contains(false, true)),
  ...by("cidr_contains_cidr_string", contains(true, true)),
  ...by("list_sets_contains_list list_sets_intersects_list", comparesAll),
  ...by("list_sets_equivalent_list", ([a, b]) => 1 + 2 * sizeOf(a) * sizeOf(b)),
]);

export function costOfCall(name: string, overload: string): CallCost {
  return BY_FUNCTION.get(name) ?? BY_OVERLOAD.get(overload) ?? one;
}

/** An error costs what the call would have; its result has no size. */
export function chargeCall(cost: CallCost, args: readonly Value[], result: Result, run: Run): Result {
  run.charge(cost(args, result instanceof CelError ? null : result, run));
  return result;
}
