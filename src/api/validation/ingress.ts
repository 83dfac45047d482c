import type { TypedLocalObjectReference } from "../core/reference.ts";
import type { HTTPIngressPath, IngressRule, IngressSpec, IngressTLS } from "../networking/ingress.ts";
import type { IngressBackend } from "../networking/ingress_backend.ts";
import type { IngressStatus } from "../networking/ingress_status.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkIp, parseIp } from "./ip.ts";
import { dnsLabel, dnsSubdomain, pathSegment, portName, portNumber, wildcardSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

/** How the class was named before there was a field for it. */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDINGS = ["/..", "/."];
const NOT_AN_IP = "must be a DNS name, not an IP address";

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: IngressSpec;
}

export function validateIngress({ metadata, spec }: Checked): FieldError[] {
  return reportOf((report) => {
    checkSpec(report, spec);
    // Objects that have been stored are not asked again; they have a version.
    const named = metadata.annotations?.[CLASS_ANNOTATION];
    const { ingressClassName } = spec;
    const isNew = !metadata.resourceVersion;
    if (isNew && named !== undefined && ingressClassName !== undefined && named !== ingressClassName) {
      const rule = "must match `ingressClassName` when both are specified";
      report.invalid(`annotations.${CLASS_ANNOTATION}`, named, rule);
    }
  });
}

function checkSpec(report: Report, { rules = [], defaultBackend, tls = [], ingressClassName }: IngressSpec): void {
  if (rules.length === 0 && defaultBackend === undefined) {
    report.invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend) checkBackend(report, "spec.defaultBackend", defaultBackend);
  for (const [i, rule] of rules.entries()) checkRule(report, `spec.rules[${i}]`, rule);
  for (const [i, each] of tls.entries()) checkTls(report, `spec.tls[${i}]`, each);
  if (ingressClassName !== undefined) report.check("spec.ingressClassName", ingressClassName, dnsSubdomain);
}

function checkHost(report: Report, path: string, host: string): void {
  report.check(path, host, host.includes("*") ? wildcardSubdomain : dnsSubdomain);
}

function checkTls(report: Report, path: string, { hosts = [], secretName = "" }: IngressTLS): void {
  for (const [i, host] of hosts.entries()) checkHost(report, `${path}.hosts[${i}]`, host);
  if (secretName !== "") report.check(`${path}.secretName`, secretName, dnsSubdomain);
}

function checkRule(report: Report, path: string, { host = "", http }: IngressRule): void {
  if (host !== "") {
    if (parseIp(host)) report.invalid(`${path}.host`, host, NOT_AN_IP);
    checkHost(report, `${path}.host`, host);
  }
  if (!http) return;
  if (http.paths.length === 0) report.required(`${path}.http.paths`);
  for (const [i, each] of http.paths.entries()) checkPath(report, `${path}.http.paths[${i}]`, each);
}

function checkPath(report: Report, path: string, { path: text = "", pathType, backend }: HTTPIngressPath): void {
  if (pathType === undefined) {
    report.required(`${path}.pathType`, "pathType must be specified");
    return;
  }
  const at = `${path}.path`;
  const isExact = pathType === "Exact" || pathType === "Prefix";
  if (!isExact && pathType !== "ImplementationSpecific") {
    report.notSupported(`${path}.pathType`, pathType, ["Exact", "ImplementationSpecific", "Prefix"]);
  } else if (!text.startsWith("/") && (isExact || text !== "")) report.invalid(at, text, "must be an absolute path");
  if (isExact) {
    for (const each of BAD_SEQUENCES) if (text.includes(each)) report.invalid(at, text, `must not contain '${each}'`);
    for (const each of BAD_ENDINGS) if (text.endsWith(each)) report.invalid(at, text, `cannot end with '${each}'`);
  }
  checkBackend(report, `${path}.backend`, backend);
}

function checkBackend(report: Report, path: string, { service, resource }: IngressBackend): void {
  if (resource && service) report.invalid(path, "", "cannot set both resource and service backends");
  else if (resource) checkReference(report, `${path}.resource`, resource);
  else if (service) {
    if (service.name === "") report.required(`${path}.service.name`);
    else report.check(`${path}.service.name`, service.name, dnsLabel);
    const { name = "", number = 0 } = service.port;
    if (name !== "" && number !== 0) report.invalid(path, "", "cannot set both port name & port number");
    else if (name !== "") report.check(`${path}.service.port.name`, name, portName);
    else if (number !== 0) report.checkNumber(`${path}.service.port.number`, number, portNumber);
    else report.required(path, "port name or number is required");
  } else report.invalid(path, "", "resource or service backend is required");
}

function checkReference(report: Report, path: string, { apiGroup, kind, name }: TypedLocalObjectReference): void {
  if (apiGroup !== undefined) report.check(`${path}.apiGroup`, apiGroup, dnsSubdomain);
  checkSegment(report, `${path}.kind`, kind);
  checkSegment(report, `${path}.name`, name);
}

/** A name that must be given and is one segment of a path. */
export function checkSegment(report: Report, path: string, text: string | undefined): void {
  if (!text) report.required(path);
  else report.check(path, text, pathSegment);
}

interface CheckedStatus {
  readonly status: IngressStatus;
}

export function validateIngressStatusUpdate({ status }: CheckedStatus, previous: CheckedStatus): FieldError[] {
  const known = (previous.status.loadBalancer.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return reportOf((report) => {
    for (const [i, { ip, hostname }] of (status.loadBalancer.ingress ?? []).entries()) {
      const path = `status.loadBalancer.ingress[${i}]`;
      if (ip) checkIp(report, `${path}.ip`, ip, known);
      if (!hostname) continue;
      report.check(`${path}.hostname`, hostname, dnsSubdomain);
      if (parseIp(hostname)) report.invalid(`${path}.hostname`, hostname, NOT_AN_IP);
    }
  });
}
