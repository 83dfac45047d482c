import type { LimitRangeItem, LimitRangeSpec } from "../core/limitrange.ts";
import { compareQuantities, quantityToMilli } from "../quantity.ts";
import type { FieldError } from "../schema/errors.ts";
import { qualifiedName } from "./names.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkContainerResourceName, checkResourceName, isOvercommitAllowed } from "./resources.ts";

const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const AMOUNTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

export function validateLimitRange({ spec }: { readonly spec: LimitRangeSpec }): FieldError[] {
  return reportOf((report) => {
    const seen = new Set<string>();
    for (const [i, limit] of spec.limits.entries()) {
      const at = `spec.limits[${i}]`;
      checkType(report, `${at}.type`, limit.type);
      if (seen.has(limit.type)) report.duplicate(`${at}.type`, limit.type);
      seen.add(limit.type);
      checkNames(report, at, limit);
      const names = new Set(AMOUNTS.flatMap((field) => Object.keys(limit[field] ?? {})));
      for (const name of [...names].toSorted()) checkOrder(report, at, limit, name);
    }
  });
}

function checkType(report: Report, path: string, type: string): void {
  if (!report.check(path, type, qualifiedName)) return;
  if (!type.includes("/") && !TYPES.includes(type)) {
    report.invalid(path, type, "must be a standard limit type or fully qualified");
  }
}

function checkNames(report: Report, path: string, limit: LimitRangeItem): void {
  const isOfContainers = limit.type === "Pod" || limit.type === "Container";
  const check = isOfContainers ? checkContainerResourceName : checkResourceName;
  for (const field of AMOUNTS) {
    const isDefault = field === "default" || field === "defaultRequest";
    if (field === "maxLimitRequestRatio" && limit.type === "PersistentVolumeClaim")
      checkClaimLimits(report, path, limit);
    if (isDefault && limit.type === "Pod") {
      const isGiven = Object.keys(limit[field] ?? {}).length > 0;
      if (isGiven) report.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const [name] of entriesOf(limit[field])) check(report, `${path}.${field}[${name}]`, name);
  }
}

function checkClaimLimits(report: Report, path: string, { min, max }: LimitRangeItem): void {
  if (min?.["storage"] !== undefined || max?.["storage"] !== undefined) return;
  const rule = "either minimum or maximum storage value is required, but neither was provided";
  report.required(`${path}.limits`, rule);
}

/** Minimum, default request, default limit and maximum of one resource must not cross. */
function checkOrder(report: Report, path: string, limit: LimitRangeItem, name: string): void {
  const isPod = limit.type === "Pod";
  const [min, max] = [limit.min?.[name], limit.max?.[name]];
  const [fallback, request] = isPod ? [undefined, undefined] : [limit.default?.[name], limit.defaultRequest?.[name]];
  const ordered = (
    [low, lowName]: readonly [string | undefined, string],
    [high, highName]: readonly [string | undefined, string],
    field: string,
    shown: string | undefined,
  ) => {
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return;
    const rule = `${lowName} value ${low} is greater than ${highName} value ${high}`;
    report.invalid(`${path}.${field}[${name}]`, shown, rule);
  };
  ordered([min, "min"], [max, "max"], "min", min);
  ordered([min, "min"], [request, "default request"], "defaultRequest", request);
  ordered([request, "default request"], [max, "max"], "defaultRequest", request);
  ordered([request, "default request"], [fallback, "default limit"], "defaultRequest", request);
  ordered([min, "min"], [fallback, "default"], "default", min);
  ordered([fallback, "default"], [max, "max"], "default", max);
  checkRatio(report, `${path}.maxLimitRequestRatio[${name}]`, limit, name);
  if (isOvercommitAllowed(name) || fallback === undefined || request === undefined) return;
  if (compareQuantities(fallback, request) !== 0) {
    const rule = `default value ${fallback} must equal to defaultRequest value ${request} in ${name}`;
    report.invalid(`${path}.defaultRequest[${name}]`, request, rule);
  }
}

function checkRatio(report: Report, path: string, limit: LimitRangeItem, name: string): void {
  const ratio = limit.maxLimitRequestRatio?.[name];
  if (ratio === undefined) return;
  if (compareQuantities(ratio, "1") < 0) report.invalid(path, ratio, `ratio ${ratio} is less than 1`);
  const [min, max] = [limit.min?.[name], limit.max?.[name]];
  if (min === undefined || max === undefined) return;
  const most = quantityToMilli(max) / quantityToMilli(min);
  if (quantityToMilli(ratio) / 1000 > most) {
    report.invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
}
