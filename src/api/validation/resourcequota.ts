import type { ResourceQuotaSpec, ResourceQuotaStatus } from "../core/resourcequota.ts";
import type { FieldError } from "../schema/errors.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkAmount, checkQuotaResourceName, isStandardQuotaResource } from "./resources.ts";

interface Checked {
  readonly spec: ResourceQuotaSpec;
  readonly status: ResourceQuotaStatus;
}

const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
/** What can be counted within each scope. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ["pods"],
  NotBestEffort: ["pods", ...COMPUTE],
  Terminating: ["pods", ...COMPUTE],
  NotTerminating: ["pods", ...COMPUTE],
  PriorityClass: ["pods", ...COMPUTE],
  CrossNamespacePodAffinity: ["pods", ...COMPUTE],
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
};
const OPPOSITES = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

function scopeOf(name: string): readonly string[] | undefined {
  return Object.hasOwn(SCOPES, name) ? SCOPES[name] : undefined;
}

export function validateResourceQuota({ spec, status }: Checked): FieldError[] {
  return reportOf((report) => {
    checkAmounts(report, "spec.hard", spec.hard);
    checkScopes(report, "spec.scopes", spec);
    checkSelector(report, "spec.scopeSelector.matchExpressions", spec);
    checkStatus(report, status);
  });
}

function checkAmounts(report: Report, path: string, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const [name, amount] of entriesOf(amounts)) {
    checkQuotaResourceName(report, `${path}[${name}]`, name);
    checkAmount(report, `${path}[${name}]`, name, amount);
  }
}

function checkStatus(report: Report, status: ResourceQuotaStatus): void {
  checkAmounts(report, "status.hard", status.hard);
  checkAmounts(report, "status.used", status.used);
}

/** The resources that a scope cannot hold. */
function misfits(scope: string, { hard }: ResourceQuotaSpec): string[] {
  const fitting = scopeOf(scope);
  const names = Object.keys(hard ?? {}).toSorted();
  return fitting === undefined ? [] : names.filter((name) => isStandardQuotaResource(name) && !fitting.includes(name));
}

function checkScopes(report: Report, path: string, spec: ResourceQuotaSpec): void {
  const scopes = spec.scopes ?? [];
  for (const scope of scopes) {
    if (scopeOf(scope) === undefined) report.invalid(path, scopes, "unsupported scope");
    for (const _ of misfits(scope, spec)) report.invalid(path, scopes, "unsupported scope applied to resource");
  }
  for (const pair of OPPOSITES) {
    if (pair.every((scope) => scopes.includes(scope))) report.invalid(path, scopes, "conflicting scopes");
  }
}

function checkSelector(report: Report, path: string, spec: ResourceQuotaSpec): void {
  const requirements = spec.scopeSelector?.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of requirements) {
    if (scopeOf(scopeName) === undefined) report.invalid(`${path}.scopeName`, scopeName, "unsupported scope");
    for (const _ of misfits(scopeName, spec)) {
      report.invalid(path, spec.scopeSelector, "unsupported scope applied to resource");
    }
    const takesValues = scopeName === "PriorityClass" || scopeName === "VolumeAttributesClass";
    if (scopeOf(scopeName) !== undefined && !takesValues && operator !== "Exists") {
      const rule =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      report.invalid(`${path}.operator`, operator, rule);
    }
    if (operator === "In" || operator === "NotIn") {
      const rule = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (values.length === 0) report.required(`${path}.values`, rule);
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const rule = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) report.invalid(`${path}.values`, values, rule);
    } else report.invalid(`${path}.operator`, operator, "not a valid selector operator");
  }
  const names = requirements.map((each) => each.scopeName);
  for (const pair of OPPOSITES) {
    if (pair.every((scope) => names.includes(scope))) report.invalid(path, spec.scopes, "conflicting scopes");
  }
}

export function validateResourceQuotaUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    const [now, before] = [next, previous].map(({ spec }) => [...new Set(spec.scopes)].toSorted().join());
    report.immutable("spec.scopes", next.spec.scopes, now === before);
  });
}

export function validateResourceQuotaStatusUpdate({ status }: Checked): FieldError[] {
  return reportOf((report) => checkStatus(report, status));
}
