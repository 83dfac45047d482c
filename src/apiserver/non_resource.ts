import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { percentDecoded } from "#base/percent.ts";
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "#api/meta/discovery.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import type { ServerContext } from "./context.ts";
import { aggregatedDiscovery } from "./discovery/aggregated.ts";
import { coreVersions, groupList, groupOf } from "./discovery/groups.ts";
import { healthPaths, serveHealth } from "./discovery/health.ts";
import { issuerPaths, serveIssuer } from "./discovery/issuer.ts";
import { openApiOf } from "./aggregation/merged_openapi.ts";
import { serveOpenApi } from "./discovery/openapi.ts";
import { resourceList } from "./discovery/resources.ts";
import { servedGroups } from "./discovery/served_groups.ts";
import { SERVER_VERSION } from "./discovery/version.ts";
import { notFoundPage } from "./not_found_page.ts";
import { respondPlain } from "./respond.ts";
import { badRequest, methodNotAllowed } from "./status_error.ts";

/** What discovery answers with, by kind. */
const DISCOVERY: Readonly<Record<string, ObjectSchema>> = { APIGroup, APIGroupList, APIResourceList, APIVersions };

/** Everything that is not about a resource: discovery, health, version. */
export async function serveNonResource(server: ServerContext, request: HttpRequest): Promise<HttpResponse> {
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  const health = serveHealth(server, request);
  if (health !== undefined) return health;
  if (request.path === "/metrics") return metricsPage(server);
  const issuer = serveIssuer(server.accounts, request);
  if (issuer !== undefined) return issuer;
  const openApi = serveOpenApi(openApiOf(server), request);
  if (openApi !== undefined) return openApi;
  const value = await discoveryValue(server, request);
  if (value === undefined) return percentDecoded(request.path) === undefined ? refuseEscape() : notFoundPage();
  if (isResponse(value)) return value;
  const { kind } = value as { readonly kind?: string };
  const schema = kind === undefined ? undefined : DISCOVERY[kind];
  if (schema === undefined) return plainJson(value);
  return respondPlain(request, 200, value, schema);
}

function refuseEscape(): never {
  throw badRequest("invalid URL escape in the path");
}

async function discoveryValue(server: ServerContext, request: HttpRequest): Promise<unknown> {
  const { registry } = server;
  const [root, group, version, ...rest] = request.path.split("/").filter(Boolean);
  if (rest.length > 0) return undefined;
  if (root === undefined) return { paths: pathsOf(server) };
  if (root === "version" && group === undefined) return SERVER_VERSION;
  if (root === "api") {
    if (group !== undefined) return version === undefined ? resourceList(registry, "", group) : undefined;
    return aggregatedDiscovery(request, server, true) ?? coreVersions(registry, request.headers["host"] ?? "");
  }
  if (root !== "apis") return undefined;
  if (group === undefined) return aggregatedDiscovery(request, server, false) ?? groupList(servedGroups(server));
  return version === undefined ? groupOf(servedGroups(server), group) : resourceList(registry, group, version);
}

/** The version and the list of paths are JSON whatever the client asks for. */
function plainJson(value: unknown): HttpResponse {
  const text = JSON.stringify(value, undefined, 2);
  return { status: 200, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(text) };
}

/** The text form of Prometheus. */
function metricsPage({ metrics }: ServerContext): HttpResponse {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" };
  return { status: 200, headers, body: new TextEncoder().encode(metrics.text()) };
}

function pathsOf(server: ServerContext): string[] {
  const groups = servedGroups(server).flatMap(({ group, versions }) => {
    const base = group === "" ? "/api" : `/apis/${group}`;
    return [base, ...versions.map((version) => `${base}/${version}`)];
  });
  const others = [...issuerPaths(server.accounts), "/apis", "/metrics", "/openapi/v2", "/openapi/v3", "/version"];
  return [...groups, ...healthPaths(server), ...others].toSorted();
}

function isResponse(value: unknown): value is HttpResponse {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value;
}
