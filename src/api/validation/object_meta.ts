import { equalJson } from "../json.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "../meta/object_meta.ts";
import { checkAnnotations, checkLabels } from "./labels.ts";
import {
  byteLength,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  pathSegment,
  qualifiedName,
  type NameCheck,
} from "./names.ts";
import type { Report } from "./report.ts";

export const NAME_RULES = { dnsSubdomain, dnsLabel, dns1035Label, pathSegment } as const;
export type NameRule = keyof typeof NAME_RULES;

const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];
const LIMITS = { managerBytesMax: 128, subresourceBytesMax: 256 } as const;

/** Checks the metadata of an object to be created, after its name was generated. */
export function checkObjectMeta(
  report: Report,
  path: string,
  meta: ObjectMeta,
  { namespaced, nameRule }: { namespaced: boolean; nameRule: NameCheck },
): void {
  if (meta.generateName) {
    for (const problem of nameRule(asPrefix(meta.generateName, nameRule))) {
      report.invalid(`${path}.generateName`, meta.generateName, problem);
    }
  }
  if (!meta.name) report.required(`${path}.name`, "name or generateName is required");
  else report.check(`${path}.name`, meta.name, nameRule);
  if (!namespaced) {
    if (meta.namespace) report.forbidden(`${path}.namespace`, "not allowed on this type");
  } else if (!meta.namespace) report.required(`${path}.namespace`);
  else report.check(`${path}.namespace`, meta.namespace, dnsLabel);
  report.nonNegative(`${path}.generation`, meta.generation);
  checkCommon(report, path, meta);
  checkFinalizers(report, `${path}.finalizers`, meta.finalizers);
}

/** Where characters follow, a trailing dash is as good as a letter. */
function asPrefix(prefix: string, nameRule: NameCheck): string {
  return nameRule !== pathSegment && prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix;
}

function checkCommon(report: Report, path: string, meta: ObjectMeta): void {
  checkLabels(report, `${path}.labels`, meta.labels);
  checkAnnotations(report, `${path}.annotations`, meta.annotations);
  checkOwners(report, `${path}.ownerReferences`, meta.ownerReferences ?? []);
  checkManagedFields(report, `${path}.managedFields`, meta.managedFields ?? []);
}

function checkOwners(report: Report, path: string, owners: readonly OwnerReference[]): void {
  let controller: string | undefined;
  for (const owner of owners) {
    if (!/[^/]$/.test(owner.apiVersion)) {
      report.invalid(`${path}.apiVersion`, owner.apiVersion, "version must not be empty");
    }
    for (const field of ["kind", "name", "uid"] as const) {
      if (owner[field] === "") report.invalid(`${path}.${field}`, "", "must not be empty");
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      report.invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner");
    }
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === undefined) controller = name;
    else {
      const rule = "Only one reference can have Controller set to true";
      report.invalid(path, owners, `${rule}. Found "true" in references for ${controller} and ${name}`);
    }
  }
}

function checkManagedFields(report: Report, path: string, entries: readonly ManagedFieldsEntry[]): void {
  for (const [i, entry] of entries.entries()) {
    const at = `${path}[${i}]`;
    if (entry.operation !== "Apply" && entry.operation !== "Update") {
      report.invalid(`${at}.operation`, entry.operation ?? "", "must be `Apply` or `Update`");
    }
    if (entry.fieldsType && entry.fieldsType !== "FieldsV1") {
      report.invalid(`${at}.fieldsType`, entry.fieldsType, "must be `FieldsV1`");
    }
    checkFieldManager(report, `${at}.manager`, entry.manager ?? "");
    if (byteLength(entry.subresource ?? "") > LIMITS.subresourceBytesMax) {
      report.tooLong(`${at}.subresource`, LIMITS.subresourceBytesMax);
    }
  }
}

/** Checks a field manager's name, also that of a request's `fieldManager` parameter. */
export function checkFieldManager(report: Report, path: string, manager: string): void {
  if (byteLength(manager) > LIMITS.managerBytesMax) report.tooLong(path, LIMITS.managerBytesMax);
  for (const [i, char] of [...manager].entries()) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) {
      report.invalid(path, manager, `invalid character ${JSON.stringify(char)} (at position ${i})`);
    }
  }
}

/** A finalizer is one of Kubernetes' own or carries its owner's domain. */
export function checkFinalizer(report: Report, path: string, finalizer: string): void {
  if (!report.check(path, finalizer, qualifiedName)) return;
  checkOwnedFinalizer(report, path, finalizer);
}

function checkOwnedFinalizer(report: Report, path: string, finalizer: string): void {
  if (finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)) return;
  report.invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
}

function checkFinalizers(report: Report, path: string, finalizers: readonly string[] | undefined): void {
  if (finalizers === undefined) return;
  for (const finalizer of finalizers) report.check(path, finalizer, qualifiedName);
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    report.invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
  }
}

/** Outside of custom resources a finalizer must say whose it is. */
export function checkOwnedFinalizers(report: Report, path: string, { finalizers = [] }: ObjectMeta): void {
  for (const [i, finalizer] of finalizers.entries()) {
    checkOwnedFinalizer(report, `${path}.finalizers[${i}]`, finalizer);
  }
}

/** Metadata that stays as it is for the life of an object. */
const IMMUTABLE = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/** Checks the metadata of an object to be replaced. */
export function checkObjectMetaUpdate(report: Report, path: string, next: ObjectMeta, previous: ObjectMeta): void {
  if (previous.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((each) => !previous.finalizers?.includes(each)).toSorted();
    if (added.length > 0) {
      const list = `[]string{${added.map((each) => JSON.stringify(each)).join(", ")}}`;
      const rule = "no new finalizers can be added if the object is being deleted";
      report.forbidden(`${path}.finalizers`, `${rule}, found new finalizers ${list}`);
    }
  }
  if (!next.resourceVersion) report.invalid(`${path}.resourceVersion`, "", "must be specified for an update");
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    report.invalid(`${path}.generation`, next.generation ?? 0, "must not be decremented");
  }
  for (const field of IMMUTABLE) {
    const isText = field !== "deletionGracePeriodSeconds" && !field.endsWith("Timestamp");
    const shown = next[field] ?? (isText ? "" : null);
    report.immutable(`${path}.${field}`, shown, equalJson(next[field] || undefined, previous[field] || undefined));
  }
  checkCommon(report, path, next);
}
