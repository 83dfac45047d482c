import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { partialObject, tableFor } from "#api/table.ts";
import type { Entry } from "#store/store.ts";
import type { Call } from "./context.ts";
import { outputForm, type OutputForm } from "./negotiation.ts";
import { objectOf, wireBytes } from "./object_codec.ts";
import { includeObjectOf } from "./include_object.ts";
import { dumpYaml } from "./yaml.ts";
import type { StatusError } from "./status_error.ts";

const encoder = new TextEncoder();

/** The answer to a request for one object of the call's kind: as it is, as a Table, or its metadata only. */
export function respondObject(call: Call, code: number, source: Entry | KubeObject): HttpResponse {
  const { request, kind, server } = call;
  const form = outputForm(request, true);
  const headers = warningHeaders(call.warnings);
  if (isEntry(source) && form.as === "object" && form.format === "json" && !form.pretty) {
    return { status: code, headers: { ...headers, ...JSON_TYPE }, body: wireBytes(kind, source) };
  }
  const object = isEntry(source) ? objectOf(source) : source;
  return respondValue(code, projected(form, kind, object, request, server.clock.now()), form, headers);
}

/** The answer to a request whose result is not an object of a kind (Status, Scale, reviews, discovery). */
export function respondPlain(
  request: HttpRequest,
  code: number,
  value: unknown,
  warnings: readonly string[] = [],
): HttpResponse {
  return respondValue(code, value, outputForm(request, false), warningHeaders(warnings));
}

/** A refusal. Its form is JSON when the client accepts nothing else we write. */
export function respondError(request: HttpRequest, error: StatusError, warnings: readonly string[] = []): HttpResponse {
  const seconds = error.details?.retryAfterSeconds;
  const headers = { ...warningHeaders(warnings), ...(seconds !== undefined && { "retry-after": String(seconds) }) };
  return respondValue(error.code, error.toStatus(), errorForm(request), headers);
}

const JSON_TYPE = { "content-type": "application/json" };

function errorForm(request: HttpRequest): OutputForm {
  try {
    return outputForm(request, false);
  } catch {
    return { format: "json", as: "object", pretty: false };
  }
}

function projected(form: OutputForm, kind: AnyKind, object: KubeObject, request: HttpRequest, nowMs: number): unknown {
  if (form.as === "object") return object;
  if (form.as !== "Table") return partialObject(object);
  const { resourceVersion = "" } = object.metadata;
  const includeObject = includeObjectOf(request.query);
  return tableFor(kind, [object], { metadata: { resourceVersion }, includeObject, nowMs });
}

/** Writes any value in the form asked for. */
export function respondValue(
  code: number,
  value: unknown,
  form: OutputForm,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  if (form.format === "yaml") {
    const type = { "content-type": "application/yaml" };
    return { status: code, headers: { ...headers, ...type }, body: encoder.encode(dumpYaml(value)) };
  }
  const text = form.pretty ? `${JSON.stringify(value, undefined, 2)}\n` : JSON.stringify(value);
  return { status: code, headers: { ...headers, ...JSON_TYPE }, body: encoder.encode(text) };
}

/** RFC 7234 warnings with code 299, as kubectl prints them; several are one header, separated by commas. */
function warningHeaders(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  const unique = [...new Set(warnings)];
  return { warning: unique.map((text) => `299 - "${text.replace(/[\\"]/g, String.raw`\$&`)}"`).join(", ") };
}

function isEntry(source: Entry | KubeObject): source is Entry {
  return "modRevision" in source;
}
