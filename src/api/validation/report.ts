import {
  duplicateError,
  forbiddenError,
  invalidError,
  notFoundError,
  notSupportedError,
  requiredError,
  tooLongError,
  tooManyError,
  type FieldError,
} from "../schema/errors.ts";
import type { NameCheck } from "./names.ts";

/** Collects what is wrong with an object while functions walk through it. */
export class Report {
  readonly errors: FieldError[] = [];

  required(path: string, detail = ""): void {
    this.errors.push(requiredError(path, detail));
  }

  invalid(path: string, value: unknown, detail: string): void {
    this.errors.push(invalidError(path, value, detail));
  }

  /** Invalid, where the value would say nothing. */
  invalidWhole(path: string, detail: string): void {
    this.errors.push({ type: "FieldValueInvalid", field: path, message: `Invalid value: ${detail}` });
  }

  forbidden(path: string, detail: string): void {
    this.errors.push(forbiddenError(path, detail));
  }

  notSupported(path: string, value: unknown, supported: readonly string[]): void {
    this.errors.push(notSupportedError(path, value, supported));
  }

  duplicate(path: string, value: unknown): void {
    this.errors.push(duplicateError(path, value));
  }

  /** A duplicate, with the rule it breaks. */
  duplicateBecause(path: string, value: unknown, detail: string): void {
    const error = duplicateError(path, value);
    this.errors.push({ ...error, message: `${error.message}: ${detail}` });
  }

  notFound(path: string, value: unknown): void {
    this.errors.push(notFoundError(path, value));
  }

  tooLong(path: string, maxBytes: number): void {
    this.errors.push(tooLongError(path, maxBytes));
  }

  tooMany(path: string, actual: number, max: number): void {
    this.errors.push(tooManyError(path, actual, max));
  }

  /** One Invalid for each thing a grammar finds wrong; true when there was none. */
  check(path: string, text: string, rule: NameCheck): boolean {
    const problems = rule(text);
    for (const problem of problems) this.invalid(path, text, problem);
    return problems.length === 0;
  }

  /** As `check`, for a number. */
  checkNumber(path: string, value: number, rule: (value: number) => string[]): void {
    for (const problem of rule(value)) this.invalid(path, value, problem);
  }

  nonNegative(path: string, value: number | undefined): void {
    if (value !== undefined && value < 0) this.invalid(path, value, "must be greater than or equal to 0");
  }

  positive(path: string, value: number): void {
    if (value <= 0) this.invalid(path, value, "must be greater than zero");
  }

  /** Required when empty, NotSupported when it is none of `supported`. */
  oneOf(path: string, value: string | undefined, supported: readonly string[]): void {
    if (value === undefined || value === "") this.required(path);
    else if (!supported.includes(value)) this.notSupported(path, value, supported);
  }

  immutable(path: string, value: unknown, isSame: boolean): void {
    if (!isSame) this.invalid(path, value, "field is immutable");
  }
}

/** Runs checks on a fresh report. */
export function reportOf(check: (report: Report) => void): FieldError[] {
  const report = new Report();
  check(report);
  return report.errors;
}

/** A map with its keys sorted, as Go writes maps inside messages. */
export function sortedMap<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  return map && Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entries of a map in the order of their keys; none of an absent one. */
export function entriesOf<T>(map: Readonly<Record<string, T>> | undefined): [string, T][] {
  return map === undefined ? [] : Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
