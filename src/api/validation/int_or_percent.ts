import type { IntOrString } from "../int_or_string.ts";
import { percentText } from "./names.ts";
import type { Report } from "./report.ts";

/** A count that is not negative, or a percentage. */
export function checkIntOrPercent(report: Report, path: string, value: IntOrString): void {
  if (typeof value === "number") report.nonNegative(path, value);
  else report.check(path, value, percentText);
}

export function checkAtMostAll(report: Report, path: string, value: IntOrString): void {
  if (isPercent(value) && amountOf(value) > 100) report.invalid(path, value, "must not be greater than 100%");
}

function isPercent(value: IntOrString): value is string {
  return typeof value === "string" && percentText(value).length === 0;
}

/** The number, whether of pods or of percent. */
export function amountOf(value: IntOrString): number {
  if (typeof value === "number") return value;
  if (isPercent(value)) return Number(value.slice(0, -1));
  return /^[+-]?[0-9]+$/.test(value) ? Number(value) : 0;
}
