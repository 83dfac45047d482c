import { ACCUMULATOR, type Expr } from "./ast.ts";
import type { Builder } from "./builder.ts";

/** A macro could not be expanded: where, and why. */
class MacroProblem {
  readonly at: number;
  readonly message: string;

  constructor(at: number, message: string) {
    this.at = at;
    this.message = message;
  }
}

interface Use {
  readonly b: Builder;
  readonly at: number;
  readonly target: Expr;
  readonly args: readonly Expr[];
}

type Expansion = Expr | MacroProblem;
type Names = { iter: string; iter2: string | undefined };

const SIMPLE = "argument must be a simple name";
const IDENTIFIER = "argument is not an identifier";
const OVERWRITES = "iteration variable overwrites accumulator variable";

/** The names of the loop's variables, and the arguments behind them. */
function namesOf(use: Use, count: 1 | 2, form: string): (Names & { rest: readonly Expr[] }) | MacroProblem {
  const names: string[] = [];
  for (const arg of use.args.slice(0, count)) {
    if (arg.kind !== "ident" || arg.name.startsWith(".")) return new MacroProblem(arg.at, form);
    if (names.includes(arg.name)) return new MacroProblem(arg.at, `duplicate variable name: ${arg.name}`);
    if (arg.name === "__result__" || arg.name === ACCUMULATOR) return new MacroProblem(arg.at, OVERWRITES);
    names.push(arg.name);
  }
  const [iter = "", iter2] = names;
  return { iter, iter2, rest: use.args.slice(count) };
}

interface Loop {
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

function loop(count: 1 | 2, make: (use: Use, rest: readonly Expr[], names: Names) => Loop, form = SIMPLE) {
  return (use: Use): Expansion => {
    const names = namesOf(use, count, form);
    if (names instanceof MacroProblem) return names;
    const { iter, iter2, rest } = names;
    const parts = make(use, rest, names);
    return use.b.make({
      kind: "comprehension",
      at: use.at,
      range: use.target,
      iter,
      iter2,
      accu: ACCUMULATOR,
      ...parts,
    });
  };
}

function all({ b, at }: Use, [predicate]: readonly Expr[]): Loop {
  return {
    init: b.literal(at, true),
    condition: b.call(at, "@not_strictly_false", b.accumulator(at)),
    step: b.call(at, "_&&_", b.accumulator(at), ...only(predicate)),
    result: b.accumulator(at),
  };
}

function exists({ b, at }: Use, [predicate]: readonly Expr[]): Loop {
  return {
    init: b.literal(at, false),
    condition: b.call(at, "@not_strictly_false", b.call(at, "!_", b.accumulator(at))),
    step: b.call(at, "_||_", b.accumulator(at), ...only(predicate)),
    result: b.accumulator(at),
  };
}

function existsOne({ b, at }: Use, [predicate]: readonly Expr[]): Loop {
  const more = b.call(at, "_+_", b.accumulator(at), b.literal(at, 1n));
  return {
    init: b.literal(at, 0n),
    condition: b.literal(at, true),
    step: b.call(at, "_?_:_", ...only(predicate), more, b.accumulator(at)),
    result: b.call(at, "_==_", b.accumulator(at), b.literal(at, 1n)),
  };
}

function only(expr: Expr | undefined): Expr[] {
  return expr === undefined ? [] : [expr];
}

/** A loop that adds to what it has so far, under a condition when there is one. */
function gather({ b, at }: Use, init: Expr, onlyIf: Expr | undefined, added: Expr): Loop {
  const step = onlyIf === undefined ? added : b.call(at, "_?_:_", onlyIf, added, b.accumulator(at));
  return { init, condition: b.literal(at, true), step, result: b.accumulator(at) };
}

/** `(x, transform)` or `(x, filter, transform)`. */
function map(use: Use, rest: readonly Expr[]): Loop {
  const { b, at } = use;
  const added = b.call(at, "_+_", b.accumulator(at), b.list(at, only(rest.at(-1))));
  return gather(use, b.list(at), rest.length > 1 ? rest[0] : undefined, added);
}

function filter(use: Use, rest: readonly Expr[], names: Names): Loop {
  const { b, at } = use;
  const added = b.call(at, "_+_", b.accumulator(at), b.list(at, [b.ident(at, names.iter)]));
  return gather(use, b.list(at), rest[0], added);
}

function transformMap(use: Use, rest: readonly Expr[], names: Names): Loop {
  const { b, at } = use;
  const key = b.ident(at, names.iter);
  const added = b.call(at, "cel.@mapInsert", b.accumulator(at), key, ...only(rest.at(-1)));
  return gather(use, b.map(at), rest.length > 1 ? rest[0] : undefined, added);
}

function transformMapEntry(use: Use, rest: readonly Expr[]): Loop {
  const { b, at } = use;
  const added = b.call(at, "cel.@mapInsert", b.accumulator(at), ...only(rest.at(-1)));
  return gather(use, b.map(at), rest.length > 1 ? rest[0] : undefined, added);
}

/** `target.hasValue() ? f(target.value()) : optional.none()`; `f` sees the value under the name given. */
function optional(name: "optMap" | "optFlatMap") {
  return (use: Use): Expansion => {
    const { b, at, target } = use;
    const [variable, body] = use.args;
    if (variable?.kind !== "ident" || body === undefined) {
      return new MacroProblem(variable?.at ?? at, `${name}() variable name must be a simple identifier`);
    }
    const bound = bind(use, variable.name, b.method(at, "value", b.copy(target)), body);
    const some = name === "optMap" ? b.call(at, "optional.of", bound) : bound;
    return b.call(at, "_?_:_", b.method(at, "hasValue", target), some, b.call(at, "optional.none"));
  };
}

/** Sorts by what an expression gives for each element. */
function sortBy(use: Use): Expansion {
  const { b, at, target } = use;
  if (target.kind === "literal" || target.kind === "map" || target.kind === "message") {
    const detail = "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
    return new MacroProblem(target.at, detail);
  }
  const name = "@__sortBy_input__";
  const keys = loop(1, map, IDENTIFIER)({ ...use, target: b.ident(at, name) });
  if (keys instanceof MacroProblem) return keys;
  const sorted = b.method(at, "@sortByAssociatedKeys", b.ident(at, name), keys);
  return bind(use, name, target, sorted);
}

/** Evaluates once and gives the value a name. */
function bind({ b, at }: Use, name: string, value: Expr, result: Expr): Expr {
  return b.make({
    kind: "comprehension",
    at,
    range: b.list(at),
    iter: "#unused",
    iter2: undefined,
    accu: name,
    init: value,
    condition: b.literal(at, false),
    step: b.ident(at, name),
    result,
  });
}

function has({ b, at, args }: Use): Expansion {
  const [arg] = args;
  if (arg?.kind !== "select" || arg.isTest) return new MacroProblem(arg?.at ?? at, "invalid argument to has() macro");
  return b.make({ kind: "select", at, operand: arg.operand, field: arg.field, isTest: true });
}

/** By name and number of arguments. */
const MACROS = new Map<string, (use: Use) => Expansion>([
  ["all/2", loop(1, all)],
  ["all/3", loop(2, all)],
  ["exists/2", loop(1, exists)],
  ["exists/3", loop(2, exists)],
  ["exists_one/2", loop(1, existsOne)],
  ["existsOne/2", loop(1, existsOne)],
  ["existsOne/3", loop(2, existsOne)],
  ["map/2", loop(1, map, IDENTIFIER)],
  ["map/3", loop(1, map, IDENTIFIER)],
  ["filter/2", loop(1, filter, IDENTIFIER)],
  ["transformList/3", loop(2, map)],
  ["transformList/4", loop(2, map)],
  ["transformMap/3", loop(2, transformMap)],
  ["transformMap/4", loop(2, transformMap)],
  ["transformMapEntry/3", loop(2, transformMapEntry)],
  ["transformMapEntry/4", loop(2, transformMapEntry)],
  ["sortBy/2", sortBy],
  ["optMap/2", optional("optMap")],
  ["optFlatMap/2", optional("optFlatMap")],
]);

/** The expression a call stands for when it is a macro; undefined when it is a call. */
export function expandMacro(
  b: Builder,
  at: number,
  name: string,
  target: Expr | undefined,
  args: readonly Expr[],
): Expr | undefined {
  const isHas = target === undefined && name === "has" && args.length === 1;
  const macro = isHas ? has : target && MACROS.get(`${name}/${args.length}`);
  if (macro === undefined) return undefined;
  const expansion = macro({ b, at, target: target ?? b.literal(at, null), args });
  if (!(expansion instanceof MacroProblem)) return expansion;
  b.report(expansion.at, expansion.message);
  return b.literal(at, null);
}
