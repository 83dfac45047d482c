import {
  addQuantities,
  aligned,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantitySign,
  subtractQuantities,
} from "../quantity.ts";
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from "../resource/device.ts";
import { checkSet } from "./device_lists.ts";
import type { Report } from "./report.ts";

/** Upstream: CapacityRequestPolicyDiscreteMaxOptions. */
const OPTIONS_MAX = 10;

/** How much of a capacity may be asked for by one of several that share a device. */
export function checkCapacityPolicy(
  report: Report,
  path: string,
  capacity: string,
  { default: standard, validValues, validRange }: CapacityRequestPolicy,
): void {
  const hasValues = (validValues ?? []).length > 0;
  if (hasValues && validRange !== undefined) {
    const rule = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    report.forbidden(path, rule);
  } else if (hasValues) {
    if (standard === undefined) report.required(`${path}.default`, "required when validValues is defined");
    else checkValues(report, `${path}.validValues`, capacity, standard, validValues ?? []);
  } else if (validRange !== undefined) {
    if (standard === undefined) report.required(`${path}.default`, "required when validRange is defined");
    else checkRange(report, `${path}.validRange`, capacity, standard, validRange);
  }
}

function checkValues(
  report: Report,
  path: string,
  capacity: string,
  standard: string,
  values: readonly string[],
): void {
  for (const [i, value] of values.entries()) {
    const before = values[i - 1];
    if (before === undefined || compareQuantities(before, value) <= 0) continue;
    report.invalid(`${path}[${i}]`, value, "values must be sorted in ascending order");
  }
  checkSet(
    report,
    path,
    values,
    OPTIONS_MAX,
    (value) => value,
    (value, at) => {
      if (compareQuantities(value, capacity) > 0) {
        report.invalid(at, value, `option is larger than capacity value: ${capacity}`);
      }
    },
  );
  if (values.some((value) => compareQuantities(value, standard) === 0)) return;
  report.invalid(path, standard, "default value is not valid according to the requestPolicy");
}

function checkRange(
  report: Report,
  path: string,
  capacity: string,
  standard: string,
  { min, max, step }: CapacityRequestPolicyRange,
): void {
  if (min === undefined) {
    report.required(`${path}.min`, "required when validRange is defined");
    return;
  }
  const isMore = (a: string, b: string) => compareQuantities(a, b) > 0;
  if (isMore(min, capacity)) report.invalid(`${path}.min`, min, `min is larger than capacity value: ${capacity}`);
  if (isMore(min, standard)) report.invalid(`${path}.default`, standard, `default is less than min: ${min}`);
  if (max !== undefined) {
    if (isMore(min, max)) report.invalid(`${path}.max`, min, `min is larger than max: ${max}`);
    if (isMore(max, capacity)) report.invalid(`${path}.max`, max, `max is larger than capacity value: ${capacity}`);
    if (isMore(standard, max)) report.invalid(`${path}.default`, standard, `default is more than max: ${max}`);
  }
  if (step === undefined) return;
  if (quantitySign(step) <= 0) {
    report.invalid(`${path}.step`, step, "must be greater than zero");
    return;
  }
  const first = formatQuantity(addQuantities(min, step));
  if (isMore(first, capacity)) {
    report.invalid(`${path}.step`, step, `one step ${first} is larger than capacity value: ${capacity}`);
  }
  for (const value of max === undefined ? [standard] : [standard, max]) {
    if (isMultiple(value, min, step)) continue;
    report.invalid(`${path}.step`, value, `value is not a multiple of a given step (${step}) from (${min})`);
  }
}

/** Whether steps lead from `min` to `value`. */
function isMultiple(value: string, min: string, step: string): boolean {
  const [distance, length] = aligned(subtractQuantities(value, min), parseQuantity(step));
  return distance % length === 0n;
}
