import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from "../networking/networkpolicy.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkCidr, isStrictlyWithin } from "./ip.ts";
import { checkLabelSelector } from "./labels.ts";
import { portName, portNumber } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const TYPES = ["Ingress", "Egress"];

export function validateNetworkPolicy({ spec }: { readonly spec: NetworkPolicySpec }): FieldError[] {
  return reportOf((report) => {
    checkLabelSelector(report, "spec.podSelector", spec.podSelector);
    for (const [i, { ports, from }] of (spec.ingress ?? []).entries()) {
      checkPorts(report, `spec.ingress[${i}].ports`, ports);
      checkPeers(report, `spec.ingress[${i}].from`, from);
    }
    for (const [i, { ports, to }] of (spec.egress ?? []).entries()) {
      checkPorts(report, `spec.egress[${i}].ports`, ports);
      checkPeers(report, `spec.egress[${i}].to`, to);
    }
    const types = spec.policyTypes ?? [];
    if (types.length > TYPES.length) {
      report.invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
      return;
    }
    for (const [i, type] of types.entries()) {
      if (!TYPES.includes(type)) report.notSupported(`spec.policyTypes[${i}]`, type, TYPES);
    }
  });
}

function checkPorts(report: Report, path: string, ports: readonly NetworkPolicyPort[] | undefined): void {
  for (const [i, port] of (ports ?? []).entries()) checkPort(report, `${path}[${i}]`, port);
}

function checkPort(report: Report, path: string, { protocol, port, endPort }: NetworkPolicyPort): void {
  if (!PROTOCOLS.includes(protocol)) report.notSupported(`${path}.protocol`, protocol, PROTOCOLS);
  const end = `${path}.endPort`;
  if (port === undefined) {
    if (endPort !== undefined) report.invalid(end, endPort, "may not be specified when `port` is not specified");
  } else if (typeof port === "string") {
    if (endPort !== undefined) report.invalid(end, endPort, "may not be specified when `port` is non-numeric");
    report.check(`${path}.port`, port, portName);
  } else {
    report.checkNumber(`${path}.port`, port, portNumber);
    if (endPort === undefined) return;
    if (endPort < port) report.invalid(end, endPort, "must be greater than or equal to `port`");
    report.checkNumber(end, endPort, portNumber);
  }
}

function checkPeers(report: Report, path: string, peers: readonly NetworkPolicyPeer[] | undefined): void {
  for (const [i, { podSelector, namespaceSelector, ipBlock }] of (peers ?? []).entries()) {
    const at = `${path}[${i}]`;
    checkLabelSelector(report, `${at}.podSelector`, podSelector);
    checkLabelSelector(report, `${at}.namespaceSelector`, namespaceSelector);
    if (ipBlock) checkBlock(report, `${at}.ipBlock`, ipBlock);
    if (!podSelector && !namespaceSelector && !ipBlock) report.required(at, "must specify a peer");
    else if (ipBlock && (podSelector || namespaceSelector)) {
      report.forbidden(at, "may not specify both ipBlock and another peer");
    }
  }
}

function checkBlock(report: Report, path: string, { cidr, except = [] }: IPBlock): void {
  if (cidr === "") {
    report.required(`${path}.cidr`);
    return;
  }
  checkCidr(report, `${path}.cidr`, cidr);
  for (const [i, each] of except.entries()) {
    checkCidr(report, `${path}.except[${i}]`, each);
    const isWithin = isStrictlyWithin(each, cidr);
    if (isWithin === false) report.invalid(`${path}.except[${i}]`, each, "must be a strict subset of `cidr`");
  }
}
