import type { PodSpec } from "../core/pod_spec.ts";
import { allContainers } from "./containers.ts";
import type { Report } from "./report.ts";

/** Security settings that only Linux has. */
const LINUX_ONLY_POD = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const LINUX_ONLY_SPEC = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"] as const;
const LINUX_ONLY_CONTAINER = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

/** A pod that names its system may only use what that system has. */
export function checkOperatingSystem(report: Report, path: string, spec: PodSpec): void {
  const name = spec.os?.name;
  if (name === undefined) return;
  if (name === "") report.required(`${path}.os.name`);
  else if (name === "linux") checkLinux(report, path, spec);
  else if (name === "windows") checkWindows(report, path, spec);
  else report.notSupported(`${path}.os`, name, ["linux", "windows"]);
}

function checkLinux(report: Report, path: string, spec: PodSpec): void {
  const rule = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions) report.forbidden(`${path}.securityContext.windowsOptions`, rule);
  for (const [at, container] of allContainers(spec, path)) {
    if (container.securityContext?.windowsOptions) report.forbidden(`${at}.securityContext.windowsOptions`, rule);
  }
}

function checkWindows(report: Report, path: string, spec: PodSpec): void {
  const rule = "cannot be set for a windows pod";
  for (const field of LINUX_ONLY_POD) {
    if (spec.securityContext?.[field] !== undefined) report.forbidden(`${path}.securityContext.${field}`, rule);
  }
  for (const field of LINUX_ONLY_SPEC) {
    const value = spec[field];
    if (value === undefined || (value === false && (field === "hostPID" || field === "hostIPC"))) continue;
    report.forbidden(`${path}.${field}`, rule);
  }
  for (const [at, container] of allContainers(spec, path)) {
    for (const field of LINUX_ONLY_CONTAINER) {
      if (container.securityContext?.[field] !== undefined) report.forbidden(`${at}.securityContext.${field}`, rule);
    }
  }
}
