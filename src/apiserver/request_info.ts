import type { HttpRequest } from "#base/http.ts";
import { pathSegments } from "#base/percent.ts";

/** What a request is about, read from its method and path alone (apiserver endpoints/request/requestinfo.go). */
export interface RequestInfo {
  readonly isResource: boolean;
  /** `get`, `list`, `watch`, `create`, … for resources; the method in lower case elsewhere. */
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  /** Plural name of the resource, empty for discovery paths. */
  readonly resource: string;
  readonly subresource: string;
  /** Empty for all namespaces and for cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
  /** Path segments after the subresource (`proxy/…`). */
  readonly rest: readonly string[];
}

const VERB_OF_METHOD: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Paths below a namespace that belong to the namespace itself. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

function nonResource(method: string, path: string): RequestInfo {
  const empty = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "", rest: [] };
  return { isResource: false, verb: method.toLowerCase(), path, ...empty };
}

/** The verb a resource request stands for: reads of a collection are lists or watches. */
function verbOf(request: HttpRequest, watchPath: boolean, named: boolean): string {
  const verb = VERB_OF_METHOD[request.method] ?? request.method.toLowerCase();
  if (verb === "get" && watchPath) return "watch";
  if (verb === "get" && !named) return truthy(request.query.get("watch")) ? "watch" : "list";
  if (verb === "delete" && !named) return "deletecollection";
  return verb;
}

/** A boolean query parameter as Go's conversion reads it: present and not false. */
export function truthy(value: string | null): boolean {
  return value !== null && value !== "false" && value !== "0";
}

/** Reads method, path and query. Paths outside /api and /apis are not about resources. */
export function requestInfoOf(request: HttpRequest): RequestInfo {
  const segments = pathSegments(request.path)?.filter((segment) => segment !== "");
  const [root, ...below] = segments ?? [];
  const group = root === "api" ? "" : root === "apis" ? below.shift() : undefined;
  const version = group === undefined ? undefined : below.shift();
  if (group === undefined || version === undefined || below.length === 0) {
    return nonResource(request.method, request.path);
  }
  const watchPath = below[0] === "watch" && below.length > 1;
  if (watchPath) below.shift();
  let namespace = "";
  const second = below[1];
  const third = below[2];
  if (below[0] === "namespaces" && second !== undefined) {
    namespace = second;
    if (third !== undefined && !NAMESPACE_SUBRESOURCES.has(third)) below.splice(0, 2);
  }
  const [resource = "", name = "", subresource = "", ...rest] = below;
  const verb = verbOf(request, watchPath, name !== "");
  return { isResource: true, verb, path: request.path, group, version, resource, subresource, namespace, name, rest };
}
