import {
  invalidError,
  notSupportedError,
  requiredError,
  tooLongError,
  tooManyError,
  type FieldError,
} from "../schema/errors.ts";
import type { Json } from "../json.ts";

/** What a schema finds wrong with a value, collected on the way through it. */
export class Findings {
  readonly errors: FieldError[] = [];
  readonly #prefix: string;

  /** @param prefix The path of the value that is looked at in the whole object; "" for the object itself. */
  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  /** Findings of an alternative, to be weighed before they count. */
  apart(): Findings {
    return new Findings(this.#prefix);
  }

  take(other: Findings): void {
    this.errors.push(...other.errors);
  }

  /** Each text begins with the path, as kube-openapi's do: `spec.replicas in body must be …`. */
  invalid(path: string, value: unknown, rule: string): void {
    this.errors.push(invalidError(this.#field(path), value, `${subject(path)} ${rule}`));
  }

  wrongType(path: string, wanted: string, found: string): void {
    const error = invalidError(
      this.#field(path),
      found,
      `${subject(path)} must be of type ${wanted}: ${JSON.stringify(found)}`,
    );
    this.errors.push({ ...error, type: "FieldValueTypeInvalid" });
  }

  required(path: string): void {
    this.errors.push(requiredError(this.#field(path)));
  }

  notOneOf(path: string, value: unknown, supported: readonly Json[]): void {
    const texts = supported.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
    this.errors.push(notSupportedError(this.#field(path), value, texts));
  }

  tooLong(path: string, max: number): void {
    this.errors.push(tooLongError(this.#field(path), max));
  }

  tooMany(path: string, actual: number, max: number): void {
    this.errors.push(tooManyError(this.#field(path), actual, max));
  }

  /** What is wrong with the value as a whole; Kubernetes names no field then. */
  composite(path: string, rule: string): void {
    const field = this.#prefix === "" ? "<nil>" : this.#prefix;
    this.errors.push(invalidError(field, "", `${JSON.stringify(path)} ${rule}`));
  }

  #field(path: string): string {
    const bare = path.replace(/^\./, "");
    if (this.#prefix === "") return bare === "" ? "<nil>" : bare;
    return bare === "" ? this.#prefix : `${this.#prefix}.${bare}`;
  }
}

/** Of a value without a path only the second half is left. */
function subject(path: string): string {
  return `${path} in body`;
}
