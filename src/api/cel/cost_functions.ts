import type { Expr } from "./ast.ts";
import { add, exactly, multiply, scale, UNKNOWN, type Range } from "./range.ts";
import { FACTORS } from "./runtime_cost.ts";
import type { CelType } from "./types.ts";

/** What is known of an operand before anything runs. */
export interface Operand {
  readonly expr: Expr;
  readonly type: CelType;
  /** Undefined when nothing is known; `sizeOf` then is. */
  readonly size: Range | undefined;
  /** Characters of the elements of a list, or of what it holds otherwise. */
  readonly elementSize: Range;
}

/** What one overload may cost besides its operands, and the size of its result. */
export interface Estimate {
  readonly cost: Range;
  readonly size?: Range;
}

export interface CallShape {
  readonly overload: string;
  /** The receiver of a method. */
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

type Estimator = (call: CallShape) => Estimate | undefined;

export function sizeOf(operand: Operand | undefined): Range {
  return operand?.size ?? UNKNOWN;
}

function reads(size: Range, times = 1): Range {
  return scale(size, times * FACTORS.char);
}

const one: Estimator = () => ({ cost: exactly(1) });
const readsArg: Estimator = ({ args }) => ({ cost: reads(sizeOf(args[0])) });
const readsArgTwice: Estimator = ({ args }) => ({ cost: reads(sizeOf(args[0]), 2) });
const url: Estimator = ({ args }) => ({ cost: reads(sizeOf(args[0])), size: sizeOf(args[0]) });
const changesTarget: Estimator = ({ target }) => target && { cost: reads(sizeOf(target)), size: sizeOf(target) };

/** One for each element, and more where elements are texts that are compared. */
const readsList: Estimator = ({ target }) => {
  if (target === undefined) return undefined;
  const size = sizeOf(target);
  const element = target.type.params[0];
  if (element === undefined) return { cost: reads(size) };
  const isText = element.kind === "string" || element.kind === "bytes";
  return { cost: multiply(size, isText ? add(exactly(1), reads(target.elementSize)) : exactly(1)) };
};

const replace: Estimator = ({ target, args }) => {
  if (target === undefined || args.length < 2) return undefined;
  const [size, old, fresh] = [sizeOf(target), sizeOf(args[0]), sizeOf(args[1])];
  const longest =
    old.min === 0
      ? [size.max + 1, size.max]
      : fresh.max <= old.min
        ? [0, size.max]
        : [Math.ceil(size.max / old.min), 0];
  const shortest =
    old.max === 0
      ? [size.min + 1, size.min]
      : old.max <= fresh.min
        ? [0, size.min]
        : [Math.ceil(size.min / old.max), 0];
  const [countMax = 0, keptMax = 0] = longest;
  const [countMin = 0, keptMin = 0] = shortest;
  const replaced = multiply({ min: countMin, max: countMax }, fresh);
  return { cost: reads(size, 2), size: add(replaced, { min: keptMin, max: keptMax }) };
};

const split: Estimator = ({ target, args }) => {
  if (target === undefined) return undefined;
  const limit = args[1]?.expr;
  const isLimited = limit?.kind === "literal" && typeof limit.value === "bigint" && limit.value >= 0n;
  const max = isLimited ? Number(limit.value) : sizeOf(target).max;
  return { cost: reads(sizeOf(target), 2), size: { min: 0, max } };
};

const join: Estimator = ({ target, args }) => {
  if (target === undefined) return undefined;
  const list = sizeOf(target);
  const elements = multiply(list, target.elementSize);
  const gaps = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) };
  const size = args.length > 0 ? add(elements, multiply(sizeOf(args[0]), gaps)) : elements;
  return { cost: reads(size), size };
};

function pattern(text: Range, regex: Range): Range {
  return multiply(reads(add(text, exactly(1))), scale(regex, FACTORS.patternChar));
}

const find: Estimator = ({ target, args }) => {
  if (target === undefined) return undefined;
  return { cost: pattern(sizeOf(target), sizeOf(args[0])), size: { min: 0, max: sizeOf(target).max } };
};

const ip: Estimator = (call) => (call.overload === "cidr_ip" ? one(call) : readsArg(call));

/** The bytes of an address. */
const ADDRESS: Range = { min: 4, max: 16 };

const containsIp: Estimator = ({ overload, args }) => {
  const base = reads(add(ADDRESS, ADDRESS));
  return { cost: overload === "cidr_contains_ip_string" ? add(base, reads(sizeOf(args[0]))) : base };
};

const containsCidr: Estimator = ({ overload, args }) => {
  const base = add(reads(add(ADDRESS, ADDRESS)), reads(ADDRESS), exactly(1));
  return { cost: overload === "cidr_contains_cidr_string" ? add(base, reads(sizeOf(args[0]))) : base };
};

/** Characters of the longest pattern a named format has (apiserver pkg/cel/limits.go). */
const NAME_REGEX_CHARS_MAX = 128;

const validate: Estimator = ({ args }) => ({
  cost: scale(reads(sizeOf(args[0])), NAME_REGEX_CHARS_MAX * FACTORS.patternChar),
});

/** A list that is made, of a size and at a cost for each element. */
function makesList(size: Range, each = 1): Estimate {
  return { cost: add(scale(size, each), exactly(11)), size };
}

/** The number written out, `otherwise` where none is. */
function written(operand: Operand | undefined, otherwise: number): number {
  const value = operand?.expr.kind === "literal" ? operand.expr.value : undefined;
  return typeof value === "bigint" ? Math.max(Number(value), 0) : otherwise;
}

const slice: Estimator = ({ target, args }) => {
  const length = written(args[1], sizeOf(target).max) - written(args[0], 0);
  return makesList(exactly(length < 0 ? UNKNOWN.max : length));
};
const range: Estimator = ({ args }) => makesList(exactly(written(args[0], UNKNOWN.max)));
const reverse: Estimator = ({ target }) => (target?.type.kind === "list" ? makesList(sizeOf(target)) : undefined);
const flatten: Estimator = ({ target, args }) =>
  makesList(sizeOf(target), args.length === 0 ? 1 : written(args[0], UNKNOWN.max));

/** Every element with every other. */
function comparesWithin(list: Operand | undefined, isSort: boolean): Estimate {
  const kind = list?.type.params[0]?.kind;
  const isText = isSort && (kind === "string" || kind === "bytes");
  return makesList(multiply(sizeOf(list), sizeOf(list)), isText ? 2 + FACTORS.char : 2);
}

const named = (names: string, estimator: Estimator): [string, Estimator][] =>
  names.split(" ").map((name) => [name, estimator]);

/** Estimates that Kubernetes sets, by function (apiserver pkg/cel/library/cost.go). */
const BY_FUNCTION: ReadonlyMap<string, Estimator> = new Map([
  ...named("isSorted sum max min indexOf lastIndexOf includes", readsList),
  ...named("url", url),
  ...named("lowerAscii upperAscii substring trim", changesTarget),
  ...named("replace", replace),
  ...named("split", split),
  ...named("join", join),
  ...named("find findAll", find),
  ...named("cidr isIP isCIDR quantity isQuantity semver isSemver", readsArg),
  ...named("ip", ip),
  ...named("ip.isCanonical", readsArgTwice),
  ...named("masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast", one),
  ...named("isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan", one),
  ...named("compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery", one),
  ...named("containsIP", containsIp),
  ...named("containsCIDR", containsCidr),
  ...named("validate", validate),
  ...named("slice", slice),
  ...named("lists.range", range),
  ...named("reverse", reverse),
  ...named("flatten", flatten),
  ...named("distinct", ({ target }) => comparesWithin(target, false)),
  ...named("sort", ({ target }) => comparesWithin(target, true)),
  ...named("@sortByAssociatedKeys", ({ args }) => comparesWithin(args[0], true)),
]);

/** Types of Kubernetes that are compared at once. */
const COMPARED_AT_ONCE = new Set(["net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"]);

const compares: Estimator = ({ args }) => {
  const [a, b] = args;
  const name = a !== undefined && a.type === b?.type ? a.type.name : "";
  if (COMPARED_AT_ONCE.has(name)) return { cost: exactly(1) };
  if (name === "kubernetes.NamedFormat") return { cost: reads({ min: 1, max: 64 }) };
  if (name === "kubernetes.URL") return { cost: reads({ min: 1, max: b?.size?.max ?? 1 }) };
  const max = Math.min(sizeOf(a).max, sizeOf(b).max);
  return { cost: reads({ min: max > 0 ? 1 : 0, max }) };
};

const joinsTexts: Estimator = ({ args }) => {
  const size = add(sizeOf(args[0]), sizeOf(args[1]));
  return { cost: reads(size), size };
};

/** `matches(text, pattern)` is estimated as any function; the method by both. */
const matches: Estimator = ({ target, args }) => target && { cost: pattern(sizeOf(target), sizeOf(args[0])) };

const contains: Estimator = ({ target, args }) =>
  target && { cost: multiply(reads(sizeOf(target)), reads(sizeOf(args[0]))) };

function comparesSets(times: number): Estimator {
  return ({ args }) => ({ cost: add(scale(multiply(sizeOf(args[0]), sizeOf(args[1])), times), exactly(1)) });
}

function converted(grow: (size: Range) => Range): Estimator {
  return ({ args }) => ({ cost: reads(sizeOf(args[0])), size: grow(sizeOf(args[0])) });
}

/** Estimates by overload (cel-go checker/cost.go, ext). */
const BY_OVERLOAD: ReadonlyMap<string, Estimator> = new Map([
  ...named("equals not_equals less_string greater_string less_equals_string greater_equals_string", compares),
  ...named("less_bytes greater_bytes less_equals_bytes greater_equals_bytes", compares),
  ...named("add_string add_bytes", joinsTexts),
  ...named("add_list", ({ args }) => ({ cost: exactly(1), size: add(sizeOf(args[0]), sizeOf(args[1])) })),
  ...named("starts_with_string ends_with_string", readsArg),
  ...named("string_format", ({ target }) => target && { cost: reads(sizeOf(target)) }),
  ...named("in_list", ({ args }) => ({ cost: sizeOf(args[1]) })),
  ...named("matches_string", matches),
  ...named("contains_string", contains),
  ...named(
    "string_to_bytes",
    converted((size) => ({ min: size.min, max: size.max * 4 })),
  ),
  ...named(
    "bytes_to_string",
    converted((size) => ({ min: Math.trunc(size.min / 4), max: size.max })),
  ),
  ...named(
    "strings_quote",
    converted((size) => ({ min: size.min + 2, max: size.max * 2 + 2 })),
  ),
  ...named("list_sets_contains_list list_sets_intersects_list", comparesSets(1)),
  ...named("list_sets_equivalent_list", comparesSets(2)),
]);

/** What a call may cost besides its operands. */
export function estimateCall(name: string, call: CallShape): Estimate {
  return BY_FUNCTION.get(name)?.(call) ?? BY_OVERLOAD.get(call.overload)?.(call) ?? { cost: exactly(1) };
}
