import type { PersistentVolumeClaim } from "../core/persistentvolumeclaim.ts";
import type { Pod } from "../core/pod.ts";
import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from "../core/resourcequota.ts";
import type { Service } from "../core/service.ts";
import type { KubeObject } from "../object.ts";
import { isPodResource, missingRequests, podUsage } from "./pod_usage.ts";
import { claimIsOf, podIsOf, scopesOf } from "./scopes.ts";
import type { Totals } from "./totals.ts";

/** How objects of one kind count towards quotas. Pure. */
export interface QuotaEvaluator {
  /** Whether a write can change what is used. */
  handles(operation: string, subresource: string): boolean;
  /** Whether this is one of the names it counts under. */
  counts(name: string): boolean;
  isOf(object: KubeObject, requirement: ScopedResourceSelectorRequirement): boolean;
  /** What an object must say that is counted under `names`, and does not. */
  missing(object: KubeObject, names: readonly string[]): string | undefined;
  usage(object: KubeObject, nowMs: number): Totals;
}

/** Kinds that are also counted under their plain names, as they were before all kinds could be counted. */
const LEGACY = new Set(["configmaps", "resourcequotas", "replicationcontrollers", "secrets"]);

const podEvaluator: QuotaEvaluator = {
  handles: (operation, subresource) =>
    subresource === "resize" ? operation === "UPDATE" : operation === "CREATE" && subresource === "",
  counts: (name) => name === "count/pods" || isPodResource(name),
  isOf: (pod, requirement) => podIsOf(pod as Pod, requirement),
  missing: (pod, names) => missingRequests(pod as Pod, names),
  usage: (pod, nowMs) => podUsage(pod as Pod, nowMs),
};

const SERVICE_NAMES = new Set(["services", "services.nodeports", "services.loadbalancers", "count/services"]);

const serviceEvaluator: QuotaEvaluator = {
  handles: isWrite,
  counts: (name) => SERVICE_NAMES.has(name),
  isOf: () => false,
  missing: () => undefined,
  usage(object) {
    const { type, ports = [], allocateLoadBalancerNodePorts } = (object as Service).spec;
    const chosen = ports.filter(({ nodePort }) => (nodePort ?? 0) !== 0).length;
    const allocated = allocateLoadBalancerNodePorts === false ? chosen : ports.length;
    const nodePorts = type === "NodePort" ? ports.length : type === "LoadBalancer" ? allocated : 0;
    return {
      "count/services": "1",
      services: "1",
      "services.nodeports": String(nodePorts),
      "services.loadbalancers": type === "LoadBalancer" ? "1" : "0",
    };
  },
};

const CLASS_SUFFIX = ".storageclass.storage.k8s.io/";
const CLAIM_NAMES = ["persistentvolumeclaims", "requests.storage"];

const claimEvaluator: QuotaEvaluator = {
  handles: isWrite,
  counts: (name) =>
    CLAIM_NAMES.includes(name) ||
    name === "count/persistentvolumeclaims" ||
    CLAIM_NAMES.some((each) => name.endsWith(CLASS_SUFFIX + each)),
  isOf: (claim, requirement) => claimIsOf(claim as PersistentVolumeClaim, requirement),
  missing: () => undefined,
  usage(object) {
    const { metadata, spec } = object as PersistentVolumeClaim;
    const storage = spec.resources?.requests?.["storage"];
    const className = metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";
    const counted = { persistentvolumeclaims: "1", ...(storage !== undefined && { "requests.storage": storage }) };
    const ofClass = Object.entries(counted).map(([name, amount]) => [`${className}${CLASS_SUFFIX}${name}`, amount]);
    return {
      "count/persistentvolumeclaims": "1",
      ...counted,
      ...(className !== "" && Object.fromEntries(ofClass)),
    };
  },
};

function isWrite(operation: string, subresource: string): boolean {
  return subresource === "" && (operation === "CREATE" || operation === "UPDATE");
}

interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

/** How a kind counts. Those without rules of their own count as objects in storage. */
export function quotaEvaluatorOf({ group, plural }: ResourceName): QuotaEvaluator {
  if (group === "" && plural === "pods") return podEvaluator;
  if (group === "" && plural === "services") return serviceEvaluator;
  if (group === "" && plural === "persistentvolumeclaims") return claimEvaluator;
  const count = group === "" ? `count/${plural}` : `count/${plural}.${group}`;
  const names = group === "" && LEGACY.has(plural) ? [count, plural] : [count];
  const usage = Object.fromEntries(names.map((name) => [name, "1"]));
  return {
    handles: (operation, subresource) => operation === "CREATE" && subresource === "",
    counts: (name) => names.includes(name),
    isOf: () => false,
    missing: () => undefined,
    usage: () => usage,
  };
}

/** Whether a quota with this spec counts an object, of whatever it counts of it. */
export function isCounted(evaluator: QuotaEvaluator, object: KubeObject, spec: ResourceQuotaSpec): boolean {
  return scopesOf(spec).every((requirement) => evaluator.isOf(object, requirement));
}
