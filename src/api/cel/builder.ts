import { ACCUMULATOR, childrenOf, type Expr, type MapEntry } from "./ast.ts";
import type { Problem } from "./problem.ts";
import type { Value } from "./value.ts";

const LIMITS = {
  /** Levels of nesting (cel-go's default). */
  depthMax: 250,
  /** Nodes: some macros copy their target, which must not grow without bound. */
  nodesMax: 100_000,
} as const;

/** The text cannot be read on; what is wrong is among the problems. */
export class ParseStop extends Error {
  override readonly name = "ParseStop";
}

type Bare<T> = T extends Expr ? Omit<T, "id" | "depth"> : never;

/** Makes the nodes of one expression, numbered and bounded. */
export class Builder {
  readonly problems: Problem[] = [];
  #nodes = 0;

  make(bare: Bare<Expr>): Expr {
    if (++this.#nodes > LIMITS.nodesMax) this.stop(undefined, "expression has too many nodes");
    const id = this.#nodes;
    const draft = { ...bare, id, depth: 1 } as Expr;
    const depth = 1 + childrenOf(draft).reduce((deepest, child) => Math.max(deepest, child.depth), 0);
    if (depth > LIMITS.depthMax) this.stop(undefined, `expression recursion limit exceeded: ${LIMITS.depthMax}`);
    return { ...draft, depth };
  }

  checkNesting(levels: number): void {
    if (levels > LIMITS.depthMax) this.stop(undefined, `expression recursion limit exceeded: ${LIMITS.depthMax}`);
  }

  report(at: number | undefined, message: string): void {
    this.problems.push({ at, message });
  }

  stop(at: number | undefined, message: string): never {
    this.report(at, message);
    throw new ParseStop(message);
  }

  literal(at: number, value: Value): Expr {
    return this.make({ kind: "literal", at, value });
  }

  ident(at: number, name: string): Expr {
    return this.make({ kind: "ident", at, name });
  }

  call(at: number, name: string, ...args: readonly Expr[]): Expr {
    return this.make({ kind: "call", at, name, target: undefined, args });
  }

  method(at: number, name: string, target: Expr, ...args: readonly Expr[]): Expr {
    return this.make({ kind: "call", at, name, target, args });
  }

  list(at: number, elements: readonly Expr[] = [], optional: ReadonlySet<number> = new Set()): Expr {
    return this.make({ kind: "list", at, elements, optional });
  }

  map(at: number, entries: readonly MapEntry[] = []): Expr {
    return this.make({ kind: "map", at, entries });
  }

  accumulator(at: number): Expr {
    return this.ident(at, ACCUMULATOR);
  }

  /** A copy with numbers of its own. */
  copy(expr: Expr): Expr {
    switch (expr.kind) {
      case "select":
        return this.make({ ...expr, operand: this.copy(expr.operand) });
      case "call":
        return this.make({
          ...expr,
          target: expr.target && this.copy(expr.target),
          args: expr.args.map((arg) => this.copy(arg)),
        });
      case "list":
        return this.make({ ...expr, elements: expr.elements.map((element) => this.copy(element)) });
      case "map":
        return this.make({
          ...expr,
          entries: expr.entries.map((entry) => ({
            ...entry,
            key: this.copy(entry.key),
            value: this.copy(entry.value),
          })),
        });
      case "comprehension": {
        const { range, init, condition, step, result } = expr;
        const [range2, init2, condition2] = [this.copy(range), this.copy(init), this.copy(condition)];
        const [step2, result2] = [this.copy(step), this.copy(result)];
        return this.make({ ...expr, range: range2, init: init2, condition: condition2, step: step2, result: result2 });
      }
      default:
        return this.make(expr);
    }
  }
}
