import { MASTERS_GROUP } from "./authentication.ts";
import type { Attributes, Authorizer } from "./authorization.ts";

const NODES_GROUP = "system:nodes";
const NODE_PREFIX = "system:node:";
const LEASES_NAMESPACE = "kube-node-lease";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "update", "patch"];

/** Whose objects a rule is about: anybody's, the node's own by name, or any one that is asked for by name. */
type Scope = "any" | "own" | "named";

interface Rule {
  /** `RESOURCE.GROUP`, or `RESOURCE/SUBRESOURCE.GROUP`. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly scope: Scope;
}

/**
 * What a node's agent and its service proxy need: the cluster roles system:node and system:node-proxier (kube-apiserver
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy), and of the node restriction what shows in a request's path. Which
 * Secrets belong to pods bound to the node is not looked up: one that a node can name it may read.
 */
const RULES: readonly Rule[] = [
  { resources: ["services.", "pods.", "nodes.", "endpointslices.discovery.k8s.io"], verbs: READ, scope: "any" },
  { resources: ["runtimeclasses.node.k8s.io"], verbs: READ, scope: "any" },
  { resources: ["configmaps.", "secrets."], verbs: READ, scope: "named" },
  { resources: ["persistentvolumeclaims.", "serviceaccounts."], verbs: ["get"], scope: "any" },
  // Which ones they may delete, admission knows.
  { resources: ["persistentvolumes."], verbs: [...READ, "delete"], scope: "any" },
  { resources: ["nodes.", "nodes/status."], verbs: ["create", "update", "patch"], scope: "own" },
  { resources: ["leases.coordination.k8s.io"], verbs: ["get", "delete", ...WRITE], scope: "own" },
  { resources: ["pods."], verbs: ["delete"], scope: "any" },
  { resources: ["pods/status."], verbs: ["update", "patch"], scope: "any" },
  { resources: ["events.", "events.events.k8s.io"], verbs: WRITE, scope: "any" },
  { resources: ["serviceaccounts/token."], verbs: ["create"], scope: "any" },
  // What they may then be granted, whoever approves knows.
  { resources: ["certificatesigningrequests.certificates.k8s.io"], verbs: ["create", ...READ], scope: "any" },
  // system:certificates.k8s.io:certificatesigningrequests:selfnodeclient, as kubeadm binds it.
  { resources: ["certificatesigningrequests/selfnodeclient.certificates.k8s.io"], verbs: ["create"], scope: "any" },
];

/** The name of the node that asks; undefined when it is none. */
export function nodeNameOf(user: Attributes["user"]): string | undefined {
  const isNode = user.groups.includes(NODES_GROUP) && user.name.startsWith(NODE_PREFIX);
  return isNode && !user.groups.includes(MASTERS_GROUP) ? user.name.slice(NODE_PREFIX.length) : undefined;
}

function covers({ resources, verbs, scope }: Rule, attributes: Attributes, nodeName: string): boolean {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const full = `${resource}${subresource === "" ? "" : `/${subresource}`}.${group}`;
  if (!resources.includes(full) || !verbs.includes(verb)) return false;
  if (scope === "any") return true;
  if (scope === "named") return name !== "";
  if (resource === "leases" && namespace !== LEASES_NAMESPACE) return false;
  // A creation's name is in its body; whoever is there already cannot be created again.
  return name === nodeName || (verb === "create" && name === "");
}

/** Lets nodes do what is theirs. No opinion about anybody else. */
export const nodeAuthorizer: Authorizer = (attributes) => {
  const nodeName = nodeNameOf(attributes.user);
  const allowed = nodeName !== undefined && RULES.some((rule) => covers(rule, attributes, nodeName));
  return { allowed, reason: "" };
};
