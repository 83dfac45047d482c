import { equalJson } from "../json.ts";
import type { NodeSelector } from "../core/node_selector.ts";
import type { Device, DeviceAttribute } from "../resource/device.ts";
import { checkNodeSelector } from "./affinity.ts";
import { checkCapacityPolicy } from "./capacity_policy.ts";
import { checkItems, checkSet } from "./device_lists.ts";
import { checkQualifiedName } from "./device_names.ts";
import { checkDeviceTaint } from "./device_selectors.ts";
import { byteLength, dnsLabel, dnsSubdomain, qualifiedName } from "./names.ts";
import { entriesOf, type Report } from "./report.ts";

/** Upstream: resource/v1/types.go. */
const LIMITS = {
  attributesAndCapacitiesMax: 32,
  attributeValuesMax: 48,
  attributeBytesMax: 64,
  taintsMax: 16,
  consumptionsMax: 2,
  countersMax: 32,
  bindingConditionsMax: 4,
} as const;
const NUMBER = String.raw`(0|[1-9]\d*)`;
const PRERELEASE = String.raw`(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const BUILD = "[0-9a-zA-Z-]+";
/** semver.org, version 2.0.0. */
const SEMVER = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(-${PRERELEASE}(\.${PRERELEASE})*)?(\+${BUILD}(\.${BUILD})*)?$`,
);

/**
 * A device of a slice (pkg/apis/resource/validation). What stands there as it did is not judged anew.
 *
 * @param isPlaced Whether each device of the slice says itself on which nodes it can be used.
 */
export function checkDevice(
  report: Report,
  path: string,
  device: Device,
  previous: Device | undefined,
  isPlaced: boolean,
): void {
  report.check(`${path}.name`, device.name, dnsLabel);
  checkAttributes(report, path, device);
  if (!equalJson(device.capacity ?? null, previous?.capacity ?? null)) checkCapacity(report, path, device);
  if (!equalJson(device.taints ?? null, previous?.taints ?? null)) {
    checkItems(report, `${path}.taints`, device.taints, LIMITS.taintsMax, (taint, at) =>
      checkDeviceTaint(report, at, taint),
    );
  }
  const setOf = ({ counterSet }: { readonly counterSet: string }) => counterSet;
  const consumed = device.consumesCounters;
  checkSet(report, `${path}.consumesCounters`, consumed, LIMITS.consumptionsMax, setOf, (each, at) => {
    if (each.counterSet === "") report.required(`${at}.counterSet`);
    else report.check(`${at}.counterSet`, each.counterSet, dnsLabel);
    checkCounters(report, `${at}.counters`, each.counters);
  });
  if (isPlaced) checkPlace(report, path, device);
  else if (device.nodeName !== undefined || device.nodeSelector !== undefined || device.allNodes !== undefined) {
    const rule =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    report.invalid(path, null, rule);
  }
  checkBinding(report, path, device);
}

/** Counters by name. */
export function checkCounters(report: Report, path: string, counters: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(counters).sort();
  if (names.length === 0) report.required(path);
  else if (names.length > LIMITS.countersMax) report.tooMany(path, names.length, LIMITS.countersMax);
  else for (const name of names) report.check(path, name, dnsLabel);
}

function checkAttributes(report: Report, path: string, { attributes = {}, capacity = {} }: Device): void {
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > LIMITS.attributesAndCapacitiesMax) {
    const rule = `the total number of attributes and capacities must not exceed ${LIMITS.attributesAndCapacitiesMax}`;
    report.invalid(path, count, rule);
  }
  const values = Object.values(attributes).reduce((sum, each) => sum + Math.max(1, listed(each)), 0);
  if (values > LIMITS.attributeValuesMax) {
    const rule = `the total number of attribute values must not exceed ${LIMITS.attributeValuesMax}`;
    report.invalid(path, values, rule);
  }
  for (const [name, attribute] of entriesOf(attributes)) {
    checkQualifiedName(report, `${path}.attributes`, name);
    checkAttribute(report, `${path}.attributes[${name}]`, attribute);
  }
}

function listed({ ints, bools, strings, versions }: DeviceAttribute): number {
  return [ints, bools, strings, versions].reduce((sum, list) => sum + (list?.length ?? 0), 0);
}

function checkAttribute(report: Report, path: string, attribute: DeviceAttribute): void {
  const { string, version, strings, versions } = attribute;
  if (string !== undefined) checkText(report, `${path}.string`, string);
  if (version !== undefined) checkVersion(report, `${path}.version`, version);
  for (const [i, each] of (strings ?? []).entries()) checkText(report, `${path}.strings[${i}]`, each);
  for (const [i, each] of (versions ?? []).entries()) checkVersion(report, `${path}.versions[${i}]`, each);
  const count = Object.values(attribute).filter((value) => value !== undefined).length;
  if (count !== 1) report.invalid(path, count === 0 ? "" : attribute, "exactly one value must be specified");
}

function checkText(report: Report, path: string, text: string): void {
  if (byteLength(text) > LIMITS.attributeBytesMax) report.tooLong(path, LIMITS.attributeBytesMax);
}

function checkVersion(report: Report, path: string, version: string): void {
  if (!SEMVER.test(version)) report.invalid(path, version, "must be a string compatible with semver.org spec 2.0.0");
  checkText(report, path, version);
}

function checkCapacity(report: Report, path: string, { capacity, allowMultipleAllocations }: Device): void {
  for (const [name, { value, requestPolicy }] of entriesOf(capacity)) {
    checkQualifiedName(report, `${path}.capacity`, name);
    const at = `${path}.capacity[${name}].requestPolicy`;
    if (requestPolicy === undefined) continue;
    if (allowMultipleAllocations === true) checkCapacityPolicy(report, at, value, requestPolicy);
    else report.forbidden(at, "allowMultipleAllocations must be true");
  }
}

/** Where a device can be used. */
interface Place {
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
}

function checkPlace(report: Report, path: string, { nodeName, nodeSelector, allNodes }: Place): void {
  if (nodeName === "") report.invalid(`${path}.nodeName`, nodeName, "must not be empty");
  else if (nodeName !== undefined) report.check(`${path}.nodeName`, nodeName, dnsSubdomain);
  if (nodeSelector !== undefined) checkNodeSelector(report, `${path}.nodeSelector`, nodeSelector);
  if (allNodes === false) report.invalid(`${path}.allNodes`, allNodes, "must be either unset or set to true");
  const given = [
    ...(nodeName ? ["`nodeName`"] : []),
    ...(nodeSelector === undefined ? [] : ["`nodeSelector`"]),
    ...(allNodes === true ? ["`allNodes`"] : []),
  ];
  const rule =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (given.length === 0) report.required(path, rule);
  else if (given.length > 1) report.invalid(path, `{${given.join(", ")}}`, rule);
}

/** Conditions that a binding waits for, and those that end it. */
interface Binding {
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
}

/** Each of the two needs the other, and no condition is in both. */
export function checkBinding(report: Report, path: string, binding: Binding): void {
  const { bindingConditions: waited = [], bindingFailureConditions: failed = [] } = binding;
  for (const field of ["bindingConditions", "bindingFailureConditions"] as const) {
    const itself = (condition: string) => condition;
    checkSet(report, `${path}.${field}`, binding[field], LIMITS.bindingConditionsMax, itself, (condition, at) =>
      report.check(at, condition, qualifiedName),
    );
  }
  for (const [i, condition] of failed.entries()) {
    if (!waited.includes(condition)) continue;
    const rule = "bindingFailureConditions must not overlap with bindingConditions";
    report.invalid(`${path}.bindingFailureConditions[${i}]`, condition, rule);
  }
  if (waited.length === 0 && failed.length > 0) {
    const rule = "bindingConditions are required to use bindingFailureConditions";
    report.invalid(`${path}.bindingConditions`, binding.bindingConditions, rule);
  }
  if (failed.length === 0 && waited.length > 0) {
    const rule = "bindingFailureConditions are required to use bindingConditions";
    report.invalid(`${path}.bindingFailureConditions`, binding.bindingFailureConditions, rule);
  }
}
