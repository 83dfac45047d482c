import type { FieldValidation } from "#api/codec/decode.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { objectIn, readDocument } from "./body.ts";
import type { Call } from "./context.ts";

/** The object a client sends, as the kind that is stored: canonical, without defaults. @throws {StatusError} 400, 415. */
export function sentObject({ request, served, warnings }: Call, validation: FieldValidation): KubeObject {
  return asStored(served, objectIn(served, readDocument(request, served), validation, warnings));
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
