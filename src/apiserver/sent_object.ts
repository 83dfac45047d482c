import type { HttpRequest } from "#base/http.ts";
import { nextTurn } from "#base/turn.ts";
import { LIMITS } from "./limits.ts";
import type { FieldValidation } from "#api/codec/decode.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { objectIn, readDocument } from "./body.ts";
import type { Call } from "./context.ts";

/**
 * The object a client sends, as the kind that is stored: canonical, without defaults. Rejects with StatusError 400
 * and 415.
 */
export async function sentObject(call: Call, validation: FieldValidation): Promise<KubeObject> {
  const { request, served, warnings } = call;
  const document = readDocument(request, served);
  await restAfterMuch(request);
  const object = asStored(served, objectIn(served, document, validation, warnings));
  await restAfterMuch(request);
  return object;
}

/** Between two passes over a long body everybody else has a turn. */
export async function restAfterMuch({ body, shared }: HttpRequest): Promise<void> {
  if (shared === undefined && body.length > LIMITS.bodyBytesPerTurn) await nextTurn();
}

/** An object of the version a client names as the version that is stored. */
export function asStored(served: AnyKind, object: KubeObject): KubeObject {
  return served.conversion === undefined ? object : (served.conversion.toStored(object) as KubeObject);
}

/** A stored object as the version a client names. */
export function asServed(served: AnyKind, object: KubeObject): KubeObject {
  return served.conversion === undefined ? object : (served.conversion.fromStored(object) as KubeObject);
}

/** The kind whose rules objects are checked by: the one the client names, where that has rules of its own. */
export function judgeOf(served: AnyKind): AnyKind {
  return served.validate === undefined ? (served.conversion?.stored ?? served) : served;
}

/** A stored object in the version that is checked. */
export function asJudged(served: AnyKind, object: KubeObject): KubeObject {
  return judgeOf(served) === served ? asServed(served, object) : object;
}
