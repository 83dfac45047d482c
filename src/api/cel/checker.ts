import type { Call, Comprehension, Expr, ListLiteral, MapLiteral, Select } from "./ast.ts";
import type { Functions, Overload } from "./functions.ts";
import type { Problem } from "./problem.ts";
import { mostGeneral, Substitution } from "./unify.ts";
import {
  BOOL,
  BYTES,
  CelType,
  DOUBLE,
  DURATION,
  DYN,
  ERROR,
  INT,
  isOptional,
  LIST,
  listType,
  MAP,
  mapType,
  NULL,
  OPTIONAL,
  optionalType,
  sameType,
  STRING,
  TIMESTAMP,
  TYPE,
  typeOf,
  UINT,
} from "./types.ts";
import { typeOfValue } from "./value.ts";

/** What an expression may name. */
export interface Environment {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: Functions;
}

/** An expression together with what checking found out. */
export interface Checked {
  readonly expr: Expr;
  readonly types: ReadonlyMap<number, CelType>;
  /** What a call may mean, by its number. */
  readonly overloads: ReadonlyMap<number, readonly Overload[]>;
  /** The full name of variables such as `authorizer.requestResource`, and of calls such as `ip.isCanonical(x)`. */
  readonly qualified: ReadonlyMap<number, string>;
  /** Types named by identifiers. */
  readonly typeNames: ReadonlyMap<number, CelType>;
}

const KUBERNETES_TYPES = ["net.IP", "net.CIDR"].concat(
  ["Quantity", "URL", "NamedFormat", "Semver"].map((name) => `kubernetes.${name}`),
);

const TYPE_NAMES: ReadonlyMap<string, CelType> = new Map([
  ...[BOOL, BYTES, DOUBLE, INT, STRING, UINT, LIST, MAP, OPTIONAL, TYPE].map((type) => [type.name, type] as const),
  ...KUBERNETES_TYPES.map((name) => [name, new CelType("opaque", name)] as const),
  ["null_type", NULL],
  ["google.protobuf.Timestamp", TIMESTAMP],
  ["google.protobuf.Duration", DURATION],
]);

/** Types grow by doubling in `{x: x}`; none that is meant comes near. */
const TYPE_WEIGHT_MAX = 1000;

/** `a.b.c` of a chain of names; undefined when it is none. */
function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.isTest) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}

/** Checks types. What is wrong is appended to `problems`. */
export function check(expr: Expr, environment: Environment, problems: Problem[]): Checked {
  return new Checker(environment, problems).whole(expr);
}

class Checker {
  readonly #environment: Environment;
  readonly #problems: Problem[];
  readonly #types = new Map<number, CelType>();
  readonly #overloads = new Map<number, readonly Overload[]>();
  readonly #qualified = new Map<number, string>();
  readonly #typeNames = new Map<number, CelType>();
  readonly #substitution = new Substitution();
  /** Variables of comprehensions, the innermost last. */
  readonly #scope: [name: string, type: CelType][] = [];

  constructor(environment: Environment, problems: Problem[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  whole(expr: Expr): Checked {
    this.#check(expr);
    for (const [id, type] of this.#types) this.#types.set(id, this.#substitution.resolve(type, true));
    return {
      expr,
      types: this.#types,
      overloads: this.#overloads,
      qualified: this.#qualified,
      typeNames: this.#typeNames,
    };
  }

  #report(at: number, message: string): void {
    this.#problems.push({ at, message });
  }

  #undeclared(at: number, name: string): CelType {
    this.#report(at, `undeclared reference to '${name}' (in container '')`);
    return ERROR;
  }

  #mismatch(at: number, wanted: CelType, found: CelType): void {
    this.#report(at, `expected type '${wanted}' but found '${found}'`);
  }

  #check(expr: Expr): CelType {
    let type = this.#typeOf(expr);
    if (this.#substitution.resolve(type).weight > TYPE_WEIGHT_MAX) {
      this.#report(expr.at, "type of expression is too large");
      type = ERROR;
    }
    this.#types.set(expr.id, type);
    return type;
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case "literal":
        return typeOfValue(expr.value);
      case "ident":
        return this.#name(expr.id, expr.name) ?? this.#undeclared(expr.at, expr.name);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "message":
        return this.#undeclared(expr.at, expr.name);
      case "comprehension":
        return this.#comprehension(expr);
    }
  }

  /** The type of what a name stands for; undefined when for nothing. */
  #name(id: number, written: string): CelType | undefined {
    const name = written.replace(/^\./, "");
    const local = this.#scope.findLast(([known]) => known === written);
    if (local !== undefined) return local[1];
    const variable = this.#environment.variables.get(name);
    if (variable !== undefined) return variable;
    const type = TYPE_NAMES.get(name);
    if (type === undefined) return undefined;
    this.#typeNames.set(id, type);
    const shown = type === LIST ? listType(DYN) : type === MAP ? mapType(DYN, DYN) : type;
    return type === TYPE ? TYPE : typeOf(shown);
  }

  #select(expr: Select): CelType {
    const name = qualifiedName(expr);
    const isTypeName = name !== undefined && TYPE_NAMES.has(name);
    const type = isTypeName ? this.#name(expr.id, name) : undefined;
    if (type !== undefined) return type;
    const variable = name === undefined ? undefined : this.#environment.variables.get(name);
    if (name !== undefined && variable !== undefined) {
      this.#qualified.set(expr.id, name);
      return variable;
    }
    const field = this.#field(expr.at, expr.operand, expr.field, false);
    return expr.isTest ? BOOL : field;
  }

  #field(at: number, operand: Expr, name: string, isOptionalAccess: boolean): CelType {
    const operandType = this.#substitution.resolve(this.#check(operand));
    const wrapped = isOptional(operandType);
    const target = wrapped ? operandType.param(0) : operandType;
    const type = this.#substitution.resolve(this.#fieldOf(at, target, name));
    return wrapped || isOptionalAccess ? optionalType(type) : type;
  }

  #fieldOf(at: number, target: CelType, name: string): CelType {
    switch (target.kind) {
      case "map":
        return target.param(1);
      case "object": {
        const type = target.fieldType(name);
        if (type === undefined) this.#report(at, `undefined field '${name}'`);
        return type ?? ERROR;
      }
      case "param":
        this.#substitution.assign(DYN, target);
        return DYN;
      case "dyn":
      case "error":
        return DYN;
      default:
        this.#report(at, `type '${target}' does not support field selection`);
        return DYN;
    }
  }

  #call(expr: Call): CelType {
    if (expr.name === "_?._") return this.#optionalSelect(expr);
    for (const arg of expr.args) this.#check(arg);
    const { target } = expr;
    if (target === undefined) return this.#resolve(expr, expr.name.replace(/^\./, ""), undefined);
    const prefix = qualifiedName(target);
    const full = prefix === undefined ? undefined : `${prefix}.${expr.name}`;
    if (full !== undefined && this.#environment.functions.has(full)) {
      this.#qualified.set(expr.id, full);
      return this.#resolve(expr, full, undefined);
    }
    this.#check(target);
    return this.#resolve(expr, expr.name, target);
  }

  #optionalSelect(expr: Call): CelType {
    const [operand, field] = expr.args;
    const name = field?.kind === "literal" && typeof field.value === "string" ? field.value : "";
    if (field !== undefined) this.#types.set(field.id, STRING);
    return operand === undefined ? ERROR : this.#field(expr.at, operand, name, true);
  }

  #resolve(expr: Call, name: string, target: Expr | undefined): CelType {
    const overloads = this.#environment.functions.get(name);
    if (overloads === undefined) return this.#undeclared(expr.at, name);
    const operands = target === undefined ? expr.args : [target, ...expr.args];
    const args = operands.map((operand) => this.#types.get(operand.id) ?? ERROR);
    if (name === "_&&_" || name === "_||_") return this.#logical(expr, overloads, args);
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      if (overload.isMethod !== (target !== undefined)) continue;
      const fresh = new Map<string, CelType>();
      const params = overload.args.map((arg) => this.#substitution.instantiate(arg, fresh));
      if (!this.#substitution.assignAll(args, params)) continue;
      fitting.push(overload);
      const type = this.#substitution.resolve(this.#substitution.instantiate(overload.result, fresh));
      if (result === undefined) result = type;
      else if (result.kind !== "dyn" && !sameType(type, result)) result = DYN;
    }
    this.#overloads.set(expr.id, fitting);
    return result ?? this.#noOverload(expr, name, target !== undefined, args);
  }

  #noOverload(expr: Call, name: string, isMethod: boolean, args: readonly CelType[]): CelType {
    const shown = args.map((arg) => String(this.#substitution.resolve(arg, true)));
    const receiver = isMethod ? `${shown.shift()}.` : "";
    const signature = `${receiver}(${shown.join(", ")})`;
    this.#report(expr.at, `found no matching overload for '${name}' applied to '${signature}'`);
    return ERROR;
  }

  #logical(expr: Call, overloads: readonly Overload[], args: readonly CelType[]): CelType {
    this.#overloads.set(expr.id, overloads);
    let isRight = true;
    for (const [i, arg] of args.entries()) {
      if (this.#substitution.assign(arg, BOOL)) continue;
      isRight = false;
      this.#mismatch(expr.args[i]?.at ?? expr.at, BOOL, this.#substitution.resolve(arg));
    }
    return isRight ? BOOL : ERROR;
  }

  #list(expr: ListLiteral): CelType {
    let element: CelType | undefined;
    for (const [i, each] of expr.elements.entries()) {
      const type = this.#maybeOptional(each, this.#check(each), expr.optional.has(i));
      element = this.#join(element, type);
    }
    return listType(element ?? this.#substitution.newVariable());
  }

  #map(expr: MapLiteral): CelType {
    let [key, value]: (CelType | undefined)[] = [];
    for (const entry of expr.entries) {
      key = this.#join(key, this.#check(entry.key));
      const type = this.#maybeOptional(entry.value, this.#check(entry.value), entry.isOptional);
      value = this.#join(value, type);
    }
    return mapType(key ?? this.#substitution.newVariable(), value ?? this.#substitution.newVariable());
  }

  /** Behind a `?` stands an optional, and its value is what is meant. */
  #maybeOptional(expr: Expr, type: CelType, isMarked: boolean): CelType {
    if (!isMarked) return type;
    if (isOptional(type)) return type.param(0);
    if (type.kind !== "dyn") this.#mismatch(expr.at, optionalType(type), type);
    return type;
  }

  /** The type of elements so far and one more; where they differ, anything. */
  #join(before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    return this.#substitution.assign(before, type) ? mostGeneral(before, type) : DYN;
  }

  #comprehension(expr: Comprehension): CelType {
    const range = this.#substitution.resolve(this.#check(expr.range));
    const accu = this.#check(expr.init);
    const isTwo = expr.iter2 !== undefined;
    const [first, second] = this.#iterated(expr.range, range, isTwo);
    this.#scope.push([expr.accu, accu], [expr.iter, first]);
    if (expr.iter2 !== undefined) this.#scope.push([expr.iter2, second]);
    this.#mustBe(expr.condition, BOOL);
    this.#mustBe(expr.step, accu);
    this.#scope.length -= isTwo ? 2 : 1;
    const result = this.#check(expr.result);
    this.#scope.length--;
    return this.#substitution.resolve(result);
  }

  /** The types of a loop's variables. */
  #iterated(expr: Expr, range: CelType, isTwo: boolean): [first: CelType, second: CelType] {
    switch (range.kind) {
      case "list":
        return isTwo ? [INT, range.param(0)] : [range.param(0), DYN];
      case "map":
        return [range.param(0), range.param(1)];
      case "dyn":
      case "error":
      case "param":
        this.#substitution.assign(DYN, range);
        return [DYN, DYN];
      default:
        this.#report(
          expr.at,
          `expression of type '${range}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [ERROR, ERROR];
    }
  }

  #mustBe(expr: Expr, wanted: CelType): void {
    const type = this.#check(expr);
    if (!this.#substitution.assign(wanted, type)) {
      this.#mismatch(expr.at, this.#substitution.resolve(wanted), this.#substitution.resolve(type));
    }
  }
}
