import type { Service } from "#api/core/service.ts";
import { invalidError, type FieldError } from "#api/schema/errors.ts";

const WITH_ADDRESS: ReadonlySet<string> = new Set(["ClusterIP", "LoadBalancer", "NodePort"]);

/** Whether a Service of this type has an address of its own. */
export function needsClusterIp(service: Service): boolean {
  return WITH_ADDRESS.has(service.spec.type);
}

/** The older field of one address and the newer of several say the same. */
export function pairAddresses({ spec }: Service): void {
  const [address = "", addresses = []] = [spec.clusterIP, spec.clusterIPs];
  if (address !== "" && addresses.length === 0) spec.clusterIPs = [address];
  if (address === "" && addresses.length > 0) spec.clusterIP = addresses[0];
}

export function needsNodePorts(service: Service): boolean {
  const { type, allocateLoadBalancerNodePorts } = service.spec;
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
}

export function needsHealthCheckPort(service: Service): boolean {
  return service.spec.type === "LoadBalancer" && service.spec.externalTrafficPolicy === "Local";
}

/**
 * Brings what was allocated into a replacement that does not mention it, and drops what its new type has no use for
 * (core/service/storage: patchAllocatedValues, dropTypeDependentFields).
 */
export function carryOver(next: Service, previous: Service): void {
  const [spec, before] = [next.spec, previous.spec];
  if (needsClusterIp(previous) && needsClusterIp(next)) {
    if ((spec.clusterIP ?? "") === "" && (spec.clusterIPs ?? []).length === 0) {
      spec.clusterIP = before.clusterIP;
      spec.clusterIPs = before.clusterIPs;
    }
  } else if (needsClusterIp(previous) && spec.clusterIP === before.clusterIP) {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const) delete spec[field];
  }
  if (needsNodePorts(previous) && needsNodePorts(next)) carryNodePorts(next, previous);
  else if (needsNodePorts(previous)) dropNodePorts(next, previous);
  if (needsHealthCheckPort(next)) spec.healthCheckNodePort ||= before.healthCheckNodePort;
  else if (spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort;
  dropTypeFields(next, previous);
}

/** Settings a type has no use for go with the type, unless the client set them anew. */
function dropTypeFields(next: Service, previous: Service): void {
  const isBalanced = ({ spec }: Service) => spec.type === "LoadBalancer";
  const isInternal = ({ spec }: Service) => spec.type !== "ExternalName";
  const rules = [
    ["allocateLoadBalancerNodePorts", isBalanced],
    ["loadBalancerClass", isBalanced],
    ["externalTrafficPolicy", isReachedFromOutside],
    ["internalTrafficPolicy", isInternal],
  ] as const;
  for (const [field, isOf] of rules) {
    const isSame = next.spec[field] === previous.spec[field];
    if (isOf(previous) && !isOf(next) && isSame) delete next.spec[field];
  }
}

function isReachedFromOutside({ spec }: Service): boolean {
  const hasAddress = spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0;
  return spec.type === "NodePort" || spec.type === "LoadBalancer" || hasAddress;
}

function carryNodePorts(next: Service, previous: Service): void {
  const used = new Set(next.spec.ports?.map((port) => port.nodePort ?? 0));
  for (const port of next.spec.ports ?? []) {
    if ((port.nodePort ?? 0) !== 0) continue;
    const before = previous.spec.ports?.find((each) => each.port === port.port && each.protocol === port.protocol);
    if (before?.nodePort === undefined || used.has(before.nodePort)) continue;
    port.nodePort = before.nodePort;
  }
}

function dropNodePorts(next: Service, previous: Service): void {
  const before = new Set(previous.spec.ports?.map((port) => port.nodePort));
  if (next.spec.type === "LoadBalancer") return;
  for (const port of next.spec.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
}

/** Fills the dual fields of a cluster that has IPv4 alone. Returns what cannot be had. */
export function fillFamilies(service: Service): FieldError[] {
  const { spec } = service;
  if (!needsClusterIp(service)) return [];
  const isOpenHeadless = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  if (isOpenHeadless) {
    spec.ipFamilyPolicy ??= "RequireDualStack";
    const both = spec.ipFamilyPolicy !== "SingleStack";
    if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = both ? ["IPv4", "IPv6"] : ["IPv4"];
    return [];
  }
  spec.ipFamilyPolicy ??= "SingleStack";
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === "RequireDualStack") {
    const why = "this cluster is not configured for dual-stack services";
    errors.push(invalidError("spec.ipFamilyPolicy", spec.ipFamilyPolicy, why));
  }
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (family === "IPv6")
      errors.push(invalidError(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
  }
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = ["IPv4"];
  return errors;
}
