import { childrenOf, type Expr } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { durationFrom } from "./lib_convert.ts";
import type { Problem } from "./problem.ts";
import { compilePattern } from "./regex.ts";
import { parseTimestamp } from "./time_values.ts";
import { CelError } from "./value.ts";

/** Functions whose first argument is looked at when it is written out. */
const VALIDATORS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["duration", (text: string) => !(durationFrom(text) instanceof CelError)],
  ["timestamp", (text: string) => parseTimestamp(text) !== undefined],
  ["matches", (text: string) => !(compilePattern(text) instanceof CelError)],
]);

/** Reports durations, times and patterns that can be seen to be none. */
export function validateLiterals(checked: Checked, problems: Problem[]): void {
  const visit = (expr: Expr): void => {
    const [first] = expr.kind === "call" ? expr.args : [];
    const validator = expr.kind === "call" ? VALIDATORS.get(expr.name) : undefined;
    if (validator && expr.kind === "call" && first?.kind === "literal" && typeof first.value === "string") {
      if (!validator(first.value)) problems.push({ at: first.at, message: `invalid ${expr.name} argument` });
    }
    for (const child of childrenOf(expr)) visit(child);
  };
  visit(checked.expr);
}
