import { ACCUMULATOR, type Call, type Comprehension, type Expr, type ListLiteral, type MapLiteral } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { estimateCall, type Operand } from "./cost_functions.ts";
import type { Declared } from "./declared.ts";
import { codePoints } from "./lib_text.ts";
import { add, exactly, multiply, union, UNKNOWN, ZERO, type Range } from "./range.ts";
import { DYN, isOptional, type CelType } from "./types.ts";

/** Units an access and the literals cost (cel-go common/cost.go). */
const COSTS = { access: exactly(1), list: exactly(10), map: exactly(30), message: exactly(40) } as const;
const NOTHING: Range = { min: Number.POSITIVE_INFINITY, max: 0 };
const SCALARS = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

/** Sizes of a list's or map's keys and values. */
interface EntrySizes {
  readonly container: "list" | "map";
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

/**
 * What an expression may cost, from the least to the most, when values are as large as their schema lets them be. The
 * rules are cel-go's (checker/cost.go): estimates decide which rules may be stored, so they must come out alike.
 *
 * @param root The schema of what `self` and `oldSelf` are.
 */
export function estimateCost(checked: Checked, root: Declared): Range {
  return new Estimator(checked, root).cost(checked.expr);
}

class Estimator {
  readonly #checked: Checked;
  readonly #root: Declared;
  /** Where in the schema a value comes from. */
  readonly #paths = new Map<number, readonly string[]>();
  readonly #sizes = new Map<number, Range>();
  readonly #entries = new Map<number, EntrySizes>();
  readonly #scope: [name: string, local: Local][] = [];

  constructor(checked: Checked, root: Declared) {
    this.#checked = checked;
    this.#root = root;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case "literal":
        return ZERO;
      case "ident":
        this.#paths.set(expr.id, this.#local(expr.name)?.path ?? [expr.name]);
        return COSTS.access;
      case "select":
        return this.#select(expr.id, expr.operand, expr.field, expr.isTest);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "message":
        return COSTS.message;
      case "comprehension":
        return expr.iter === "#unused" ? this.#binding(expr) : this.#loop(expr);
    }
  }

  #local(name: string): Local | undefined {
    return this.#scope.findLast(([known]) => known === name)?.[1];
  }

  #type(expr: Expr): CelType {
    return this.#checked.types.get(expr.id) ?? DYN;
  }

  #path(expr: Expr): readonly string[] {
    const local = expr.kind === "ident" ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr.id) ?? [];
  }

  #select(id: number, operand: Expr, field: string, isTest: boolean): Range {
    const typeName = this.#checked.typeNames.get(id);
    if (typeName !== undefined) {
      this.#paths.set(id, [typeName.name]);
      return COSTS.access;
    }
    const cost = this.cost(operand);
    if (isTest) return cost;
    this.#paths.set(id, [...this.#path(operand), field]);
    const { kind } = this.#type(operand);
    return kind === "map" || kind === "object" || kind === "param" ? add(cost, COSTS.access) : cost;
  }

  #call(expr: Call): Range {
    const [first] = expr.args;
    if (expr.name === "dyn" && first !== undefined) {
      const cost = add(exactly(1), this.cost(first));
      this.#copySizes(expr, first);
      return cost;
    }
    const args = expr.args.map((arg) => ({ cost: this.cost(arg), operand: this.#operand(arg) }));
    const name = this.#checked.qualified.get(expr.id) ?? expr.name;
    const isMethod = expr.target !== undefined && name === expr.name;
    const targetCost = isMethod && expr.target !== undefined ? this.cost(expr.target) : ZERO;
    const target = isMethod && expr.target !== undefined ? this.#operand(expr.target) : undefined;
    const special = this.#special(
      expr,
      args.map((arg) => arg.cost),
    );
    if (special !== undefined) return special;
    let cost = NOTHING;
    let size: Range | undefined;
    for (const { id } of this.#overloads(expr)) {
      const estimate = estimateCall(name, { overload: id, target, args: args.map((arg) => arg.operand) });
      cost = union(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size);
      if (id === "add_list" || id === "add_string" || id === "add_bytes") this.#joinEntries(expr);
      if (id === "index_list" || id === "index_map") size = this.#index(expr, id === "index_list") ?? size;
    }
    if (cost === NOTHING) return ZERO;
    const known = size ?? this.#size(expr);
    if (known !== undefined) this.#sizes.set(expr.id, known);
    return add(targetCost, cost, ...args.map((arg) => arg.cost));
  }

  #overloads(expr: Call): readonly { readonly id: string }[] {
    return expr.name === "_?._" ? [{ id: "select_optional_field" }] : (this.#checked.overloads.get(expr.id) ?? []);
  }

  /** Operators that do not evaluate all their operands. */
  #special(expr: Call, costs: readonly Range[]): Range | undefined {
    const [a = ZERO, b = ZERO, c = ZERO] = costs;
    if (expr.name === "_&&_" || expr.name === "_||_") return { min: a.min, max: add(a, b).max };
    if (expr.name !== "_?_:_") return undefined;
    const [, yes, no] = expr.args;
    if (yes !== undefined && no !== undefined) {
      this.#sizes.set(expr.id, union(this.#size(yes) ?? UNKNOWN, this.#size(no) ?? UNKNOWN));
      this.#setEntries(expr, joined(this.#entrySizes(yes), this.#entrySizes(no)));
    }
    return add(a, union(b, c));
  }

  #joinEntries(expr: Call): void {
    const [left, right] = expr.args;
    if (left && right) this.#setEntries(expr, joined(this.#entrySizes(left), this.#entrySizes(right)));
  }

  #index(expr: Call, isList: boolean): Range | undefined {
    const [container] = expr.args;
    if (container === undefined) return undefined;
    this.#paths.set(expr.id, [...this.#path(container), isList ? "@items" : "@values"]);
    return this.#entrySizes(container)?.value;
  }

  #list(expr: ListLiteral): Range {
    let value = expr.elements.length === 0 ? ZERO : NOTHING;
    let cost: Range = COSTS.list;
    for (const element of expr.elements) {
      cost = add(cost, this.cost(element));
      value = union(value, this.#size(element) ?? UNKNOWN);
    }
    this.#entries.set(expr.id, { container: "list", key: exactly(1), value });
    return cost;
  }

  #map(expr: MapLiteral): Range {
    let [key, value] = expr.entries.length === 0 ? [ZERO, ZERO] : [NOTHING, NOTHING];
    let cost: Range = COSTS.map;
    for (const entry of expr.entries) {
      cost = add(cost, this.cost(entry.key), this.cost(entry.value));
      key = union(key ?? ZERO, this.#size(entry.key) ?? UNKNOWN);
      value = union(value ?? ZERO, this.#size(entry.value) ?? UNKNOWN);
    }
    this.#entries.set(expr.id, { container: "map", key: key ?? ZERO, value: value ?? ZERO });
    return cost;
  }

  #loop(expr: Comprehension): Range {
    const start = add(this.cost(expr.range), this.cost(expr.init));
    const depth = this.#scope.length;
    this.#scope.push([expr.accu, this.#localOf(expr.init)]);
    this.#pushVariables(expr);
    const once = add(this.cost(expr.condition), this.cost(expr.step));
    this.#scope.length = depth + 1;
    const end = this.cost(expr.result);
    this.#scope.length = depth;
    const count = this.#size(expr.range) ?? UNKNOWN;
    if (expr.init.kind === "literal") this.#sizes.set(expr.id, this.#size(expr.init) ?? UNKNOWN);
    else if (expr.init.kind === "list" || expr.init.kind === "map") {
      this.#sizes.set(expr.id, count);
      this.#setEntries(expr, this.#entrySizes(expr.step));
    }
    return add(start, end, multiply(count, once));
  }

  #pushVariables(expr: Comprehension): void {
    const entries = this.#entrySizes(expr.range);
    const isList = (entries?.container ?? this.#type(expr.range).kind) === "list";
    const path = this.#path(expr.range);
    const key: Local = { path: [...path, isList ? "@indices" : "@keys"], size: entries?.key, entries: undefined };
    const value: Local = { path: [...path, isList ? "@items" : "@values"], size: entries?.value, entries: undefined };
    if (expr.iter2 === undefined) this.#scope.push([expr.iter, isList ? value : key]);
    else this.#scope.push([expr.iter, key], [expr.iter2, value]);
  }

  /** `optMap` gives a value a name and evaluates once. */
  #binding(expr: Comprehension): Range {
    const start = add(this.cost(expr.range), this.cost(expr.init));
    this.#scope.push([expr.accu, this.#localOf(expr.init)]);
    const end = this.cost(expr.result);
    this.#copySizes(expr, expr.result);
    this.#scope.length--;
    return add(start, end);
  }

  #localOf(expr: Expr): Local {
    return { path: this.#path(expr), size: this.#size(expr), entries: this.#entrySizes(expr) };
  }

  #operand(expr: Expr): Operand {
    const type = this.#type(expr);
    const path = this.#operandPath(expr);
    const size = this.#size(expr) ?? this.#declaredSize(path);
    const element = path.length === 0 ? undefined : this.#declaredSize([...path, "@items"]);
    return { expr, type, size, elementSize: element ?? UNKNOWN };
  }

  #operandPath(expr: Expr): readonly string[] {
    const path = this.#path(expr);
    return path[0] === ACCUMULATOR ? [] : path;
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#size(from);
    if (size !== undefined) this.#sizes.set(to.id, size);
    this.#setEntries(to, this.#entrySizes(from));
  }

  #setEntries(expr: Expr, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(expr.id, entries);
  }

  #entrySizes(expr: Expr): EntrySizes | undefined {
    const known = this.#entries.get(expr.id);
    return known ?? (expr.kind === "ident" ? this.#local(expr.name)?.entries : undefined);
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr.id) ?? writtenSize(expr) ?? this.#declaredSize(this.#path(expr));
    if (known !== undefined) return known;
    if (isScalar(this.#type(expr))) return exactly(1);
    return expr.kind === "ident" ? this.#local(expr.name)?.size : undefined;
  }

  /** What the schema says of a place; undefined where it says nothing. */
  #declaredSize([variable, ...path]: readonly string[]): Range | undefined {
    let declared: Declared | undefined = variable === undefined ? undefined : this.#root;
    for (const name of path) {
      if (name === "@items" || name === "@values") declared = declared?.element;
      else if (name === "@keys") declared = declared?.key;
      else declared = declared?.fields?.get(name);
    }
    return declared && { min: 0, max: declared.sizeMax };
  }
}

function joined(a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

function isScalar(type: CelType): boolean {
  return SCALARS.has(type.kind) || (isOptional(type) && isScalar(type.param(0)));
}

/** The size of what is written out. */
function writtenSize(expr: Expr): Range | undefined {
  if (expr.kind === "list") return exactly(expr.elements.length);
  if (expr.kind === "map") return exactly(expr.entries.length);
  if (expr.kind !== "literal") return undefined;
  const { value } = expr;
  if (typeof value === "string") return exactly(codePoints(value));
  return exactly(value instanceof Uint8Array ? value.length : 1);
}
