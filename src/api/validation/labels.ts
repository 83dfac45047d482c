import type { LabelSelector, LabelSelectorRequirement } from "../meta/label_selector.ts";
import { NOTHING, labelSelectorMatcher, type LabelMatcher } from "../selectors/labels.ts";
import { byteLength, labelValue, qualifiedName } from "./names.ts";
import { entriesOf, type Report } from "./report.ts";

type Texts = Readonly<Record<string, string>> | undefined;

/** Bytes that the annotations of an object may have together, keys and values. */
export const ANNOTATIONS_BYTES_MAX = 256 * 1024;

export function checkLabels(report: Report, path: string, labels: Texts): void {
  for (const [key, value] of entriesOf(labels)) {
    report.check(path, key, qualifiedName);
    report.check(path, value, labelValue);
  }
}

export function checkAnnotations(report: Report, path: string, annotations: Texts): void {
  let bytes = 0;
  for (const [key, value] of entriesOf(annotations)) {
    bytes += byteLength(key) + byteLength(value);
    for (const problem of qualifiedName(key.toLowerCase())) report.invalid(path, key, problem);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) report.tooLong(path, ANNOTATIONS_BYTES_MAX);
}

export function checkLabelSelector(report: Report, path: string, selector: LabelSelector | undefined): void {
  if (selector === undefined) return;
  checkLabels(report, `${path}.matchLabels`, selector.matchLabels);
  for (const [i, requirement] of (selector.matchExpressions ?? []).entries()) {
    checkRequirement(report, `${path}.matchExpressions[${i}]`, requirement);
  }
}

function checkRequirement(report: Report, path: string, { key, operator, values }: LabelSelectorRequirement): void {
  const count = values?.length ?? 0;
  if (operator === "In" || operator === "NotIn") {
    if (count === 0) report.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (count > 0) {
      report.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else report.invalid(`${path}.operator`, operator, "not a valid selector operator");
  report.check(`${path}.key`, key, qualifiedName);
  for (const [i, value] of (values ?? []).entries()) report.check(`${path}.values[${i}]`, value, labelValue);
}

export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** The selector compiled; undefined when it cannot be. */
export function tryMatcher(selector: LabelSelector | undefined): LabelMatcher | undefined {
  if (selector === undefined) return NOTHING;
  try {
    return labelSelectorMatcher(selector);
  } catch {
    return undefined;
  }
}
