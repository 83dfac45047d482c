import { badRequest } from "./status_error.ts";

/** Where the next page begins, and the revision it is read at: -1 for "now", after history was lost. */
export interface ContinuePoint {
  readonly revision: number;
  /** The last key returned, below the prefix of the list. */
  readonly after: string;
}

/** The token for `point`: base64url of JSON, in apiserver's form (storage/continue.go). */
export function encodeContinue(point: ContinuePoint): string {
  const json = JSON.stringify({ v: "meta.k8s.io/v1", rv: point.revision, start: `${point.after}\u0000` });
  const binary = String.fromCodePoint(...new TextEncoder().encode(json));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @throws {StatusError} 400 when `token` was not made by `encodeContinue`. */
export function decodeContinue(token: string): ContinuePoint {
  const refuse = (why: string) => badRequest(`continue key is not valid: ${why}`);
  let point: unknown;
  try {
    const binary = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    point = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0)));
  } catch {
    throw refuse("it is not base64 of JSON");
  }
  if (typeof point !== "object" || point === null) throw refuse("it is not an object");
  const { v, rv, start } = point as Record<string, unknown>;
  if (v !== "meta.k8s.io/v1")
    throw badRequest('continue key is not valid: server does not recognize this encoded version "' + String(v) + '"');
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0 || rv < -1) {
    throw refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "" || start.split("/").includes("..")) {
    throw refuse("encoded start key empty (version meta.k8s.io/v1)");
  }
  return { revision: rv, after: start.endsWith("\u0000") ? start.slice(0, -1) : start };
}
