import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { OpenApi, OpenApiDocument } from "#api/openapi/openapi.ts";

/** Where the documents come from. */
export type OpenApiSource = Pick<OpenApi, "index" | "v2" | "v2Protobuf" | "v3">;
import { acceptClauses } from "../negotiation.ts";
import { notFoundPage } from "../not_found_page.ts";
import { notAcceptable } from "../status_error.ts";

const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);
/** kubectl up to 1.28 reads v2 in this form only; the answer's type may not hold the `@` of the question's. */
const PROTOBUF_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const PROTOBUF_TYPES = new Set([PROTOBUF_TYPE, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"]);
/** How long a document under a name that carries its hash may be kept: a year, as upstream says. */
const IMMUTABLE = "public, immutable, max-age=31536000";

/** `/openapi/v2`, `/openapi/v3` and the documents below it; undefined for other paths. */
export function serveOpenApi(openApi: OpenApiSource, request: HttpRequest): HttpResponse | undefined {
  const [root, version, ...path] = request.path.split("/").filter(Boolean);
  if (root !== "openapi") return undefined;
  const found = documentAt(openApi, version ?? "", path);
  if (found === undefined) return notFoundPage();
  const clauses = acceptClauses(request.headers["accept"]);
  if (version === "v2" && PROTOBUF_TYPES.has(clauses[0]?.type ?? "")) {
    const headers = { "content-type": PROTOBUF_TYPE, vary: "Accept", etag: `"${found.hash}-protobuf"` };
    return { status: 200, headers, body: openApi.v2Protobuf() };
  }
  if (clauses.length > 0 && !clauses.some(({ type }) => JSON_TYPES.has(type)))
    throw notAcceptable(["application/json"]);
  return respondDocument(request, found);
}

function documentAt(openApi: OpenApiSource, version: string, path: readonly string[]): OpenApiDocument | undefined {
  if (version === "v2" && path.length === 0) return openApi.v2();
  if (version !== "v3") return undefined;
  const [root, first = "", second = ""] = path;
  if (root === undefined) return openApi.index();
  if (root === "api" && path.length === 2) return openApi.v3("", first);
  return root === "apis" && path.length === 3 ? openApi.v3(first, second) : undefined;
}

function respondDocument(request: HttpRequest, { json, hash }: OpenApiDocument): HttpResponse {
  const etag = `"${hash}"`;
  const isNamedByHash = request.query.get("hash") === hash;
  const headers = { etag, vary: "Accept", ...(isNamedByHash && { "cache-control": IMMUTABLE }) };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, body: new Uint8Array() };
  const body = new TextEncoder().encode(json);
  return { status: 200, headers: { ...headers, "content-type": "application/json" }, body };
}
