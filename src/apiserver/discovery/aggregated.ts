import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { AnyKind } from "#api/object.ts";
import type { APIResource } from "#api/meta/discovery.ts";
import type { GroupVersions } from "#api/registry.ts";
import { basePath, type RemoteApi } from "../aggregation/remote_api.ts";
import type { ServerContext } from "../context.ts";
import { acceptClauses } from "../negotiation.ts";
import { servedGroups } from "./served_groups.ts";
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
  server: ServerContext,
  core: boolean,
): HttpResponse | undefined {
  const version = versionAsked(request);
  if (version === undefined) return undefined;
  const groups = servedGroups(server).filter(({ group }) => (group === "") === core);
  const list = {
    kind: "APIGroupDiscoveryList",
    apiVersion: `${GROUP}/${version}`,
    metadata: {},
    items: groups.map((group) => describeGroup(server, group)),
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

function describeGroup(server: ServerContext, { group, versions }: GroupVersions): unknown {
  const of = ({ registry, aggregation }: ServerContext, version: string) => {
    const remote = aggregation.remoteOf(basePath({ group, version }));
    if (remote === undefined) return { resources: registry.inGroupVersion(group, version).map(describeResource) };
    return { resources: describeRemote(remote), freshness: remote.available ? "Current" : "Stale" };
  };
  return {
    metadata: { name: group },
    versions: versions.map((version) => ({ version, freshness: "Current", ...of(server, version) })),
  };
}

/** What another server lists, in this form: subresources below what they belong to. */
function describeRemote({ group, version, resources }: RemoteApi): unknown[] {
  const kindOf = (each: APIResource) => ({
    group: each.group || group,
    version: each.version || version,
    kind: each.kind,
  });
  const whole = resources.filter(({ name }) => !name.includes("/"));
  return whole.map((each) => {
    const below = resources.filter(({ name }) => name.startsWith(`${each.name}/`));
    const subresources = below.map((sub) => ({
      subresource: sub.name.slice(each.name.length + 1),
      responseKind: kindOf(sub),
      verbs: sub.verbs,
    }));
    return {
      resource: each.name,
      responseKind: kindOf(each),
      scope: each.namespaced ? "Namespaced" : "Cluster",
      singularResource: each.singularName,
      verbs: each.verbs,
      ...(each.shortNames && { shortNames: each.shortNames }),
      ...(each.categories && { categories: each.categories }),
      ...(subresources.length > 0 && { subresources }),
    };
  });
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
