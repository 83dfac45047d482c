import type { ObjectSchema, ValueOf } from "../schema/schema.ts";
import { decoderOf } from "./compile.ts";
import { SyntaxProblem, type Document } from "./document.ts";
import { Mismatch } from "./mismatch.ts";
import { isFormatError } from "./scalars.ts";
import { strictProblems } from "./strict.ts";

/** How fields that are unknown or repeated are met: refused, warned about, or dropped without a word. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** What can be decoded: a Kind, or a type of the API that is not served under a path of its own (see `decodable`). */
export interface Decodable<T = unknown, D = T> {
  readonly schema: ObjectSchema<T, D>;
  readonly kind: string;
  readonly version: string;
}

export interface Decoded<T> {
  /** Complete in shape: what is always written is there, zero values that are left out are gone. Defaults are not filled yet. */
  readonly object: T;
  /** One per unknown or repeated field; only with `Warn`. */
  readonly warnings: readonly string[];
}

/** The body is not an object of the kind; the server answers 400 BadRequest with `message`. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  /** The complaint alone, for example `json: cannot unmarshal …` or `strict decoding error: …`. */
  readonly detail: string;

  constructor(target: { readonly kind: string; readonly version: string }, detail: string) {
    super(`${target.kind} in version "${target.version}" cannot be handled as a ${target.kind}: ${detail}`);
    this.detail = detail;
  }
}

/** A target for `decode` out of a bare schema: Scale, TokenRequest, DeleteOptions … */
export function decodable<T, D>(schema: ObjectSchema<T, D>): Decodable<T, D> {
  const [version = "", kind = ""] = schema.name.split(".").slice(-2);
  return { schema, kind, version };
}

/**
 * Turns a parsed body into the canonical object of a kind. Neither `apiVersion` nor `kind` is compared with the target.
 *
 * @throws {DecodeError} If a value has the wrong type or format, or, with `Strict`, if a field is unknown or repeated.
 */
export function decode<K extends Decodable>(
  target: K,
  document: Document,
  validation: FieldValidation = "Ignore",
): Decoded<ValueOf<K["schema"]>> {
  const notes = { unknown: false };
  const object = decodeWith(target, document, notes) as ValueOf<K["schema"]>;
  const clean = !notes.unknown && !document.duplicates && document.problems.length === 0;
  if (clean || validation === "Ignore") return { object, warnings: [] };
  const problems = [...document.problems, ...strictProblems(target.schema, document.node())];
  if (problems.length > 0 && validation === "Strict") {
    throw new DecodeError(target, `strict decoding error: ${problems.join(", ")}`);
  }
  return { object, warnings: problems };
}

function decodeWith(target: Decodable, document: Document, notes: { unknown: boolean }): unknown {
  try {
    return decoderOf(target.schema)(document.value ?? {}, notes);
  } catch (error) {
    if (error instanceof Mismatch) throw new DecodeError(target, error.describe());
    if (isFormatError(error)) throw new DecodeError(target, error.message);
    throw error;
  }
}

/**
 * The 400 answer's text for a body that is not JSON at all, in Kubernetes' words.
 *
 * @param body The body as received; its beginning is quoted.
 */
export function unrecognizedMessage(kind: string, problem: SyntaxProblem, body: Uint8Array): string {
  const isJson = problem.format === "json";
  const complaint = isJson ? `couldn't get version/kind; json parse error: ${problem.message}` : problem.message;
  return `the object provided is unrecognized (must be of type ${kind}): ${complaint} (${summary(body)})`;
}

const SUMMARY_BYTES_MAX = 30;

function summary(body: Uint8Array): string {
  if (body.length === 0) return "<empty>";
  const head = body.subarray(0, SUMMARY_BYTES_MAX);
  const shown =
    body[0] === 0x7b
      ? new TextDecoder().decode(head)
      : Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return body.length > SUMMARY_BYTES_MAX ? `${shown} ...` : shown;
}
