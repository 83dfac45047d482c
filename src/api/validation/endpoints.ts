import { equalJson } from "../json.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset } from "../core/endpoints.ts";
import type { Endpoint, EndpointHints, EndpointPort as SlicePort } from "../discovery/endpointslice.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkProtocol } from "./container.ts";
import { checkEndpointIp, checkIp, parseIp } from "./ip.ts";
import { checkLabels } from "./labels.ts";
import { dnsLabel, dnsSubdomain, labelValue, portNumber, qualifiedName } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

export function validateEndpoints({
  subsets,
}: {
  readonly subsets?: readonly EndpointSubset[] | undefined;
}): FieldError[] {
  return reportOf((report) => {
    for (const [i, subset] of (subsets ?? []).entries()) {
      const at = `subsets[${i}]`;
      const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
      if (addresses.length === 0 && notReadyAddresses.length === 0) {
        report.required(at, "must specify `addresses` or `notReadyAddresses`");
      }
      for (const [j, address] of addresses.entries()) checkAddress(report, `${at}.addresses[${j}]`, address);
      for (const [j, address] of notReadyAddresses.entries()) {
        checkAddress(report, `${at}.notReadyAddresses[${j}]`, address);
      }
      for (const [j, port] of ports.entries()) checkEndpointPort(report, `${at}.ports[${j}]`, port, ports.length > 1);
    }
  });
}

function checkAddress(report: Report, path: string, address: EndpointAddress): void {
  const isIp = checkIp(report, `${path}.ip`, address.ip);
  if (address.hostname) report.check(`${path}.hostname`, address.hostname, dnsLabel);
  if (address.nodeName !== undefined) report.check(`${path}.nodeName`, address.nodeName, dnsSubdomain);
  if (isIp) checkEndpointIp(report, `${path}.ip`, address.ip);
}

function checkEndpointPort(report: Report, path: string, port: EndpointPort, isNameRequired: boolean): void {
  if (port.name) report.check(`${path}.name`, port.name, dnsLabel);
  else if (isNameRequired) report.required(`${path}.name`);
  report.checkNumber(`${path}.port`, port.port, portNumber);
  checkProtocol(report, `${path}.protocol`, port.protocol);
  if (port.appProtocol !== undefined) report.check(`${path}.appProtocol`, port.appProtocol, qualifiedName);
}

const LIMITS = { endpointsMax: 1000, addressesMax: 100, portsMax: 20_000, hintsMax: 8, topologyMax: 16 } as const;

interface Slice {
  readonly addressType: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly SlicePort[];
}

export function validateEndpointSlice(slice: Slice): FieldError[] {
  return reportOf((report) => {
    report.oneOf("addressType", slice.addressType, ["FQDN", "IPv4", "IPv6"]);
    checkSlicePorts(report, slice.ports);
    if (slice.endpoints.length > LIMITS.endpointsMax) {
      report.tooMany("endpoints", slice.endpoints.length, LIMITS.endpointsMax);
      return;
    }
    for (const [i, endpoint] of slice.endpoints.entries()) {
      checkEndpoint(report, `endpoints[${i}]`, endpoint, slice.addressType);
    }
  });
}

function checkSlicePorts(report: Report, ports: readonly SlicePort[]): void {
  if (ports.length > LIMITS.portsMax) {
    report.tooMany("ports", ports.length, LIMITS.portsMax);
    return;
  }
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `ports[${i}]`;
    const name = port.name ?? "";
    if (name !== "") report.check(`${at}.name`, name, dnsLabel);
    if (names.has(name)) report.duplicate(`${at}.name`, name);
    names.add(name);
    checkProtocol(report, `${at}.protocol`, port.protocol);
    if (port.appProtocol !== undefined) report.check(`${at}.appProtocol`, port.appProtocol, qualifiedName);
  }
}

function checkEndpoint(report: Report, path: string, endpoint: Endpoint, type: string): void {
  const addresses = `${path}.addresses`;
  const count = endpoint.addresses.length;
  if (count === 0) report.required(addresses, "must contain at least 1 address");
  else if (count > LIMITS.addressesMax) report.tooMany(addresses, count, LIMITS.addressesMax);
  for (const [i, address] of endpoint.addresses.entries()) {
    const at = `${addresses}[${i}]`;
    if (type === "FQDN") checkDomain(report, at, address);
    else if ((type === "IPv4" || type === "IPv6") && checkIp(report, at, address)) {
      if (parseIp(address)?.family !== type) report.invalid(addresses, address, `must be an ${type} address`);
      checkEndpointIp(report, at, address);
    }
  }
  if (endpoint.nodeName !== undefined) report.check(`${path}.nodeName`, endpoint.nodeName, dnsSubdomain);
  const topology = Object.keys(endpoint.deprecatedTopology ?? {}).length;
  if (topology > LIMITS.topologyMax) report.tooMany(`${path}.deprecatedTopology`, topology, LIMITS.topologyMax);
  checkLabels(report, `${path}.deprecatedTopology`, endpoint.deprecatedTopology);
  if (endpoint.hostname !== undefined) report.check(`${path}.hostname`, endpoint.hostname, dnsLabel);
  if (endpoint.hints) checkHints(report, `${path}.hints`, endpoint.hints);
}

function checkDomain(report: Report, path: string, domain: string): void {
  if (domain === "") return report.required(path);
  const name = domain.replace(/\.$/, "");
  const problems = dnsSubdomain(name);
  if (problems.length > 0) return report.invalid(path, name, problems.join(","));
  if (!name.includes(".")) {
    return report.invalid(path, name, "should be a domain with at least two segments separated by dots");
  }
  const bad = name.split(".").find((label) => dnsLabel(label).length > 0);
  if (bad !== undefined) report.invalid(path, bad, dnsLabel(bad).join(","));
}

function checkHints(report: Report, path: string, hints: EndpointHints): void {
  const lists = [
    ["forZones", hints.forZones ?? [], labelValue],
    ["forNodes", hints.forNodes ?? [], dnsSubdomain],
  ] as const;
  for (const [field, list, rule] of lists) {
    if (list.length > LIMITS.hintsMax) return report.tooMany(`${path}.${field}`, list.length, LIMITS.hintsMax);
    for (const [i, { name }] of list.entries()) {
      const at = `${path}.${field}[${i}].name`;
      if (list.findIndex((other) => other.name === name) < i) report.duplicate(at, name);
      report.check(at, name, rule);
    }
  }
}

export function validateEndpointSliceUpdate(next: Slice, previous: Slice): FieldError[] {
  const isSame = equalJson(next.addressType, previous.addressType);
  return reportOf((report) => report.immutable("addressType", next.addressType, isSame));
}
