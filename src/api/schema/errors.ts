/** Why a field was refused; the wire form is the `reason` of a Status cause (apimachinery field.Error). */
export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueNotFound"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** One refusal, with the path of the field in the object sent. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** For example `spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** Everything after `field: `, for example `Invalid value: "x": must be …`. */
  readonly message: string;
}

/** What JSON escapes otherwise than Go, or not at all. An escaped backslash is passed over first. */
const ESCAPES = /\\\\|\\u0007|\\u000b|\\u00(?=[01])|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const BY_GO: Readonly<Record<string, string>> = {
  "\\\\": "\\\\",
  "\\u0007": "\\a",
  "\\u000b": "\\v",
  "\\u00": "\\x",
  "\u007f": "\\x7f",
};

/** A text in quotes, as Go's `%q`. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(ESCAPES, (found) => BY_GO[found] ?? escapedPoint(found));
}

function escapedPoint(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** How a value is quoted inside a message: strings in quotes, objects as JSON. */
function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  return value === undefined || value === null ? "null" : JSON.stringify(value);
}

export function requiredError(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, message: detail === "" ? "Required value" : `Required value: ${detail}` };
}

export function invalidError(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, message: `Invalid value: ${shown(value)}: ${detail}` };
}

/** `Unsupported value: "x": supported values: "A", "B"`. */
export function notSupportedError(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(", ");
  const detail = list === "" ? "" : `: supported values: ${list}`;
  return { type: "FieldValueNotSupported", field, message: `Unsupported value: ${shown(value)}${detail}` };
}

export function duplicateError(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, message: `Duplicate value: ${shown(value)}` };
}

export function forbiddenError(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, message: `Forbidden: ${detail}` };
}

export function notFoundError(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, message: `Not found: ${shown(value)}` };
}

/** `Too long: may not be more than N bytes`. */
export function tooLongError(field: string, maxBytes: number): FieldError {
  return { type: "FieldValueTooLong", field, message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooManyError(field: string, actual: number, max: number): FieldError {
  return { type: "FieldValueTooMany", field, message: `Too many: ${actual}: must have at most ${max} items` };
}
