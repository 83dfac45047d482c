import { readField, testField, indexed, optionalAt } from "./access.ts";
import type { Call, Comprehension, Expr, ListLiteral, MapLiteral } from "./ast.ts";
import type { Checked } from "./checker.ts";
import type { Overload } from "./functions.ts";
import { compilePattern } from "./regex.ts";
import { Run } from "./run.ts";
import { chargeCall, costOfCall } from "./runtime_cost.ts";
import {
  CelError,
  GrowingList,
  List,
  mapKey,
  MapValue,
  NONE,
  Optional,
  PlainList,
  PlainMap,
  typeOfValue,
  type Result,
  type Value,
} from "./value.ts";

/** A part of an expression, ready to be evaluated again and again. */
type Step = (run: Run) => Result;

/** Units a literal list and a literal map cost (cel-go common/cost.go). */
const COSTS = { list: 10, map: 30 } as const;
/** Functions that are evaluated at once when their argument is written out. */
const CONVERSIONS = new Set([
  "bool",
  "bytes",
  "double",
  "duration",
  "dyn",
  "int",
  "string",
  "timestamp",
  "type",
  "uint",
]);
const PATTERN_FUNCTIONS = new Set(["find", "findAll"]);
const NO_OVERLOAD = new CelError("no such overload");

/** An expression ready to be evaluated. */
export interface Program {
  /** Variables named in it. */
  readonly uses: ReadonlySet<string>;
  /** Throws CostExceeded. */
  evaluate(variables: Readonly<Record<string, Result>>, run: Run): Result;
}

/**
 * Makes closures of a checked expression, once; evaluating it then looks up no names and no functions. What is constant
 * is evaluated here, and costs nothing later.
 *
 * @returns The error when a constant cannot be evaluated.
 */
export function plan(checked: Checked): Program | CelError {
  const planner = new Planner(checked);
  const step = planner.step(checked.expr);
  if (planner.failure !== undefined) return planner.failure;
  const slots = [...planner.variables];
  return {
    uses: new Set(planner.variables.keys()),
    evaluate: (variables, run) => {
      for (const [name, slot] of slots) run.slots[slot] = variables[name] ?? null;
      return step(run);
    },
  };
}

class Planner {
  readonly variables = new Map<string, number>();
  failure: CelError | undefined;
  readonly #constants = new WeakMap<Step, Value>();
  readonly #checked: Checked;
  readonly #scope: [name: string, slot: number][] = [];
  #slots = 0;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  step(expr: Expr): Step {
    switch (expr.kind) {
      case "literal":
        return this.#constant(expr.value);
      case "ident":
        return this.#ident(expr.id, expr.name);
      case "select":
        return this.#select(expr.id, expr.operand, expr.field, expr.isTest);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "message":
        return () => NO_OVERLOAD;
      case "comprehension":
        return this.#comprehension(expr);
    }
  }

  #constant(value: Value): Step {
    const step: Step = () => value;
    this.#constants.set(step, value);
    return step;
  }

  /** Evaluates what needs no variables. */
  #folded(step: Step): Step {
    const value = step(new Run(Infinity));
    return value instanceof CelError ? () => value : this.#constant(value);
  }

  #areConstant(steps: readonly Step[]): boolean {
    return steps.every((step) => this.#constants.has(step));
  }

  #ident(id: number, name: string, isFree = false): Step {
    const local = this.#scope.findLast(([known]) => known === name);
    const type = local === undefined ? this.#checked.typeNames.get(id) : undefined;
    if (type !== undefined) return () => type;
    const slot = local?.[1] ?? this.#variable(name.replace(/^\./, ""));
    const cost = isFree ? 0 : 1;
    return (run) => {
      run.charge(cost);
      return run.slots[slot] ?? null;
    };
  }

  /** A branch of a conditional, or an index; a variable there costs nothing by itself. */
  #free(expr: Expr): Step {
    return expr.kind === "ident" ? this.#ident(expr.id, expr.name, true) : this.step(expr);
  }

  #variable(name: string): number {
    const known = this.variables.get(name);
    if (known !== undefined) return known;
    this.variables.set(name, this.#slots);
    return this.#slots++;
  }

  #select(id: number, operand: Expr, field: string, isTest: boolean): Step {
    const type = this.#checked.typeNames.get(id);
    if (type !== undefined) return () => type;
    const variable = this.#checked.qualified.get(id);
    if (variable !== undefined) return this.#ident(id, variable);
    const of = this.step(operand);
    const read = isTest ? testField : readField;
    return (run) => {
      const value = of(run);
      if (!isTest) run.charge(1);
      return value instanceof CelError ? value : read(value, field);
    };
  }

  #call(expr: Call): Step {
    const hasFree = expr.name === "_?_:_" || expr.name === "_[_]";
    const args = expr.args.map((arg, i) => (hasFree && i > 0 ? this.#free(arg) : this.step(arg)));
    const [a = noStep, b = noStep, c = noStep] = args;
    switch (expr.name) {
      case "_&&_":
        return logical(a, b, false);
      case "_||_":
        return logical(a, b, true);
      case "_?_:_":
        return conditional(a, b, c);
      case "@not_strictly_false":
        return (run) => {
          const value = a(run);
          run.charge(1);
          return value !== false;
        };
      case "_[_]":
        return strict2(a, b, indexed);
      case "_[?_]":
      case "_?._":
        return strict2(a, b, optionalAt);
      case "@in":
        return this.#membership(a, b) ?? this.#function(expr, args);
      default:
        return this.#function(expr, args);
    }
  }

  #function(expr: Call, args: readonly Step[]): Step {
    const full = this.#checked.qualified.get(expr.id);
    const name = full ?? expr.name.replace(/^\./, "");
    const target = expr.target !== undefined && full === undefined ? [this.step(expr.target)] : [];
    const overloads = this.#checked.overloads.get(expr.id) ?? [];
    if (name === "or" || name === "orValue") return alternative(name, target[0] ?? noStep, args[0] ?? noStep);
    const steps = [...target, ...args];
    const step = dispatch(name, steps, overloads);
    this.#checkPattern(name, steps[1]);
    if (!CONVERSIONS.has(name) || steps.length !== 1 || !this.#areConstant(steps)) return step;
    const value = step(new Run(Infinity));
    if (value instanceof CelError) this.failure ??= value;
    return value instanceof CelError ? step : this.#constant(value);
  }

  /** Patterns that are written out are compiled at once. */
  #checkPattern(name: string, pattern: Step | undefined): void {
    const text = pattern && PATTERN_FUNCTIONS.has(name) ? this.#constants.get(pattern) : undefined;
    const compiled = typeof text === "string" ? compilePattern(text) : undefined;
    if (compiled instanceof CelError) this.failure ??= compiled;
  }

  /** Whether a value is in a list that is written out, found at once; undefined where that cannot be. */
  #membership(value: Step, list: Step): Step | undefined {
    const constant = this.#constants.get(list);
    if (!(constant instanceof List)) return undefined;
    const keys = Array.from(constant.values(), (element) =>
      element instanceof CelError ? undefined : mapKey(element),
    );
    if (keys.includes(undefined)) return undefined;
    const known = new Set(keys);
    return (run) => {
      const found = value(run);
      return found instanceof CelError ? found : known.has(mapKey(found));
    };
  }

  #list(expr: ListLiteral): Step {
    const steps = expr.elements.map((element) => this.step(element));
    const make: Step = (run) => {
      const elements: Value[] = [];
      for (const [i, step] of steps.entries()) {
        const value = step(run);
        if (value instanceof CelError) return value;
        if (!expr.optional.has(i)) elements.push(value);
        else if (!(value instanceof Optional)) return notOptional("list element", value);
        else if (value.value !== undefined) elements.push(value.value);
      }
      return new PlainList(elements);
    };
    if (expr.optional.size === 0 && this.#areConstant(steps)) return this.#folded(make);
    return (run) => {
      const list = make(run);
      run.charge(COSTS.list);
      return list;
    };
  }

  #map(expr: MapLiteral): Step {
    const entries = expr.entries.map(({ key, value, isOptional }) => ({
      key: this.step(key),
      value: this.step(value),
      isOptional,
    }));
    const make: Step = (run) => {
      const map = new PlainMap();
      for (const entry of entries) {
        const [key, value] = [entry.key(run), entry.value(run)];
        if (key instanceof CelError) return key;
        if (value instanceof CelError) return value;
        const failure = addEntry(map, key, value, entry.isOptional);
        if (failure !== undefined) return failure;
      }
      return map;
    };
    const parts = entries.flatMap(({ key, value }) => [key, value]);
    if (entries.every((entry) => !entry.isOptional) && this.#areConstant(parts)) return this.#folded(make);
    return (run) => {
      const map = make(run);
      run.charge(COSTS.map);
      return map;
    };
  }

  #comprehension(expr: Comprehension): Step {
    const range = this.step(expr.range);
    const init = this.#initial(expr.init);
    const accu = this.#slots++;
    const first = this.#slots++;
    const second = this.#slots++;
    this.#scope.push([expr.accu, accu], [expr.iter, first]);
    if (expr.iter2 !== undefined) this.#scope.push([expr.iter2, second]);
    const condition = this.step(expr.condition);
    const step = this.step(expr.step);
    this.#scope.length -= expr.iter2 === undefined ? 1 : 2;
    const result = this.step(expr.result);
    this.#scope.length--;
    return loop({ range, init, condition, step, result, accu, first, second: expr.iter2 === undefined ? -1 : second });
  }

  /** An empty list or map that a loop starts from grows in place. */
  #initial(expr: Expr): Step {
    if (expr.kind === "list" && expr.elements.length === 0) return () => new GrowingList();
    if (expr.kind === "map" && expr.entries.length === 0) return () => new PlainMap();
    return this.step(expr);
  }
}

const noStep: Step = () => NO_OVERLOAD;

function notOptional(what: string, value: Value): CelError {
  return new CelError(`cannot initialize optional ${what} from non-optional value ${typeOfValue(value).name}`);
}

function addEntry(map: PlainMap, key: Value, value: Value, isOptional: boolean): CelError | undefined {
  let kept: Value | undefined = value;
  if (isOptional) {
    if (!(value instanceof Optional)) return notOptional("entry", value);
    kept = value.value;
  }
  if (kept === undefined || map.set(key, kept)) return undefined;
  const isKnown = map.find(key) !== undefined;
  return new CelError(isKnown ? `Failed with repeated key` : "unsupported key type");
}

/** `&&` with `decides` false, `||` with true: an operand that decides hides the other's error. */
function logical(left: Step, right: Step, decides: boolean): Step {
  return (run) => {
    const a = left(run);
    if (a === decides) return decides;
    const b = right(run);
    if (b === decides) return decides;
    if (a === !decides && b === !decides) return !decides;
    if (a instanceof CelError) return a;
    return b instanceof CelError ? b : NO_OVERLOAD;
  };
}

function conditional(condition: Step, yes: Step, no: Step): Step {
  return (run) => {
    const value = condition(run);
    if (value === true) return yes(run);
    if (value === false) return no(run);
    return value instanceof CelError ? value : NO_OVERLOAD;
  };
}

/** An access to what another expression names. */
function strict2(first: Step, second: Step, apply: (a: Value, b: Value) => Result): Step {
  return (run) => {
    const a = first(run);
    if (a instanceof CelError) return a;
    const b = second(run);
    if (b instanceof CelError) return b;
    const result = apply(a, b);
    // What is not there is no access.
    if (result !== NONE) run.charge(1);
    return result;
  };
}

function alternative(name: "or" | "orValue", target: Step, other: Step): Step {
  return (run) => {
    const value = target(run);
    if (value instanceof CelError) return value;
    if (!(value instanceof Optional)) return NO_OVERLOAD;
    if (value.value === undefined) return other(run);
    return name === "or" ? value : value.value;
  };
}

/** Functions whose time does not depend on how long texts are, or is paid for by their cost. */
const SHALLOW = new Set(["_==_", "_!=_", "_+_", "@in", "startsWith", "endsWith", "dyn", "type"]);

/** Some functions read a text at the cost of one unit, or search it for another one. */
function chargeTexts(args: readonly Value[], run: Run): void {
  let work = 0;
  let longest = 0;
  for (const arg of args) {
    if (typeof arg !== "string" || arg.length < 64) continue;
    work = Math.max(work, 1) * (longest === 0 ? arg.length : Math.min(arg.length, longest));
    longest = Math.max(longest, arg.length);
  }
  if (work > 0) run.work(work / 2);
}

/** Chooses the overload by the values at hand: the first that accepts them. */
function dispatch(name: string, steps: readonly Step[], overloads: readonly Overload[]): Step {
  const choices = overloads.map((overload) => ({ overload, cost: costOfCall(name, overload.id) }));
  const readsTexts = !SHALLOW.has(name);
  return (run) => {
    const args: Value[] = [];
    let failure: CelError | undefined;
    for (const step of steps) {
      const value = step(run);
      if (value instanceof CelError) failure ??= value;
      else args.push(value);
    }
    if (failure !== undefined) {
      run.charge(1);
      return failure;
    }
    if (readsTexts) chargeTexts(args, run);
    for (const { overload, cost } of choices) {
      if (overload.accepts(args)) return chargeCall(cost, args, overload.call(args, run), run);
    }
    if (/\W/.test(name.replaceAll(".", ""))) return NO_OVERLOAD;
    return new CelError(`no such overload: ${name}(${args.map((arg) => typeOfValue(arg).name).join(", ")})`);
  };
}

interface LoopSteps {
  readonly range: Step;
  readonly init: Step;
  readonly condition: Step;
  readonly step: Step;
  readonly result: Step;
  /** Slots of the accumulator and of the variables; the second is -1 when there is only one. */
  readonly accu: number;
  readonly first: number;
  readonly second: number;
}

function loop(steps: LoopSteps): Step {
  return (run) => {
    const range = steps.range(run);
    const init = steps.init(run);
    if (range instanceof CelError) return range;
    if (!(range instanceof List) && !(range instanceof MapValue)) return NO_OVERLOAD;
    run.slots[steps.accu] = init;
    iterate(steps, range, run);
    const result = steps.result(run);
    return result instanceof GrowingList ? result.freeze() : result;
  };
}

/** Runs over a range until the condition fails. An error becomes the accumulator: `||` may still absorb it. */
function iterate({ condition, step, accu, first, second }: LoopSteps, range: List | MapValue, run: Run): void {
  const keys = range instanceof MapValue ? range.keys() : undefined;
  const size = keys?.length ?? range.size;
  for (let i = 0; i < size; i++) {
    if (condition(run) !== true) return;
    run.work(1);
    const element = range instanceof List ? range.at(i) : (keys?.[i] ?? null);
    if (second < 0) run.slots[first] = element;
    else {
      run.slots[first] = range instanceof List ? BigInt(i) : element;
      run.slots[second] =
        range instanceof List || element instanceof CelError ? element : (range.find(element) ?? null);
    }
    run.slots[accu] = step(run);
  }
}
