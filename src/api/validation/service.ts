import type { ServicePort, ServiceSpec, ServiceStatus } from "../core/service.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkProtocol } from "./container.ts";
import { checkCidr, checkEndpointIp, checkIp } from "./ip.ts";
import { checkLabels } from "./labels.ts";
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from "./names.ts";
import { checkPort } from "./probes.ts";
import { reportOf, type Report } from "./report.ts";
import { checkClusterIps, checkClusterIpsUpdate, checkFamiliesUpdate, isHeadless } from "./service_ips.ts";

export interface CheckedService {
  readonly metadata: ObjectMeta;
  readonly spec: ServiceSpec;
  readonly status: ServiceStatus;
}

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";
const AFFINITY_SECONDS_MAX = 86_400;

export function validateService(service: CheckedService): FieldError[] {
  return reportOf((report) => checkService(report, service, undefined));
}

/** What is wrong with the addresses and families a Service asks for, before it is given any. */
export function validateServiceIps(next: CheckedService, previous: CheckedService | undefined): FieldError[] {
  return reportOf((report) => checkClusterIps(report, next.spec, previous?.spec));
}

function checkService(report: Report, { metadata, spec }: CheckedService, previous: CheckedService | undefined): void {
  const { [HINTS]: hints, [MODE]: mode } = metadata.annotations ?? {};
  if (hints !== undefined && mode !== undefined && hints !== mode) {
    const rule = `must match annotations[${HINTS}] when both are specified`;
    report.invalid(`metadata.annotations[${MODE}]`, mode, rule);
  }
  checkType(report, spec);
  const names = new Set<string>();
  for (const [i, port] of (spec.ports ?? []).entries()) {
    checkServicePort(report, `spec.ports[${i}]`, port, { names, isNameRequired: (spec.ports ?? []).length > 1 });
  }
  checkLabels(report, "spec.selector", spec.selector);
  checkAffinity(report, spec);
  checkClusterIps(report, spec, previous?.spec);
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    const at = `spec.externalIPs[${i}]`;
    if (checkIp(report, at, ip, previous?.spec.externalIPs)) checkEndpointIp(report, at, ip);
  }
  report.oneOf("spec.type", spec.type, TYPES);
  checkPortClashes(report, spec);
  checkSourceRanges(report, metadata, spec, previous);
  checkLoadBalancer(report, spec);
  checkTraffic(report, spec);
}

function checkType(report: Report, spec: ServiceSpec): void {
  const { type, ports = [], clusterIPs = [] } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") report.required("spec.ports");
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    report.invalid("spec.clusterIPs[0]", clusterIPs[0], `may not be set to 'None' for ${type} services`);
  }
  if (type !== "ExternalName") return;
  const rule = "may not be set for ExternalName services";
  if (clusterIPs.length > 0) report.forbidden("spec.clusterIPs", rule);
  if (spec.ipFamilies?.length) report.forbidden("spec.ipFamilies", rule);
  if (spec.ipFamilyPolicy !== undefined) report.forbidden("spec.ipFamilyPolicy", rule);
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") report.required("spec.externalName");
  else report.check("spec.externalName", name, dnsSubdomain);
}

function checkServicePort(
  report: Report,
  path: string,
  port: ServicePort,
  { names, isNameRequired }: { names: Set<string>; isNameRequired: boolean },
): void {
  if (port.name) {
    report.check(`${path}.name`, port.name, dnsLabel);
    if (names.has(port.name)) report.duplicate(`${path}.name`, port.name);
    names.add(port.name);
  } else if (isNameRequired) report.required(`${path}.name`);
  report.checkNumber(`${path}.port`, port.port, portNumber);
  checkProtocol(report, `${path}.protocol`, port.protocol);
  checkPort(report, `${path}.targetPort`, port.targetPort ?? 0);
  if (port.appProtocol !== undefined) report.check(`${path}.appProtocol`, port.appProtocol, qualifiedName);
}

function checkPortClashes(report: Report, { type, ports = [] }: ServiceSpec): void {
  if (type === "ClusterIP") {
    for (const [i, port] of ports.entries()) {
      if (port.nodePort) report.forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    }
  }
  const [nodePorts, own] = [new Set<string>(), new Set<string>()];
  for (const [i, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) report.duplicate(`spec.ports[${i}].nodePort`, nodePort);
    nodePorts.add(key);
  }
  for (const [i, { port, protocol }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    const shown = { Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    if (own.has(key)) report.duplicate(`spec.ports[${i}]`, shown);
    own.add(key);
  }
}

function checkAffinity(report: Report, { sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): void {
  report.oneOf("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"]);
  const path = "spec.sessionAffinityConfig";
  const rule = "when session affinity type is ClientIP";
  if (sessionAffinity === "None" && config) {
    report.forbidden(path, "must not be set when session affinity is None");
  }
  if (sessionAffinity !== "ClientIP") return;
  const seconds = config?.clientIP?.timeoutSeconds;
  if (config === undefined) report.required(path, rule);
  else if (config.clientIP === undefined) report.required(`${path}.clientIP`, rule);
  else if (seconds === undefined) report.required(`${path}.clientIP.timeoutSeconds`, rule);
  else if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
    const range = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
    report.invalid(`${path}.clientIP.timeoutSeconds`, seconds, range);
  }
}

function checkSourceRanges(
  report: Report,
  metadata: ObjectMeta,
  spec: ServiceSpec,
  previous: CheckedService | undefined,
): void {
  const rule = "may only be used when `type` is 'LoadBalancer'";
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (spec.loadBalancerSourceRanges?.length) {
    const path = "spec.LoadBalancerSourceRanges";
    if (spec.type !== "LoadBalancer") report.forbidden(path, rule);
    const known = (previous?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    for (const [i, range] of spec.loadBalancerSourceRanges.entries()) {
      checkCidr(report, `${path}[${i}]`, range.trim(), known);
    }
  } else if (annotation !== undefined) {
    const path = `metadata.annotations[${SOURCE_RANGES}]`;
    if (spec.type !== "LoadBalancer") report.forbidden(path, rule);
    const isNew = previous?.metadata.annotations?.[SOURCE_RANGES] !== annotation;
    if (!isNew || annotation.trim() === "") return;
    for (const range of annotation.split(",")) checkCidr(report, path, range.trim());
  }
}

function checkLoadBalancer(report: Report, spec: ServiceSpec): void {
  const isBalanced = spec.type === "LoadBalancer";
  const rule = "may only be used when `type` is 'LoadBalancer'";
  const allocates = spec.allocateLoadBalancerNodePorts;
  if (allocates !== undefined && !isBalanced) report.forbidden("spec.allocateLoadBalancerNodePorts", rule);
  if (allocates === undefined && isBalanced) report.required("allocateLoadBalancerNodePorts");
  if (spec.loadBalancerClass === undefined) return;
  if (isBalanced) report.check("spec.loadBalancerClass", spec.loadBalancerClass, qualifiedName);
  else report.forbidden("spec.loadBalancerClass", rule);
}

function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

function checkTraffic(report: Report, spec: ServiceSpec): void {
  const external = spec.externalTrafficPolicy ?? "";
  const isExternal =
    spec.type === "LoadBalancer" ||
    spec.type === "NodePort" ||
    (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
  if (isExternal) report.oneOf("spec.externalTrafficPolicy", external, ["Cluster", "Local"]);
  else if (external !== "") {
    report.invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");
  }
  const port = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec)) {
    const rule = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    if (port !== 0) report.invalid("spec.healthCheckNodePort", port, rule);
  } else if (port === 0) report.required("spec.healthCheckNodePort");
  else report.checkNumber("spec.healthCheckNodePort", port, portNumber);
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (spec.type !== "ExternalName" && TYPES.includes(spec.type)) report.required("spec.internalTrafficPolicy");
  } else if (internal !== "Cluster" && internal !== "Local") {
    report.notSupported("spec.internalTrafficPolicy", internal, ["Cluster", "Local"]);
  }
  const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !distributions.includes(distribution)) {
    report.notSupported("spec.trafficDistribution", distribution, distributions);
  }
}

export function validateServiceUpdate(next: CheckedService, previous: CheckedService): FieldError[] {
  return reportOf((report) => {
    checkClusterIpsUpdate(report, next.spec, previous.spec);
    checkFamiliesUpdate(report, next.spec, previous.spec);
    const bothBalanced = next.spec.type === "LoadBalancer" && previous.spec.type === "LoadBalancer";
    if (bothBalanced && next.spec.loadBalancerClass !== previous.spec.loadBalancerClass) {
      report.invalid("spec.loadBalancerClass", next.spec.loadBalancerClass, "may not change once set");
    }
    const bothChecked = needsHealthCheck(next.spec) && needsHealthCheck(previous.spec);
    if (bothChecked && next.spec.healthCheckNodePort !== previous.spec.healthCheckNodePort) {
      report.forbidden("spec.healthCheckNodePort", "field is immutable");
    }
  });
}

export function validateServiceStatusUpdate({ spec, status }: CheckedService, previous: CheckedService): FieldError[] {
  return reportOf((report) => {
    const path = "status.loadBalancer.ingress";
    const ingress = status.loadBalancer.ingress ?? [];
    if (spec.type !== "LoadBalancer" && ingress.length > 0) {
      report.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
      return;
    }
    const known = (previous.status.loadBalancer.ingress ?? []).flatMap((each) => (each.ip ? [each.ip] : []));
    for (const [i, { ip, ipMode, hostname }] of ingress.entries()) {
      const at = `${path}[${i}]`;
      if (ip) checkIp(report, `${at}.ip`, ip, known);
      if (ipMode === undefined) {
        if (ip) report.required(`${at}.ipMode`, "must be specified when `ip` is set");
      } else if (!ip) report.forbidden(`${at}.ipMode`, "may not be specified when `ip` is not set");
      else if (ipMode !== "VIP" && ipMode !== "Proxy") report.notSupported(`${at}.ipMode`, ipMode, ["Proxy", "VIP"]);
      if (!hostname) continue;
      report.check(`${at}.hostname`, hostname, dnsSubdomain);
      if (/^[0-9.]+$/.test(hostname) && hostname.split(".").length === 4) {
        report.invalid(`${at}.hostname`, hostname, "must be a DNS name, not an IP address");
      }
    }
  });
}
