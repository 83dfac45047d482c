import type { DraftOf } from "../schema/schema.ts";
import type { ServiceSpec, ServiceStatus } from "./service.ts";

/** Three hours, kube-apiserver's default for a client that sticks to a pod. */
const AFFINITY_TIMEOUT_SECONDS = 10_800;

/** The defaults of a Service that depend on other fields. */
export function setServiceDefaults(
  spec: DraftOf<typeof ServiceSpec>,
  status: DraftOf<typeof ServiceStatus> | undefined,
): void {
  const type = spec.type || "ClusterIP";
  setAffinityDefaults(spec);
  for (const port of spec.ports ?? []) {
    if (!port.targetPort) port.targetPort = port.port;
  }
  const external = type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && spec.externalIPs?.length);
  if (external) spec.externalTrafficPolicy ||= "Cluster";
  if (type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (type !== "LoadBalancer") return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of status?.loadBalancer?.ingress ?? []) {
    if (ingress.ip) ingress.ipMode ??= "VIP";
  }
}

function setAffinityDefaults(spec: DraftOf<typeof ServiceSpec>): void {
  if (spec.sessionAffinity === "ClientIP") {
    const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_TIMEOUT_SECONDS;
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } };
  } else if (!spec.sessionAffinity || spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
}
