import type { HttpRequest } from "#base/http.ts";
import { DecodeError, decode, unrecognizedMessage, type Decodable, type FieldValidation } from "#api/codec/decode.ts";
import { SyntaxProblem, documentOf, type Document } from "#api/codec/document.ts";
import { parseJson } from "#api/codec/parse_json.ts";
import { parseYaml } from "#api/codec/parse_yaml.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { openEnvelope } from "#api/protobuf/envelope.ts";
import { readMessage } from "#api/protobuf/read.ts";
import { ProtobufError } from "#api/protobuf/wire.ts";
import { MEDIA_TYPES, PROTOBUF } from "./negotiation.ts";
import { badRequest, unsupportedMediaType } from "./status_error.ts";

const decoder = new TextDecoder("utf-8");

/** Type and version as an object names itself. */
interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

export function mediaTypeOf(request: HttpRequest): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Whether anything was sent. */
export function hasBody({ shared, body }: HttpRequest): boolean {
  return shared !== undefined || body.length > 0;
}

/**
 * The body as a document of `target`; JSON when no content type is given.
 *
 * @throws {StatusError} 415 for a form we do not read, 400 when it is not well-formed.
 */
export function readDocument(request: HttpRequest, target: Decodable): Document {
  if (request.shared !== undefined) return documentOf(request.shared);
  const type = mediaTypeOf(request);
  if (type === PROTOBUF) return readProtobuf(request.body, target);
  const isYaml = type === "application/yaml";
  if (type !== "" && type !== "application/json" && !isYaml) throw unsupportedMediaType(MEDIA_TYPES);
  try {
    const text = decoder.decode(request.body);
    return isYaml ? parseYaml(text) : parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxProblem) throw badRequest(unrecognizedMessage(target.kind, error, request.body));
    throw error;
  }
}

/** Typed clients send built-in kinds in this form, `kubectl create deployment` among them. */
function readProtobuf(body: Uint8Array, target: Decodable): Document {
  try {
    const { apiVersion, kind, raw } = openEnvelope(body);
    return documentOf({ apiVersion, kind, ...readMessage(target.schema, raw) });
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof SyntaxError) throw badRequest(error.message);
    throw error;
  }
}

/**
 * The object of `kind` in a document, canonical but without defaults. Warnings about unknown fields are added to
 * `warnings` (`Warn`).
 *
 * @throws {StatusError} 400 when it is not one.
 */
export function objectIn(
  kind: AnyKind,
  document: Document,
  validation: FieldValidation,
  warnings: string[],
): KubeObject {
  checkType(kind, typeOf(document));
  const object = decodeAs(kind, document, validation, warnings) as KubeObject;
  object.apiVersion = kind.apiVersion;
  object.kind = kind.kind;
  return object;
}

/** Any object that is not stored (Scale, DeleteOptions, Binding …) in a document. */
export function decodeAs<T, D>(
  target: Decodable<T, D>,
  document: Document,
  validation: FieldValidation = "Ignore",
  warnings: string[] = [],
): T {
  try {
    const decoded = decode(target, document, validation);
    warnings.push(...decoded.warnings);
    return decoded.object as T;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** A copy nobody else holds, canonical: what may be changed before it is written. */
export function copyOf(kind: AnyKind, object: unknown): KubeObject {
  return decodeAs(kind, documentOf(object)) as KubeObject;
}

function typeOf({ value }: Document): TypeMeta {
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  const { apiVersion, kind } = fields;
  return { apiVersion: typeof apiVersion === "string" ? apiVersion : "", kind: typeof kind === "string" ? kind : "" };
}

/** A body may leave out its type; one it names must be the one expected (apiserver handlers/create.go). */
function checkType(expected: AnyKind, given: TypeMeta): void {
  if (given.apiVersion !== "" && given.apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${given.apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  if (given.kind !== "" && given.kind !== expected.kind) {
    const { version, kind } = expected;
    const internal = expected.group === "" ? "core" : expected.group.split(".")[0];
    const complaint = `converting (${version}.${given.kind}) to (${internal}.${kind}): unknown conversion`;
    throw badRequest(
      `${given.kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${complaint}`,
    );
  }
}
