import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { AnyKind } from "#api/object.ts";
import type { GroupVersions, KindRegistry } from "#api/registry.ts";
import { acceptClauses } from "../negotiation.ts";
import { singularOf, subresourcesOf } from "./resources.ts";

const GROUP = "apidiscovery.k8s.io";
const VERSIONS = ["v2", "v2beta1"];

/** The version of aggregated discovery a client asks for before plain JSON, if any. */
function versionAsked(request: HttpRequest): string | undefined {
  for (const { type, parameters } of acceptClauses(request.headers["accept"])) {
    if (type !== "application/json") continue;
    if (parameters["as"] === undefined) return undefined;
    const { as, g, v = "" } = parameters;
    if (as === "APIGroupDiscoveryList" && g === GROUP && VERSIONS.includes(v)) return v;
  }
  return undefined;
}

/**
 * Everything served under `/api` (`core`) or `/apis` in one answer, for clients that ask for it by their Accept
 * header (kubectl since 1.26). Undefined for others.
 */
export function aggregatedDiscovery(
  request: HttpRequest,
  registry: KindRegistry,
  core: boolean,
): HttpResponse | undefined {
  const version = versionAsked(request);
  if (version === undefined) return undefined;
  const groups = registry.groups().filter(({ group }) => (group === "") === core);
  const list = {
    kind: "APIGroupDiscoveryList",
    apiVersion: `${GROUP}/${version}`,
    metadata: {},
    items: groups.map((group) => describeGroup(registry, group)),
  };
  return {
    status: 200,
    headers: {
      "content-type": `application/json;g=${GROUP};v=${version};as=APIGroupDiscoveryList`,
      vary: "Accept",
    },
    body: new TextEncoder().encode(JSON.stringify(list)),
  };
}

function describeGroup(registry: KindRegistry, { group, versions }: GroupVersions): unknown {
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      resources: registry.inGroupVersion(group, version).map(describeResource),
      freshness: "Current",
    })),
  };
}

function describeResource(kind: AnyKind): unknown {
  const { group, version } = kind;
  const subresources = subresourcesOf(kind).map(([subresource, each]) => ({
    subresource,
    responseKind: { group: each.group, version: each.version, kind: each.kind },
    verbs: [...each.verbs].toSorted(),
  }));
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.scope === "Namespaced" ? "Namespaced" : "Cluster",
    singularResource: singularOf(kind),
    verbs: [...kind.verbs].toSorted(),
    ...(kind.shortNames && { shortNames: kind.shortNames }),
    ...(kind.categories && { categories: kind.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
