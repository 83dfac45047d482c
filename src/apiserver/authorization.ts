import { MASTERS_GROUP, type User } from "./authentication.ts";
import type { RequestInfo } from "./request_info.ts";
import { forbidden, forbiddenPath, type StatusError } from "./status_error.ts";

/** What an authorizer is asked: the request, or the attributes of an access review. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly isResource: boolean;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** `allowed` false without a reason is "no opinion", which ends as a refusal. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export type Authorizer = (attributes: Attributes) => Decision;

/** What system:public-info-viewer opens to everybody. */
const PUBLIC_PATHS = new Set(["/healthz", "/livez", "/readyz", "/version", "/version/"]);
/** What system:discovery opens to authenticated users. */
const DISCOVERY_PATHS = ["/api", "/apis", "/openapi", ...PUBLIC_PATHS];
/** Reviews about oneself: system:basic-user. */
const BASIC_USER_RESOURCES = new Set([
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
]);

function isRead(verb: string): boolean {
  return verb === "get" || verb === "head";
}

/** Members of system:masters may do everything; others see discovery and reviews of themselves; nobody health. */
export const clusterAdminAuthorizer: Authorizer = (attributes) => {
  const { user, verb, path } = attributes;
  if (user.groups.includes(MASTERS_GROUP)) return { allowed: true, reason: "" };
  const isKnown = user.groups.includes("system:authenticated");
  if (!attributes.isResource && isRead(verb)) {
    if (PUBLIC_PATHS.has(path)) return { allowed: true, reason: "" };
    const isDiscovery = DISCOVERY_PATHS.some((each) => path === each || path.startsWith(`${each}/`));
    if (isKnown && isDiscovery) return { allowed: true, reason: "" };
  }
  if (isKnown && verb === "create" && BASIC_USER_RESOURCES.has(`${attributes.resource}.${attributes.group}`)) {
    return { allowed: true, reason: "" };
  }
  return { allowed: false, reason: "" };
};

/** Allows what any of them allows; the first reason given is that of a refusal. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return (attributes) => {
    let reason = "";
    for (const authorizer of authorizers) {
      const decision = authorizer(attributes);
      if (decision.allowed) return decision;
      reason ||= decision.reason;
    }
    return { allowed: false, reason };
  };
}

/** @param query A list or watch of the one object of a name counts as asking for that object. */
export function attributesOf(user: User, info: RequestInfo, query: URLSearchParams): Attributes {
  const { verb, isResource, path, group, resource, subresource, namespace } = info;
  const selected = /^metadata\.name=([^,=]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  const name = info.name === "" ? (selected ?? "") : info.name;
  return { user, verb, isResource, path, group, resource, subresource, namespace, name };
}

/** The refusal in Kubernetes' words (apiserver endpoints/handlers/responsewriters/errors.go). */
export function accessDenied(attributes: Attributes, reason: string): StatusError {
  const { user, verb, group, resource, subresource, namespace, name, path } = attributes;
  const because = reason === "" ? "" : `: ${reason}`;
  if (!attributes.isResource) {
    return forbiddenPath(
      `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}${because}`,
    );
  }
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}${because}`;
  return forbidden({ group, plural: resource }, name, why);
}
