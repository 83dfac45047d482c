import type { HttpRequest } from "#base/http.ts";
import type { ManagedFieldsEntry } from "#api/meta/object_meta.ts";
import type { FieldValidation } from "#api/codec/decode.ts";
import { invalidError, notSupportedError, tooLongError, type FieldError } from "#api/schema/errors.ts";
import { invalid } from "./status_error.ts";

/** What the query of a write says beside the object. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Who is recorded as having set the fields: the fieldManager named, else the client's user agent. */
  readonly manager: string;
  /** Server-side apply has worked out who manages what; other writes are tracked by what they change. */
  readonly applied?: { readonly managedFields: ManagedFieldsEntry[] | undefined };
}

const MANAGER_BYTES_MAX = 128;
/** What Go's unicode.IsPrint is not true of. */
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const FIELD_VALIDATIONS: readonly string[] = ["Ignore", "Warn", "Strict"];

/** Reads and checks them. `options` names the kind of options in the refusal: `CreateOptions`, … */
export function writeOptions({ query, headers }: HttpRequest, options: string): WriteOptions {
  const errors: FieldError[] = dryRunErrors(query.getAll("dryRun"));
  const validation = query.get("fieldValidation") ?? "";
  if (validation !== "" && !FIELD_VALIDATIONS.includes(validation)) {
    errors.push(notSupportedError("fieldValidation", validation, FIELD_VALIDATIONS));
  }
  errors.push(...managerErrors(query.get("fieldManager") ?? ""));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: options }, "", errors);
  return {
    dryRun: query.getAll("dryRun").length > 0,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    manager: query.get("fieldManager") || managerFromUserAgent(headers["user-agent"]),
  };
}

/** The name of a manager is short, and all of it can be printed (apimachinery ValidateFieldManager). */
function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (bytesOf(manager) > MANAGER_BYTES_MAX) errors.push(tooLongError("fieldManager", MANAGER_BYTES_MAX));
  for (const { 0: char, index } of manager.matchAll(NOT_PRINTABLE)) {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const position = bytesOf(manager.slice(0, index));
    errors.push(invalidError("fieldManager", manager, `invalid character U+${code} (at position ${position})`));
  }
  return errors;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  const wrong = values.filter((value) => value !== "All");
  return wrong.length === 0 ? [] : [notSupportedError("dryRun", [...values], ["All"])];
}

/** The manager fields are recorded under when none is named: the user agent up to its first slash, at most 128 long. */
function managerFromUserAgent(userAgent: string | undefined): string {
  return [...((userAgent ?? "").split("/")[0] ?? "")].slice(0, 128).join("");
}
