import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { Status } from "#api/meta/status.ts";
import type { KubeObject } from "#api/object.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import type { Entry } from "#store/store.ts";
import type { Call } from "./context.ts";
import { objectOf } from "./object_codec.ts";
import { contentType, outputForm, type OutputForm } from "./negotiation.ts";
import { Representation, valueBytes } from "./representation.ts";
import type { StatusError } from "./status_error.ts";

/** The answer to a request for one object of the call's kind: as it is, as a Table, or its metadata only. */
export function respondObject(call: Call, code: number, source: Entry | KubeObject): HttpResponse {
  const { request, served, server } = call;
  const representation = new Representation(request, served, () => server.clock.now());
  const headers = { "content-type": contentType(representation.form.format) };
  if (!isEntry(source)) return { status: code, headers, body: representation.objectBytes(source) };
  const body = representation.entryBytes(source);
  return { status: code, headers, body, ...(representation.isCopy && { shared: () => objectOf(source) }) };
}

/**
 * The answer to a request whose result is not an object of a kind (Status, Scale, reviews, discovery); `schema` gives
 * its protobuf form.
 */
export function respondPlain(
  request: HttpRequest,
  code: number,
  value: unknown,
  schema: ObjectSchema | undefined,
): HttpResponse {
  const form = outputForm(request, { protobuf: schema !== undefined });
  return respondValue(code, value, schema, form);
}

/** A refusal. Its form is JSON when the client accepts nothing else we write. */
export function respondError(request: HttpRequest, error: StatusError): HttpResponse {
  const seconds = error.details?.retryAfterSeconds;
  const { headers, ...response } = respondValue(error.code, error.toStatus(), Status, errorForm(request));
  return { ...response, headers: { ...headers, ...(seconds !== undefined && { "retry-after": String(seconds) }) } };
}

function errorForm(request: HttpRequest): OutputForm {
  try {
    return outputForm(request, { protobuf: true });
  } catch {
    return { format: "json", as: "object", metaVersion: "v1", pretty: false };
  }
}

function respondValue(code: number, value: unknown, schema: ObjectSchema | undefined, form: OutputForm): HttpResponse {
  return { status: code, headers: { "content-type": contentType(form.format) }, body: valueBytes(value, schema, form) };
}

/**
 * A response that carries warnings: RFC 7234 ones with code 299, as kubectl prints them; several are one header,
 * separated by commas.
 */
export function warned(response: HttpResponse, warnings: readonly string[]): HttpResponse {
  if (warnings.length === 0) return response;
  // A header has no line breaks: what has one is not sent, as upstream (apimachinery util/net, NewWarningHeader).
  const texts = [...new Set(warnings)].filter((text) => !/\p{Cc}/u.test(text));
  if (texts.length === 0) return response;
  const warning = texts.map((text) => `299 - "${utf8Header(text.replace(/[\\"]/g, String.raw`\$&`))}"`).join(", ");
  return { ...response, headers: { ...response.headers, warning } };
}

/** Text as a header carries it: one character per byte of UTF-8. */
function utf8Header(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function isEntry(source: Entry | KubeObject): source is Entry {
  return "modRevision" in source;
}
