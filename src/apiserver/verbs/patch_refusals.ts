import { ApplyError } from "#api/apply/apply.ts";
import { ApplyConflictError } from "#api/apply/conflict.ts";
import { ManagedFieldsError } from "#api/apply/managed_fields.ts";
import { DecodeError, decode } from "#api/codec/decode.ts";
import { SyntaxProblem, documentOf } from "#api/codec/document.ts";
import type { Json } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { PatchError } from "#api/patch/patch_error.ts";
import { invalidError } from "#api/schema/errors.ts";
import type { Call } from "../context.ts";
import { StatusError, applyConflict, badRequest, invalid } from "../status_error.ts";
import type { WriteOptions } from "../write_options.ts";

/** Runs a parser, turning what is no JSON or YAML into a refusal. */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxProblem) throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

/** Runs `work`, turning what the patch rules refuse into Statuses. */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApplyConflictError) throw applyConflict(error.message, error.causes);
    if (error instanceof ManagedFieldsError) throw badRequest(error.message);
    if (error instanceof ApplyError) {
      throw error.code === 400 ? badRequest(error.message) : new StatusError(500, "", error.message);
    }
    if (error instanceof PatchError) throw new StatusError(error.code, REASONS[error.code], error.message, {});
    throw error;
  }
}

const REASONS = { 400: "BadRequest", 413: "RequestEntityTooLarge", 422: "Invalid", 500: "InternalError" } as const;

/** What a patch made of an object. */
interface Patched {
  readonly value: Json;
  /** What strict reading has to say of the patch itself. */
  readonly problems: readonly string[];
}

/** What a patch made, as an object of the kind. @throws {StatusError} 422 when it is none. */
export function decodePatched(
  { warnings }: Call,
  kind: AnyKind,
  options: WriteOptions,
  { value, problems }: Patched,
  quoted: () => string,
): KubeObject {
  const refusal = (why: string) => invalid({ group: "", kind: "" }, "", [invalidError("patch", quoted(), why)]);
  const { fieldValidation } = options;
  try {
    // Strict reading is told of all it complains about at once, so it must not end with the first.
    const decoded = decode(kind, documentOf(value), fieldValidation === "Ignore" ? "Ignore" : "Warn");
    const all = [...problems, ...decoded.warnings];
    if (fieldValidation === "Strict" && all.length > 0) throw refusal(`strict decoding error: ${all.join(", ")}`);
    if (fieldValidation === "Warn") warnings.push(...all);
    return decoded.object as KubeObject;
  } catch (error) {
    throw error instanceof DecodeError ? refusal(error.detail) : error;
  }
}
