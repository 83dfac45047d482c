import type { ServicePort, ServiceSpec } from "./service.ts";

interface Typed {
  readonly spec: ServiceSpec;
}

/**
 * When a Service's type changes, fields that only the old type has and that the client sent back as they were are
 * dropped, so that changing one word is enough (registry/core/service/strategy.go, dropTypeDependentFields).
 */
export function dropFieldsOfOldType(next: Typed, previous: Typed | undefined): void {
  if (previous === undefined || next.spec.type === previous.spec.type) return;
  const now = next.spec;
  const before = previous.spec;
  if (hasNodePorts(before) && !hasNodePorts(now) && samePorts(now.ports, before.ports)) {
    for (const port of now.ports ?? []) delete port.nodePort;
  }
  if (now.type === "ExternalName" && now.clusterIP === before.clusterIP) {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] as const) {
      delete now[field];
    }
  }
  if (!hasNodePorts(now) && now.externalTrafficPolicy === before.externalTrafficPolicy)
    delete now.externalTrafficPolicy;
  if (now.healthCheckNodePort === before.healthCheckNodePort && now.externalTrafficPolicy !== "Local") {
    delete now.healthCheckNodePort;
  }
  if (before.type !== "LoadBalancer") return;
  if (now.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts)
    delete now.allocateLoadBalancerNodePorts;
  if (now.loadBalancerClass === before.loadBalancerClass) delete now.loadBalancerClass;
}

function hasNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

function samePorts(a: readonly ServicePort[] = [], b: readonly ServicePort[] = []): boolean {
  return a.length === b.length && a.every((port, at) => (port.nodePort ?? 0) === (b[at]?.nodePort ?? 0));
}
