import { equalJson } from "../json.ts";
import type { PersistentVolumeClaimStatus } from "../core/persistentvolumeclaim.ts";
import type { PersistentVolumeClaimSpec } from "../core/persistentvolumeclaim_spec.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import { compareQuantities, quantityToNumber } from "../quantity.ts";
import type { FieldError } from "../schema/errors.ts";
import { qualifiedName } from "./names.ts";
import { checkClaimSpec } from "./persistentvolumeclaim_spec.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkAmount, isNativeResource } from "./resources.ts";
import { jsonDiff } from "./spec_diff.ts";

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: PersistentVolumeClaimStatus;
}

const CLASS = "volume.beta.kubernetes.io/storage-class";

export function validatePersistentVolumeClaim({ spec }: Checked): FieldError[] {
  return reportOf((report) => checkClaimSpec(report, "spec", spec));
}

export function validatePersistentVolumeClaimUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    const rest = withoutChangeable(report, next, previous);
    if (!equalJson(rest, previous.spec)) {
      const rule =
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
      report.forbidden("spec", `${rule}\n${jsonDiff(previous.spec, rest)}`);
    }
    checkSize(report, next, previous);
    const { volumeMode } = next.spec;
    report.immutable("volumeMode", volumeMode, volumeMode === previous.spec.volumeMode);
    checkAttributesClass(report, next.spec, previous);
  });
}

/** The new spec with what may change set back: the volume once, the class from nothing, sizes when bound. */
function withoutChangeable(report: Report, next: Checked, previous: Checked): PersistentVolumeClaimSpec {
  const rest = { ...next.spec };
  if (!previous.spec.volumeName) rest.volumeName = previous.spec.volumeName;
  const [annotation, before] = [next.metadata.annotations?.[CLASS], previous.metadata.annotations?.[CLASS]];
  const isGiven = next.spec.storageClassName !== undefined && previous.spec.storageClassName === undefined;
  const isMoved = isGiven && before !== undefined && next.spec.storageClassName === before;
  if (isMoved && (annotation === undefined || annotation === before)) {
    rest.storageClassName = previous.spec.storageClassName;
  } else {
    const path = `metadata.annotations.${CLASS}`;
    report.immutable(path, annotation ?? "", (annotation ?? "") === (before ?? ""));
    if (isGiven && (before === undefined || next.spec.storageClassName === before)) {
      rest.storageClassName = previous.spec.storageClassName;
    }
  }
  if (next.status.phase !== "Bound") return rest;
  rest.volumeAttributesClassName = previous.spec.volumeAttributesClassName;
  const storage = previous.spec.resources.requests?.["storage"];
  if (rest.resources.requests && storage !== undefined) {
    rest.resources = { ...rest.resources, requests: { ...rest.resources.requests, storage } };
  }
  return rest;
}

function checkSize(report: Report, next: Checked, previous: Checked): void {
  const [size, before] = [next, previous].map(({ spec }) => spec.resources.requests?.["storage"] ?? "0");
  const held = previous.status.capacity?.["storage"] ?? "0";
  if (size === undefined || before === undefined) return;
  if (compareQuantities(size, before) < 0 && compareQuantities(size, held) <= 0) {
    report.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
  }
}

function checkAttributesClass(
  report: Report,
  { volumeAttributesClassName: name }: PersistentVolumeClaimSpec,
  previous: Checked,
): void {
  if (name === previous.spec.volumeAttributesClassName) return;
  if (previous.status.currentVolumeAttributesClassName === undefined || (name !== undefined && name !== "")) return;
  const what = name === undefined ? "nil" : "empty string";
  const rule = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  report.forbidden("spec.volumeAttributesClassName", rule);
}

const RESIZE_STATES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

export function validatePersistentVolumeClaimStatusUpdate({ spec, status }: Checked): FieldError[] {
  return reportOf((report) => {
    if (!spec.accessModes?.length) report.required("Spec.accessModes");
    for (const [name, amount] of entriesOf(status.capacity)) checkSign(report, `status.capacity[${name}]`, amount);
    for (const [name, state] of entriesOf(status.allocatedResourceStatuses)) {
      checkClaimResource(report, "status.allocatedResourceStatuses", name);
      if (!RESIZE_STATES.includes(state)) {
        report.notSupported("status.allocatedResourceStatuses", name, RESIZE_STATES.toSorted());
      }
    }
    for (const [name, amount] of entriesOf(status.allocatedResources)) {
      if (!checkClaimResource(report, "status.allocatedResources", name)) continue;
      const at = `status.allocatedResources[${name}]`;
      if (checkSign(report, at, amount)) checkAmount(report, at, "storage", amount);
    }
  });
}

function checkSign(report: Report, path: string, amount: string): boolean {
  const value = quantityToNumber(amount);
  if (value < 0) report.invalid(path, value, "must be a valid resource quantity");
  return value >= 0;
}

function checkClaimResource(report: Report, path: string, name: string): boolean {
  if (!report.check(path, name, qualifiedName)) return false;
  const isGood = !isNativeResource(name) || name === "storage";
  if (!isGood) report.notSupported(path, name, ["storage"]);
  return isGood;
}
