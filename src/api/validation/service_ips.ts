import type { ServiceSpec } from "../core/service.ts";
import { checkIp, ipFamily, isDualStack } from "./ip.ts";
import type { Report } from "./report.ts";

const FAMILIES = ["IPv4", "IPv6"];
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const PATH = "spec.clusterIPs";

/** A service without an address of its own. */
export function isHeadless({ clusterIPs = [] }: ServiceSpec): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === "None";
}

export function checkClusterIps(report: Report, spec: ServiceSpec, previous: ServiceSpec | undefined): void {
  if (spec.type === "ExternalName") return;
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy: policy } = spec;
  if (clusterIP === "") {
    if (clusterIPs.length > 0) report.invalid(PATH, clusterIPs, "must be empty when `clusterIP` is not specified");
  } else if (clusterIPs.length === 0) report.required(PATH);
  else if (clusterIPs[0] !== clusterIP) report.invalid(PATH, clusterIPs, "first value must match `clusterIP`");
  for (const [i, family] of ipFamilies.entries()) {
    const at = `spec.ipFamilies[${i}]`;
    if (!FAMILIES.includes(family)) report.notSupported(at, family, FAMILIES);
    if (ipFamilies.indexOf(family) < i) report.duplicate(at, family);
  }
  if (policy !== undefined && !POLICIES.includes(policy)) {
    report.notSupported("spec.ipFamilyPolicy", policy, POLICIES);
  }
  if (checkAddresses(report, clusterIPs, previous?.clusterIPs)) checkFamilies(report, spec);
}

/** Whether each address can be read. */
function checkAddresses(report: Report, addresses: readonly string[], known: readonly string[] | undefined): boolean {
  let isGood = true;
  for (const [i, address] of addresses.entries()) {
    if (i === 0 && address === "None") {
      if (addresses.length === 1) continue;
      report.invalid(PATH, addresses, "'None' must be the first and only value");
      isGood = false;
    } else isGood = checkIp(report, `${PATH}[${i}]`, address, known) && isGood;
  }
  if (addresses.length > 2) report.invalid(PATH, addresses, "may only hold up to 2 values");
  return isGood;
}

function checkFamilies(report: Report, spec: ServiceSpec): void {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  if (clusterIPs.length > 1 && !isDualStack(clusterIPs)) {
    report.invalid(PATH, clusterIPs, "may specify no more than one IP for each IP family");
  }
  if (isHeadless(spec)) return;
  for (const [i, address] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === undefined || !FAMILIES.includes(family) || ipFamily(address) === family) continue;
    report.invalid(`${PATH}[${i}]`, address, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``);
  }
}

const ONCE = "may not change once set";

/** The first address is for life; a second one may come and go. */
export function checkClusterIpsUpdate(report: Report, next: ServiceSpec, previous: ServiceSpec): void {
  if (next.type === "ExternalName" || previous.type === "ExternalName") return;
  if (isHeadless(next) && isHeadless(previous)) return;
  const [now, before] = [next.clusterIPs ?? [], previous.clusterIPs ?? []];
  const isFirstKept = before.length === 0 || now.length === 0 || now[0] === before[0];
  if (before.length === now.length) {
    for (const [i, address] of before.entries()) {
      if (address !== now[i]) report.invalid(`${PATH}[${i}]`, now, ONCE);
    }
    return;
  }
  if (now.length === 0) report.invalid(`${PATH}[0]`, now, "primary clusterIP can not be unset");
  if (!isFirstKept) report.invalid(`${PATH}[0]`, now, ONCE);
  if (before.length > now.length && now.length === 1 && next.ipFamilyPolicy !== "SingleStack") {
    const rule = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    report.invalid("spec.ipFamilyPolicy", next.ipFamilyPolicy, rule);
  }
}

export function checkFamiliesUpdate(report: Report, next: ServiceSpec, previous: ServiceSpec): void {
  if (next.type === "ExternalName" || previous.type === "ExternalName") return;
  if (isHeadless(next) || isHeadless(previous)) return;
  const path = "spec.ipFamilies[0]";
  const [now, before] = [next.ipFamilies ?? [], previous.ipFamilies ?? []];
  if (before.length === now.length) {
    for (const [i, family] of before.entries()) if (family !== now[i]) report.invalid(path, now, ONCE);
    return;
  }
  const isShorter = before.length > now.length;
  if (isShorter && (next.clusterIPs ?? []).length === 0) report.invalid(path, now, "primary ipFamily can not be unset");
  if (before.length > 0 && now.length > 0 && now[0] !== before[0]) report.invalid(path, next.clusterIPs ?? [], ONCE);
  if (isShorter && now.length === 1 && next.ipFamilyPolicy !== "SingleStack") {
    const rule = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    report.invalid("spec.ipFamilyPolicy", next.ipFamilyPolicy, rule);
  }
}
