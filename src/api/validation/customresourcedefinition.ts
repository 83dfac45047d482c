import type {
  CustomResourceConversion,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
} from "../apiextensions/customresourcedefinition.ts";
import { approvalOf, isProtectedGroup, APPROVED_ANNOTATION } from "../apiextensions/api_approval.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkCustomVersion } from "./custom_version.ts";
import { dns1035Label, dnsSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";
import { checkClient } from "./webhook.ts";

interface Definition {
  readonly metadata: ObjectMeta;
  readonly spec: CustomResourceDefinitionSpec;
  readonly status: CustomResourceDefinitionStatus;
}

export function validateCustomResourceDefinition(definition: Definition): FieldError[] {
  return reportOf((report) => {
    checkDefinition(report, definition);
    checkApproval(report, definition);
  });
}

function checkDefinition(report: Report, { metadata, spec, status }: Definition): void {
  if (metadata.name !== `${spec.names.plural}.${spec.group}`) {
    report.invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group');
  }
  checkSpec(report, spec);
  checkNames(report, "status.acceptedNames", status.acceptedNames);
  checkStoredVersions(report, status.storedVersions, spec);
  if (spec.preserveUnknownFields) {
    const instead = "set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    report.invalid("spec.preserveUnknownFields", true, `cannot set to true, ${instead}`);
  }
}

/** As above for a replacement: an approval that was missing may stay so. */
export function validateCustomResourceDefinitionUpdate(next: Definition, previous: Definition): FieldError[] {
  return reportOf((report) => {
    checkDefinition(report, next);
    const [names, before] = [next.spec.names, previous.spec.names];
    const isEstablished = previous.status.conditions.some(
      (each) => each.type === "Established" && each.status === "True",
    );
    if (isEstablished) {
      report.immutable("spec.scope", next.spec.scope, next.spec.scope === previous.spec.scope);
      report.immutable("spec.names.kind", names.kind, names.kind === before.kind);
    }
    report.immutable("spec.group", next.spec.group, next.spec.group === previous.spec.group);
    report.immutable("spec.names.plural", names.plural, names.plural === before.plural);
    const [state, known] = [next, previous].map(({ metadata }) => approvalOf(metadata.annotations).state);
    if (state !== known) checkApproval(report, next);
  });
}

export function validateCustomResourceDefinitionStatusUpdate({ status }: Definition): FieldError[] {
  return reportOf((report) => checkNames(report, "status.acceptedNames", status.acceptedNames));
}

function checkSpec(report: Report, spec: CustomResourceDefinitionSpec): void {
  const { group, names, scope, versions } = spec;
  if (group === "") report.required("spec.group");
  else if (dnsSubdomain(group).length > 0) report.invalid("spec.group", group, dnsSubdomain(group).join(","));
  else if (!group.includes(".")) report.invalid("spec.group", group, "should be a domain with at least one dot");
  report.oneOf("spec.scope", scope, ["Cluster", "Namespaced"]);
  for (const [i, { schema }] of versions.entries()) {
    if (schema?.openAPIV3Schema === undefined) report.required(`spec.versions[${i}].schema.openAPIV3Schema`);
  }
  for (const [i, version] of versions.entries()) {
    const path = `spec.versions[${i}]`;
    const problems = dns1035Label(version.name);
    if (problems.length > 0) report.invalid(`${path}.name`, version.name, problems.join(","));
    checkCustomVersion(report, path, version);
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    report.invalid("spec.versions", versions, "must contain unique version names");
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    report.invalid("spec.versions", versions, "must have exactly one version marked as storage version");
  }
  for (const name of ["plural", "singular", "kind", "listKind"] as const) {
    if (!names[name]) report.required(`spec.names.${name}`);
  }
  checkNames(report, "spec.names", names);
  if (spec.conversion) checkConversion(report, spec.conversion);
}

function checkNames(report: Report, path: string, names: CustomResourceDefinitionNames): void {
  const { plural, singular = "", kind, listKind = "", shortNames = [], categories = [] } = names;
  const check = (field: string, text: string, mixed = false) => {
    const problems = text === "" ? [] : dns1035Label(mixed ? text.toLowerCase() : text);
    if (problems.length === 0) return;
    const rule = mixed ? "may have mixed case, but should otherwise match: " : "";
    report.invalid(`${path}.${field}`, text, rule + problems.join(","));
  };
  check("plural", plural);
  check("singular", singular);
  check("kind", kind, true);
  check("listKind", listKind, true);
  for (const [i, each] of shortNames.entries()) check(`shortNames[${i}]`, each);
  if (kind !== "" && kind === listKind) {
    report.invalid(`${path}.listKind`, listKind, "kind and listKind may not be the same");
  }
  for (const [i, each] of categories.entries()) check(`categories[${i}]`, each);
}

function checkStoredVersions(report: Report, stored: readonly string[], spec: CustomResourceDefinitionSpec): void {
  const path = "status.storedVersions";
  if (stored.length === 0) {
    report.invalid(path, stored, "must have at least one stored version");
    return;
  }
  for (const { name, storage } of spec.versions) {
    if (storage && !stored.includes(name)) report.invalid(path, stored, `must have the storage version ${name}`);
  }
  for (const [i, name] of stored.entries()) {
    if (spec.versions.some((version) => version.name === name)) continue;
    const remedy = `must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and ${remedy}`;
    report.invalid(`${path}[${i}]`, name, detail);
  }
}

function checkApproval(report: Report, { metadata, spec }: Definition): void {
  if (!isProtectedGroup(spec.group)) return;
  const { state, reason } = approvalOf(metadata.annotations);
  const path = `metadata.annotations[${APPROVED_ANNOTATION}]`;
  if (state === "missing") report.required(path, reason);
  else if (state === "invalid") report.invalid(path, metadata.annotations?.[APPROVED_ANNOTATION], reason);
}

const REVIEW_VERSIONS = ["v1", "v1beta1"];

function checkConversion(report: Report, { strategy, webhook }: CustomResourceConversion): void {
  const path = "spec.conversion";
  report.oneOf(`${path}.strategy`, strategy, ["None", "Webhook"]);
  // The paths are those of the internal form, where the webhook's fields stand one level higher.
  const clientPath = `${path}.webhookClientConfig`;
  const versionsPath = `${path}.conversionReviewVersions`;
  const { clientConfig, conversionReviewVersions: versions = [] } = webhook ?? {};
  if (strategy !== "Webhook") {
    const why = "should not be set when strategy is not set to Webhook";
    if (clientConfig) report.forbidden(clientPath, why);
    if (versions.length > 0) report.forbidden(versionsPath, why);
    return;
  }
  if (clientConfig) checkClient(report, clientPath, clientConfig);
  else report.required(clientPath, "required when strategy is set to Webhook");
  checkReviewVersions(report, versionsPath, versions);
}

function checkReviewVersions(report: Report, path: string, versions: readonly string[]): void {
  if (versions.length === 0) {
    report.required(path);
    return;
  }
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) report.invalid(`${path}[${i}]`, version, "duplicate version");
    else report.check(`${path}[${i}]`, version, dns1035Label);
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    report.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`);
  }
}
