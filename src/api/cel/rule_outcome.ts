import type { Json } from "../schema/field.ts";
import { duplicateError, forbiddenError, invalidError, requiredError, type FieldError } from "../schema/errors.ts";
import type { Program } from "./plan.ts";
import type { Rule } from "./rule_schema.ts";
import { CostExceeded, Run } from "./run.ts";
import { CelError, type Result } from "./value.ts";

const LIMITS = {
  /** Cost of one evaluation (apiserver pkg/apis/cel/config.go). */
  callCostMax: 1_000_000,
  /** Cost of all rules on one object. */
  objectCostMax: 10_000_000,
  /** Elementary steps of all rules on one object; see Run. */
  objectWorkMax: 100_000_000,
  /** UTF-8 bytes of what a messageExpression gives. */
  messageBytesMax: 5 * 1024,
} as const;

/** What the rules on one object may still cost. */
export class Budget {
  #cost: number = LIMITS.objectCostMax;
  #work: number = LIMITS.objectWorkMax;

  get isSpent(): boolean {
    return this.#cost <= 0;
  }

  /**
   * Evaluates; `call` when one evaluation alone costs more than it may, `object` when it costs more than is left.
   */
  evaluate(program: Program, variables: Readonly<Record<string, Result>>): Result | Overrun {
    const run = new Run(LIMITS.callCostMax, this.#work);
    try {
      const result = program.evaluate(variables, run);
      return this.#spend(run) ? result : new Overrun("object");
    } catch (error) {
      if (!(error instanceof CostExceeded)) throw error;
      return new Overrun(this.#spend(run) ? "call" : "object");
    }
  }

  #spend(run: Run): boolean {
    if (run.cost > this.#cost) return false;
    this.#cost -= run.cost;
    this.#work = Math.max(this.#work - run.worked, 0);
    return true;
  }
}

/** An evaluation was stopped as it cost too much. */
export class Overrun {
  readonly of: "call" | "object";

  constructor(of: "call" | "object") {
    this.of = of;
  }
}

export const OUT_OF_BUDGET =
  "validation failed due to running out of cost budget, no further validation rules will be run";

/** How messages call a rule: by what it says itself where it says something. */
export function nameOf({ message = "", rule }: Rule): string {
  return message === "" ? rule.trim() : message.trim();
}

/** Why a rule could not be evaluated to the end. */
export function failure(outcome: CelError | Overrun, rule: Rule): string {
  if (outcome instanceof Overrun) {
    if (outcome.of === "object") return OUT_OF_BUDGET;
    const cause = "'operation cancelled: actual cost limit exceeded'";
    return `${cause}: no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`;
  }
  const { message } = outcome;
  if (!message.startsWith("no such overload")) return `${message} evaluating rule: ${nameOf(rule)}`;
  const cause = "call arguments did not match a supported operator, function or macro signature";
  return `'${message}': ${cause} for rule: ${nameOf(rule)}`;
}

/** The text a messageExpression gave; undefined when it is none that could be shown. */
export function messageOf(outcome: Result): string | undefined {
  if (typeof outcome !== "string") return undefined;
  const text = outcome.trim();
  const isLong = new TextEncoder().encode(text).length > LIMITS.messageBytesMax;
  return text === "" || isLong || text.includes("\n") ? undefined : text;
}

/** What is said when a messageExpression costs too much; it ends the validation. */
export function messageOverrun({ of }: Overrun, source: string): string {
  if (of === "object") {
    return "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
  }
  const cause = "no further validation rules will be run due to call cost exceeds limit for messageExpression";
  return `${cause}: ${JSON.stringify(source)}`;
}

/** The refusal of a value that breaks a rule; objects and lists are not shown. */
export function refusal(field: string, value: Json, type: string, detail: string, reason = ""): FieldError {
  const isOmitted = type === "object" || type === "array";
  switch (reason) {
    case "FieldValueForbidden":
      return forbiddenError(field, detail);
    case "FieldValueRequired":
      return requiredError(field, detail);
    case "FieldValueDuplicate":
      return isOmitted ? { type: reason, field, message: "Duplicate value" } : duplicateError(field, value);
    default:
      if (!isOmitted) return invalidError(field, value, detail);
      return { type: "FieldValueInvalid", field, message: `Invalid value: ${detail}` };
  }
}
