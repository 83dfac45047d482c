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

/**
 * After these a report breaks off. Kubernetes lists everything, but a body of megabytes can have a hundred thousand
 * faults, some of which quote all of it.
 */
const LIMITS = { errorsMax: 1_000, charactersMax: 1024 * 1024 } as const;

/** Ends the walk through an object that has more faults than anybody reads. */
class EnoughErrors extends Error {
  override readonly name = "EnoughErrors";
}

/** Collects what is wrong with an object while functions walk through it. */
export class Report {
  readonly errors: FieldError[] = [];
  #characters = 0;

  /** @throws {EnoughErrors} When there are so many that no more are wanted. */
  add(error: FieldError): void {
    this.errors.push(error);
    this.#characters += error.message.length;
    if (this.errors.length >= LIMITS.errorsMax || this.#characters >= LIMITS.charactersMax) throw new EnoughErrors();
  }

  required(path: string, detail = ""): void {
    this.add(requiredError(path, detail));
  }

  invalid(path: string, value: unknown, detail: string): void {
    this.add(invalidError(path, value, detail));
  }

  /** Invalid, where the value would say nothing. */
  invalidWhole(path: string, detail: string): void {
    this.add({ type: "FieldValueInvalid", field: path, message: `Invalid value: ${detail}` });
  }

  forbidden(path: string, detail: string): void {
    this.add(forbiddenError(path, detail));
  }

  notSupported(path: string, value: unknown, supported: readonly string[]): void {
    this.add(notSupportedError(path, value, supported));
  }

  duplicate(path: string, value: unknown): void {
    this.add(duplicateError(path, value));
  }

  /** A duplicate, with the rule it breaks. */
  duplicateBecause(path: string, value: unknown, detail: string): void {
    const error = duplicateError(path, value);
    this.add({ ...error, message: `${error.message}: ${detail}` });
  }

  notFound(path: string, value: unknown): void {
    this.add(notFoundError(path, value));
  }

  tooLong(path: string, maxBytes: number): void {
    this.add(tooLongError(path, maxBytes));
  }

  tooMany(path: string, actual: number, max: number): void {
    this.add(tooManyError(path, actual, max));
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
  try {
    check(report);
  } catch (error) {
    if (!(error instanceof EnoughErrors)) throw error;
  }
  return report.errors;
}

/** A map with its keys sorted, as Go writes maps inside messages. */
export function sortedMap<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  return map && Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entries of a map in the order of their keys; none of an absent one. */
export function entriesOf<T>(map: Readonly<Record<string, T>> | undefined): [string, T][] {
  if (map === undefined) return [];
  // Sorting bare names needs no function called for each pair.
  return Object.keys(map)
    .sort()
    .map((key) => [key, map[key] as T]);
}
