import { equalJson } from "../json.ts";
import type { PersistentVolumeSpec } from "../core/persistentvolume.ts";
import { PersistentVolumeSource } from "../core/volume_plugins_persistent.ts";
import { quantityToNumber } from "../quantity.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkNodeSelector } from "./affinity.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { checkNoBacksteps } from "./paths.ts";
import { checkAccessModes, checkVolumeMode } from "./persistentvolumeclaim_spec.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkPositiveAmount } from "./resources.ts";
import { jsonDiff } from "./spec_diff.ts";
import { checkCsiDriver, checkHostPath, checkNfs } from "./volumes.ts";

interface Checked {
  readonly spec: PersistentVolumeSpec;
}

type Source = keyof PersistentVolumeSource;
const SOURCES = Object.keys(PersistentVolumeSource.fields) as Source[];

export function validatePersistentVolume({ spec }: Checked): FieldError[] {
  return reportOf((report) => {
    checkAccessModes(report, "spec.accessModes", spec.accessModes ?? []);
    checkCapacity(report, spec);
    const policies = ["Delete", "Recycle", "Retain"];
    const policy = spec.persistentVolumeReclaimPolicy;
    if (policy && !policies.includes(policy)) {
      report.notSupported("spec.persistentVolumeReclaimPolicy", policy, policies);
    }
    if (spec.nodeAffinity?.required)
      checkNodeSelector(report, "spec.nodeAffinity.required", spec.nodeAffinity.required);
    else if (spec.nodeAffinity) {
      report.required("spec.nodeAffinity.required", "must specify required node constraints");
    }
    checkSource(report, spec);
    if (spec.hostPath && /^\/+\.?$/.test(spec.hostPath.path) && policy === "Recycle") {
      report.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
    }
    if (spec.storageClassName) report.check("spec.storageClassName", spec.storageClassName, dnsSubdomain);
    checkVolumeMode(report, "spec.volumeMode", spec.volumeMode);
    checkAttributesClass(report, spec);
  });
}

function checkCapacity(report: Report, { capacity = {} }: PersistentVolumeSpec): void {
  const names = Object.keys(capacity);
  if (names.length === 0) report.required("spec.capacity");
  if (!Object.hasOwn(capacity, "storage") || names.length > 1) {
    report.notSupported("spec.capacity", Object.fromEntries(entriesOf(capacity)), ["storage"]);
  }
  for (const [name, amount] of entriesOf(capacity)) {
    const at = `spec.capacity[${name}]`;
    const value = quantityToNumber(amount);
    if (value < 0) report.invalid(at, value, "must be a valid resource quantity");
    checkPositiveAmount(report, at, amount);
  }
}

function checkSource(report: Report, spec: PersistentVolumeSpec): void {
  const [first, ...others] = SOURCES.filter((name) => spec[name] !== undefined);
  if (first === undefined) report.required("spec", "must specify a volume type");
  for (const name of others) report.forbidden(`spec.${name}`, "may not specify more than 1 volume type");
  const { hostPath, nfs, local, csi } = spec;
  if (first === "hostPath" && hostPath) checkHostPath(report, "spec.hostPath", hostPath);
  else if (first === "nfs" && nfs) checkNfs(report, "spec.nfs", nfs);
  else if (first === "local" && local) {
    if (local.path === "") report.required("spec.local.path");
    else checkNoBacksteps(report, "spec.local.path", local.path);
    if (!spec.nodeAffinity) report.required("spec.nodeAffinity", "Local volume requires node affinity");
  } else if (first === "csi" && csi) checkCsi(report, "spec.csi", csi);
}

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

function checkCsi(report: Report, path: string, csi: NonNullable<PersistentVolumeSpec["csi"]>): void {
  checkCsiDriver(report, `${path}.driver`, csi.driver);
  if (csi.volumeHandle === "") report.required(`${path}.volumeHandle`);
  for (const field of SECRETS) {
    const secret = csi[field];
    if (secret === undefined) continue;
    if (!secret.name) report.required(`${path}.${field}.name`);
    else report.check(`${path}.${field}.name`, secret.name, dnsSubdomain);
    if (!secret.namespace) report.required(`${path}.${field}.namespace`);
    else report.check(`${path}.${field}.namespace`, secret.namespace, dnsLabel);
  }
}

function checkAttributesClass(report: Report, { volumeAttributesClassName: name, csi }: PersistentVolumeSpec): void {
  if (name === undefined) return;
  const path = "spec.volumeAttributesClassName";
  if (name === "") report.required(path, "an empty string is disallowed");
  else report.check(path, name, dnsSubdomain);
  if (!csi) report.required("spec.csi", "has to be specified when using volumeAttributesClassName");
}

export function validatePersistentVolumeUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    const [now, before] = [sourceOf(next.spec), sourceOf(previous.spec)];
    // A secret for expansion may be added later.
    if (now.csi && before.csi && !before.csi.controllerExpandSecretRef) {
      now.csi = { ...now.csi, controllerExpandSecretRef: undefined };
    }
    if (!equalJson(now, before)) {
      const rule = "spec.persistentvolumesource is immutable after creation";
      report.forbidden("spec.persistentvolumesource", `${rule}\n${jsonDiff(before, now)}`);
    }
    const { volumeMode, nodeAffinity, volumeAttributesClassName } = next.spec;
    report.immutable("volumeMode", volumeMode, volumeMode === previous.spec.volumeMode);
    if (previous.spec.nodeAffinity) {
      report.immutable("nodeAffinity", nodeAffinity, equalJson(nodeAffinity, previous.spec.nodeAffinity));
    }
    if (previous.spec.volumeAttributesClassName !== undefined && volumeAttributesClassName === undefined) {
      report.forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
    }
  });
}

function sourceOf(spec: PersistentVolumeSpec): Partial<Pick<PersistentVolumeSpec, Source>> {
  return Object.fromEntries(SOURCES.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name]]])));
}
