import { isJsonObject, type Json } from "../json.ts";

/** A patch that cannot be applied. `code` and `message` are those of the Status the server answers with. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  /** 400 the patch is no patch; 413 it is too large; 422 it does not fit the object; 500 as Kubernetes answers. */
  readonly code: 400 | 413 | 422 | 500;
  /** What went wrong, where the message does not say it. */
  readonly detail: string;

  constructor(code: 400 | 413 | 422 | 500, message: string, detail: string = message) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** A patch that is well formed but does not fit the object. Kubernetes does not tell the client why. */
export function unprocessable(detail: string): PatchError {
  return new PatchError(422, "the server rejected our request due to an error in our request", detail);
}

/** Bounds on what a patch may ask for. */
export const PATCH_LIMITS = {
  /** Operations of one JSON patch (apiserver's maxJSONPatchOperations). */
  operationsMax: 10_000,
  /** Bytes that the `copy` operations of one patch may add (apiserver's JSONPatchMaxCopyBytes). */
  copyBytesMax: 3 * 1024 * 1024,
  /** How deep a patch may nest; real objects stay under 30. */
  depthMax: 500,
} as const;

/** A value as Go's `%v` prints it: `map[image:nginx name:web]`. */
export function goText(value: Json | undefined): string {
  if (value === undefined || value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  const entries = Object.keys(value).toSorted();
  return `map[${entries.map((key) => `${key}:${goText(value[key])}`).join(" ")}]`;
}
