import type { PodSpec } from "../core/pod_spec.ts";
import type { AppArmorProfile, SeccompProfile } from "../core/security.ts";
import { allContainers } from "./containers.ts";
import { checkDescendingPath } from "./paths.ts";
import { entriesOf, type Report } from "./report.ts";

type Annotations = Readonly<Record<string, string>> | undefined;

/** On pods that stand for what a node runs by a file of its own. */
export const MIRROR = "kubernetes.io/config.mirror";
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

/** Annotations that say something of the pod itself. */
export function checkPodAnnotations(report: Report, path: string, annotations: Annotations, spec: PodSpec): void {
  if (annotations === undefined) return;
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) {
    report.invalid(`${path}[${MIRROR}]`, mirror, "must set spec.nodeName if mirror pod annotation is set");
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isCost(cost)) {
    report.invalid(`${path}[${DELETION_COST}]`, cost, "must be a 32bit integer");
  }
  for (const [key, value] of entriesOf(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) checkSeccomp(report, `${path}.${key}`, value);
    if (key.startsWith(APP_ARMOR)) checkAppArmor(report, `${path}[${key}]`, key.slice(APP_ARMOR.length), value, spec);
  }
}

/** No leading plus or zero: costs are compared as they are written. */
function isCost(text: string): boolean {
  return /^(0|-?[1-9][0-9]{0,9})$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;
}

function checkSeccomp(report: Report, path: string, profile: string): void {
  if (["runtime/default", "docker/default", "unconfined"].includes(profile)) return;
  if (profile.startsWith("localhost/")) checkDescendingPath(report, path, profile.slice("localhost/".length));
  else report.invalid(path, profile, "must be a valid seccomp profile");
}

function checkAppArmor(report: Report, path: string, container: string, profile: string, spec: PodSpec): void {
  const exists = [...allContainers(spec, "spec")].some(([, each]) => each.name === container);
  if (!exists) report.invalid(path, container, "container not found");
  if (["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith("localhost/")) return;
  report.invalid(path, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`);
}

/** Some annotations are for the life of the pod. */
export function checkPodAnnotationUpdate(report: Report, path: string, next: Annotations, previous: Annotations): void {
  for (const [key, value] of entriesOf(previous)) {
    if (next?.[key] === value) continue;
    if (key.startsWith(APP_ARMOR)) report.forbidden(`${path}[${key}]`, "may not remove or update AppArmor annotations");
    if (key === MIRROR) report.forbidden(`${path}[${key}]`, "may not remove or update mirror pod annotation");
  }
  for (const [key] of entriesOf(next)) {
    if (previous !== undefined && Object.hasOwn(previous, key)) continue;
    if (key.startsWith(APP_ARMOR)) report.forbidden(`${path}[${key}]`, "may not add AppArmor annotations");
    if (key === MIRROR) report.forbidden(`${path}[${key}]`, "may not add mirror pod annotation");
  }
}

/** A profile given both by annotation and by field must be the same. */
export function checkProfileAnnotations(report: Report, path: string, annotations: Annotations, spec: PodSpec): void {
  if (annotations === undefined) return;
  const match = (key: string, name: "seccomp" | "apparmor", at: string, profile: SeccompProfile | undefined) => {
    const annotation = annotations[key];
    if (annotation !== undefined && profile !== undefined) checkMatch(report, at, name, annotation, profile);
  };
  match(SECCOMP_POD, "seccomp", `${path}.securityContext.seccompProfile`, spec.securityContext?.seccompProfile);
  for (const [at, { name, securityContext }] of allContainers(spec, path)) {
    const profile = `${at}.securityContext.seccompProfile`;
    match(SECCOMP_CONTAINER + name, "seccomp", profile, securityContext?.seccompProfile);
  }
  if (spec.os?.name === "windows") return;
  for (const [at, { name, securityContext }] of allContainers(spec, path)) {
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    match(APP_ARMOR + name, "apparmor", `${at}.securityContext.appArmorProfile`, profile);
  }
}

function checkMatch(
  report: Report,
  path: string,
  name: "seccomp" | "apparmor",
  annotation: string,
  profile: SeccompProfile | AppArmorProfile,
): void {
  const runtimeDefaults = name === "seccomp" ? ["runtime/default", "docker/default"] : ["runtime/default"];
  const isSameType =
    (profile.type === "Unconfined" && annotation === "unconfined") ||
    (profile.type === "RuntimeDefault" && runtimeDefaults.includes(annotation)) ||
    (profile.type === "Localhost" && annotation.startsWith("localhost/"));
  if (!isSameType) report.forbidden(`${path}.type`, `${name} type in annotation and field must match`);
  else if (profile.type === "Localhost" && profile.localhostProfile !== annotation.slice("localhost/".length)) {
    report.forbidden(`${path}.localhostProfile`, `${name} profile in annotation and field must match`);
  }
}
