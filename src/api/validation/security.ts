import type { AppArmorProfile, PodSecurityContext, SeccompProfile, SecurityContext } from "../core/security.ts";
import { byteLength, unixId } from "./names.ts";
import { checkDescendingPath } from "./paths.ts";
import type { Report } from "./report.ts";

const SYSCTL = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL_FORM = new RegExp(`^${SYSCTL}$`);
const LIMITS = { sysctlCharsMax: 253, appArmorBytesMax: 4095 } as const;

/** Sysctls of the network and IPC namespaces, by prefix. */
const NET_SYSCTL = "net.";
const IPC_SYSCTLS = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];

/** What the security of a pod depends on beside its security context. */
export interface HostSharing {
  readonly hostNetwork?: boolean | undefined;
  readonly hostPID?: boolean | undefined;
  readonly hostIPC?: boolean | undefined;
  readonly shareProcessNamespace?: boolean | undefined;
}

function checkId(report: Report, path: string, id: number | undefined): void {
  if (id !== undefined) report.checkNumber(path, id, unixId);
}

export function checkPodSecurity(
  report: Report,
  path: string,
  security: PodSecurityContext | undefined,
  host: HostSharing,
): void {
  checkId(report, `${path}.fsGroup`, security?.fsGroup);
  checkId(report, `${path}.runAsUser`, security?.runAsUser);
  checkId(report, `${path}.runAsGroup`, security?.runAsGroup);
  for (const [i, group] of (security?.supplementalGroups ?? []).entries()) {
    checkId(report, `${path}.supplementalGroups[${i}]`, group);
  }
  if (host.shareProcessNamespace && host.hostPID) {
    const rule = "ShareProcessNamespace and HostPID cannot both be enabled";
    report.invalid(`${path}.shareProcessNamespace`, true, rule);
  }
  if (security === undefined) return;
  checkSysctls(report, `${path}.sysctls`, security.sysctls ?? [], host);
  const choices = [
    ["fsGroupChangePolicy", ["Always", "OnRootMismatch"]],
    ["supplementalGroupsPolicy", ["Merge", "Strict"]],
    ["seLinuxChangePolicy", ["MountOption", "Recursive"]],
  ] as const;
  for (const [name, supported] of choices.slice(0, 1))
    checkChoice(report, `${path}.${name}`, security[name], supported);
  checkSeccomp(report, `${path}.seccompProfile`, security.seccompProfile);
  checkAppArmor(report, `${path}.appArmorProfile`, security.appArmorProfile);
  for (const [name, supported] of choices.slice(1)) checkChoice(report, `${path}.${name}`, security[name], supported);
}

function checkChoice(report: Report, path: string, value: string | undefined, supported: readonly string[]): void {
  if (value !== undefined && !supported.includes(value)) report.notSupported(path, value, supported);
}

function checkSysctls(
  report: Report,
  path: string,
  sysctls: readonly { readonly name: string }[],
  host: HostSharing,
): void {
  const seen = new Set<string>();
  for (const [i, { name }] of sysctls.entries()) {
    const at = `${path}[${i}].name`;
    const isGood = name.length <= LIMITS.sysctlCharsMax && SYSCTL_FORM.test(name);
    if (name === "") report.required(at);
    else if (!isGood) {
      report.invalid(at, name, `must have at most ${LIMITS.sysctlCharsMax} characters and match regex ^${SYSCTL}$`);
    } else if (seen.has(name)) report.duplicate(at, name);
    const dotted = name.replaceAll("/", ".");
    if (host.hostNetwork && dotted.startsWith(NET_SYSCTL)) {
      report.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    } else if (host.hostIPC && IPC_SYSCTLS.some((prefix) => dotted.startsWith(prefix))) {
      report.invalid(at, name, "may not be specified when 'hostIPC' is true");
    }
    seen.add(name);
  }
}

const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

function checkSeccomp(report: Report, path: string, profile: SeccompProfile | undefined): void {
  if (profile === undefined) return;
  if (profile.type === "") report.required(`${path}.type`, "type is required when seccompProfile is set");
  else checkChoice(report, `${path}.type`, profile.type, PROFILE_TYPES);
  const { localhostProfile } = profile;
  if (profile.type !== "Localhost") {
    if (localhostProfile !== undefined) {
      report.invalid(`${path}.localhostProfile`, profile, "can only be set when seccomp type is Localhost");
    }
  } else if (localhostProfile === undefined) {
    report.required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost");
  } else checkDescendingPath(report, `${path}.localhostProfile`, localhostProfile);
}

function checkAppArmor(report: Report, path: string, profile: AppArmorProfile | undefined): void {
  if (profile === undefined) return;
  const at = `${path}.localhostProfile`;
  const { type, localhostProfile } = profile;
  if (type === "") report.required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (!PROFILE_TYPES.includes(type)) report.notSupported(`${path}.type`, type, PROFILE_TYPES);
  else if (type !== "Localhost") {
    if (localhostProfile !== undefined) {
      report.invalid(at, localhostProfile, "can only be set when AppArmor type is Localhost");
    }
  } else if (localhostProfile === undefined) report.required(at, "must be set when AppArmor type is Localhost");
  else {
    const trimmed = localhostProfile.trim();
    if (trimmed !== localhostProfile) report.invalid(at, localhostProfile, "must not be padded with whitespace");
    else if (trimmed === "") report.required(at, "must be set when AppArmor type is Localhost");
    if (byteLength(localhostProfile) > LIMITS.appArmorBytesMax) report.tooLong(at, LIMITS.appArmorBytesMax);
  }
}

/** Checks a container's security context. `hostUsers` is false in a pod with a user namespace of its own. */
export function checkContainerSecurity(
  report: Report,
  path: string,
  security: SecurityContext | undefined,
  hostUsers: boolean,
): void {
  if (security === undefined) return;
  checkId(report, `${path}.runAsUser`, security.runAsUser);
  checkId(report, `${path}.runAsGroup`, security.runAsGroup);
  if (security.procMount !== undefined) {
    checkChoice(report, `${path}.procMount`, security.procMount, ["Default", "Unmasked"]);
    if (hostUsers && security.procMount === "Unmasked") {
      report.invalid(`${path}.procMount`, "Unmasked", "`hostUsers` must be false to use `Unmasked`");
    }
  }
  checkSeccomp(report, `${path}.seccompProfile`, security.seccompProfile);
  if (security.allowPrivilegeEscalation === false) {
    if (security.privileged) {
      report.invalid(path, security, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    if (security.capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      const rule = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      report.invalid(path, security, rule);
    }
  }
  checkAppArmor(report, `${path}.appArmorProfile`, security.appArmorProfile);
}
