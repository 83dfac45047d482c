import type { PodDNSConfig, PodSpec } from "../core/pod_spec.ts";
import { checkAffinity, checkSpreadConstraints, checkTolerations } from "./affinity.ts";
import { allContainers, checkContainers, checkEphemeralContainers, checkInitContainers } from "./containers.ts";
import { checkIp } from "./ip.ts";
import { checkLabels } from "./labels.ts";
import { byteLength, dnsLabel, dnsSubdomain, qualifiedName, rangeText, regexText } from "./names.ts";
import { checkPodResources, checkResourceClaims } from "./pod_resources.ts";
import type { Report } from "./report.ts";
import { checkRequirements } from "./resources.ts";
import { checkPodSecurity } from "./security.ts";
import { checkVolumes } from "./volumes.ts";
import { checkOperatingSystem } from "./pod_os.ts";

const LIMITS = {
  secondsMax: 2 ** 31 - 1,
  nameserversMax: 3,
  searchPathsMax: 32,
  searchBytesMax: 2048,
  hostnameBytesMax: 64,
} as const;

/** What the checks of a pod's spec need to know of where it stands. */
export interface PodContext {
  /** Absent in a template. */
  readonly podName?: string | undefined;
  /** Whether this is a pod itself rather than a template of pods. */
  readonly isPod: boolean;
}

export function checkPodSpec(report: Report, path: string, spec: PodSpec, { podName, isPod }: PodContext): void {
  if (spec.terminationGracePeriodSeconds === undefined) report.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = checkVolumes(report, `${path}.volumes`, spec.volumes ?? [], { podName, isPod });
  const podClaims = new Set((spec.resourceClaims ?? []).map((claim) => claim.name).filter((name) => name !== ""));
  checkResourceClaims(report, `${path}.resourceClaims`, spec.resourceClaims ?? []);
  const context = {
    volumes,
    podClaims,
    restartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers !== false,
    gracePeriod: spec.terminationGracePeriodSeconds,
    os: spec.os?.name,
  };
  checkContainers(report, `${path}.containers`, spec.containers, context);
  checkInitContainers(report, `${path}.initContainers`, spec, context);
  checkEphemeralContainers(report, `${path}.ephemeralContainers`, spec, context);
  if (spec.resources) checkPodResources(report, `${path}.resources`, spec, podClaims);
  checkHostNetworkPorts(report, path, spec, isPod);
  report.oneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]);
  report.oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
  checkLabels(report, `${path}.nodeSelector`, spec.nodeSelector);
  checkPodSecurity(report, `${path}.securityContext`, spec.securityContext, spec);
  checkAffinity(report, `${path}.affinity`, spec.affinity);
  checkDns(report, `${path}.dnsConfig`, spec.dnsConfig, spec.dnsPolicy);
  checkScheduling(report, path, spec);
  checkHostUsers(report, path, spec);
  checkNames(report, path, spec);
  checkRest(report, path, spec);
}

function checkHostNetworkPorts(report: Report, path: string, spec: PodSpec, isPod: boolean): void {
  if (!spec.hostNetwork) return;
  for (const [i, container] of spec.containers.entries()) {
    for (const [j, port] of (container.ports ?? []).entries()) {
      const hostPort = port.hostPort ?? 0;
      if ((!isPod && hostPort === 0) || hostPort === port.containerPort) continue;
      const at = `${path}.containers[${i}].ports[${j}].hostPort`;
      report.invalid(at, hostPort, "must match `containerPort` when `hostNetwork` is true");
    }
  }
}

const SEARCH_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SEARCH = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`;
const SEARCH_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";

function checkDns(report: Report, path: string, config: PodDNSConfig | undefined, policy: string): void {
  if (policy === "None") {
    if (config === undefined) return report.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
    if (!config.nameservers?.length) {
      const rule = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      return report.required(`${path}.nameservers`, rule);
    }
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (nameservers.length > LIMITS.nameserversMax) {
    report.invalid(`${path}.nameservers`, nameservers, `must not have more than ${LIMITS.nameserversMax} nameservers`);
  }
  for (const [i, server] of nameservers.entries()) checkIp(report, `${path}.nameservers[${i}]`, server);
  if (searches.length > LIMITS.searchPathsMax) {
    report.invalid(`${path}.searches`, searches, `must not have more than ${LIMITS.searchPathsMax} search paths`);
  }
  if (byteLength(searches.join(" ")) > LIMITS.searchBytesMax) {
    const rule = `must not have more than ${LIMITS.searchBytesMax} characters (including spaces) in the search list`;
    report.invalid(`${path}.searches`, searches, rule);
  }
  for (const [i, search] of searches.entries()) checkSearch(report, `${path}.searches[${i}]`, search);
  for (const [i, option] of options.entries()) {
    if (!option.name) report.required(`${path}.options[${i}]`, "must not be empty");
  }
}

function checkSearch(report: Report, path: string, search: string): void {
  if (search === ".") return;
  const name = search.replace(/\.$/, "");
  if (byteLength(name) > 253) report.invalid(path, name, "must be no more than 253 characters");
  if (!new RegExp(`^${SEARCH}$`).test(name)) {
    report.invalid(path, name, regexText(SEARCH_RULE, SEARCH, "example.com"));
  }
}

function checkScheduling(report: Report, path: string, spec: PodSpec): void {
  for (const [i, gate] of (spec.readinessGates ?? []).entries()) {
    report.check(`${path}.readinessGates[${i}].conditionType`, gate.conditionType, qualifiedName);
  }
  const gates = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    report.check(`${path}.schedulingGates[${i}]`, name, qualifiedName);
    if (gates.has(name)) report.duplicate(`${path}.schedulingGates[${i}]`, name);
    gates.add(name);
  }
  checkSpreadConstraints(report, `${path}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []);
}

function checkHostUsers(report: Report, path: string, spec: PodSpec): void {
  if (spec.hostUsers !== false) return;
  const rule = "when `hostUsers` is false";
  if (spec.hostNetwork) report.forbidden(`${path}.hostNetwork`, rule);
  if (spec.hostPID) report.forbidden(`${path}.HostPID`, rule);
  if (spec.hostIPC) report.forbidden(`${path}.HostIPC`, rule);
  for (const [at, container] of allContainers(spec, path)) {
    if (container.volumeDevices?.length) report.forbidden(`${at}.volumeDevices`, rule);
  }
}

function checkNames(report: Report, path: string, spec: PodSpec): void {
  const override = spec.hostnameOverride;
  if (override !== undefined) {
    const at = `${path}.hostnameOverride`;
    if (spec.setHostnameAsFQDN) report.forbidden(at, "may not be specified when setHostnameAsFQDN is true");
    if (spec.hostNetwork) report.forbidden(at, "may not be specified when hostNetwork is true");
    if (byteLength(override) > LIMITS.hostnameBytesMax) report.tooLong(at, LIMITS.hostnameBytesMax);
    report.check(at, override, dnsSubdomain);
  }
  if (spec.serviceAccountName) report.check(`${path}.serviceAccountName`, spec.serviceAccountName, dnsSubdomain);
  if (spec.nodeName) report.check(`${path}.nodeName`, spec.nodeName, dnsSubdomain);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > LIMITS.secondsMax)) {
    report.invalid(`${path}.activeDeadlineSeconds`, deadline, rangeText(1, LIMITS.secondsMax));
  }
  if (spec.hostname) report.check(`${path}.hostname`, spec.hostname, dnsLabel);
  if (spec.subdomain) report.check(`${path}.subdomain`, spec.subdomain, dnsLabel);
}

function checkRest(report: Report, path: string, spec: PodSpec): void {
  checkTolerations(report, `${path}.tolerations`, spec.tolerations ?? []);
  for (const [i, alias] of (spec.hostAliases ?? []).entries()) {
    const at = `${path}.hostAliases[${i}]`;
    checkIp(report, `${at}.ip`, alias.ip);
    for (const [j, name] of (alias.hostnames ?? []).entries())
      report.check(`${at}.hostnames[${j}]`, name, dnsSubdomain);
  }
  if (spec.priorityClassName) report.check(`${path}.priorityClassName`, spec.priorityClassName, dnsSubdomain);
  if (spec.runtimeClassName !== undefined) {
    report.check(`${path}.runtimeClassName`, spec.runtimeClassName, dnsSubdomain);
  }
  if (spec.preemptionPolicy !== undefined) {
    report.oneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  }
  if (spec.overhead) {
    const overhead = { limits: spec.overhead };
    checkRequirements(report, `${path}.overhead`, overhead, { podClaims: new Set(), level: "container" });
  }
  checkOperatingSystem(report, path, spec);
  checkFileKeys(report, path, spec);
}

/** A variable taken from a file needs a volume that the containers of the pod share. */
function checkFileKeys(report: Report, path: string, spec: PodSpec): void {
  for (const [at, container] of allContainers(spec, path)) {
    for (const [i, variable] of (container.env ?? []).entries()) {
      const name = variable.valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) continue;
      const volume = (spec.volumes ?? []).find((each) => each.name === name);
      const volumeAt = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      if (volume === undefined) report.notFound(volumeAt, name);
      else if (!volume.emptyDir) report.invalid(volumeAt, name, "referenced volume must be of type emptyDir");
    }
  }
}
