import { CelType, DYN, listType, mapType, sameType, typeOf } from "./types.ts";

/** Types that `null` may stand for, beside itself. */
const NULLABLE = new Set(["object", "opaque", "duration", "timestamp"]);

function isWild(type: CelType): boolean {
  return type.kind === "dyn" || type.kind === "error";
}

/** What type variables have been found to stand for, while an expression is checked. */
export class Substitution {
  readonly #bound = new Map<CelType, CelType>();
  /** What to undo when an attempt fails. */
  readonly #trail: [variable: CelType, before: CelType | undefined][] = [];
  #variables = 0;

  newVariable(): CelType {
    return new CelType("param", `_var${this.#variables++}`);
  }

  /** A type with the parameters of one overload replaced by fresh variables. */
  instantiate(type: CelType, fresh: Map<string, CelType>): CelType {
    if (!type.isOpen) return type;
    if (type.kind === "param") {
      const known = fresh.get(type.name) ?? this.newVariable();
      fresh.set(type.name, known);
      return known;
    }
    return rebuilt(type, (param) => this.instantiate(param, fresh));
  }

  /** Whether values of the types `from` can be given where `to` are wanted; remembers what that needs only then. */
  assignAll(from: readonly CelType[], to: readonly CelType[]): boolean {
    const mark = this.#trail.length;
    if (this.#assignAll(from, to)) return true;
    while (this.#trail.length > mark) {
      const [variable, before] = this.#trail.pop() ?? [DYN, undefined];
      if (before === undefined) this.#bound.delete(variable);
      else this.#bound.set(variable, before);
    }
    return false;
  }

  assign(from: CelType, to: CelType): boolean {
    return this.assignAll([from], [to]);
  }

  /** A type with all variables replaced that stand for something; the others become `dyn` when `isLast`. */
  resolve(type: CelType, isLast = false): CelType {
    if (!type.isOpen) return type;
    if (type.kind === "param") {
      const bound = this.#bound.get(type);
      if (bound !== undefined) return this.resolve(bound, isLast);
      return isLast ? DYN : type;
    }
    return rebuilt(type, (param) => this.resolve(param, isLast));
  }

  #assignAll(from: readonly CelType[], to: readonly CelType[]): boolean {
    return from.length === to.length && from.every((type, i) => this.#assign(type, to[i] ?? DYN));
  }

  #assign(from: CelType, to: CelType): boolean {
    if (to.kind === "param") {
      const fits = this.#substitute(from, to);
      if (fits !== undefined) return fits;
    }
    if (from.kind === "param") return this.#substitute(to, from) ?? false;
    if (isWild(from) || isWild(to)) return true;
    if (from.kind === "null") return to.kind === "null" || NULLABLE.has(to.kind);
    if (to.kind === "null") return NULLABLE.has(from.kind);
    if (from === to) return true;
    if (from.kind !== to.kind) return false;
    if (from.kind === "type") return true;
    return from.name === to.name && this.#assignAll(from.params, to.params);
  }

  /** Whether `variable` can stand for `type`; undefined when it stands for nothing yet and cannot. */
  #substitute(type: CelType, variable: CelType): boolean | undefined {
    if (type === variable) return true;
    const bound = this.#bound.get(variable);
    if (bound === undefined) {
      if (this.#occurs(variable, type)) return undefined;
      this.#bind(variable, type);
      return true;
    }
    if (sameType(type, bound)) return true;
    if (!this.#assign(type, bound)) return false;
    const general = mostGeneral(type, bound);
    if (!this.#occurs(variable, general)) this.#bind(variable, general);
    return true;
  }

  #bind(variable: CelType, type: CelType): void {
    this.#trail.push([variable, this.#bound.get(variable)]);
    this.#bound.set(variable, type);
  }

  #occurs(variable: CelType, within: CelType): boolean {
    if (variable === within) return true;
    if (!within.isOpen) return false;
    if (within.kind === "param") {
      const bound = this.#bound.get(within);
      return bound !== undefined && this.#occurs(variable, bound);
    }
    return within.params.some((param) => this.#occurs(variable, param));
  }
}

function rebuilt(type: CelType, change: (param: CelType) => CelType): CelType {
  const [first, second] = type.params;
  if (first === undefined) return type;
  if (type.kind === "list") return listType(change(first));
  if (type.kind === "map") return mapType(change(first), second === undefined ? DYN : change(second));
  if (type.kind === "type") return typeOf(change(first));
  return new CelType(type.kind, type.name, type.params.map(change));
}

/** The more general of two types that fit each other. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isNoMoreSpecific(a, b) ? a : b;
}

function isNoMoreSpecific(a: CelType, b: CelType): boolean {
  if (a.kind === "dyn" || a.kind === "param") return true;
  if (b.kind === "dyn" || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  if (a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, i) => isNoMoreSpecific(param, b.param(i)));
}
