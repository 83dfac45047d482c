import type { ResourceSliceSpec } from "../resource/resourceslice.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkNodeSelector } from "./affinity.ts";
import { checkCounters, checkDevice } from "./device.ts";
import { checkSet } from "./device_lists.ts";
import { checkDriverName, checkPoolName } from "./device_names.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

/** Upstream: resource/v1/types.go. Devices with taints, counters or lists cost more to allocate. */
const LIMITS = { devicesMax: 128, advancedDevicesMax: 64, counterSetsMax: 8 } as const;

interface Checked {
  readonly spec: ResourceSliceSpec;
}

/** A slice keeps its driver, node and pool. */
export function validateResourceSlice({ spec }: Checked, previous?: Checked): FieldError[] {
  return reportOf((report) => {
    checkDriverName(report, "spec.driver", spec.driver);
    const { name, resourceSliceCount: count, generation } = spec.pool;
    checkPoolName(report, "spec.pool.name", name);
    if (count <= 0) report.invalid("spec.pool.resourceSliceCount", count, "must be greater than zero");
    if (generation < 0) {
      report.invalid("spec.pool.generation", generation, "must be greater than or equal to zero");
    }
    if (previous !== undefined) checkKept(report, spec, previous.spec);
    checkPlace(report, spec);
    if (spec.sharedCounters !== undefined && spec.devices !== undefined) {
      report.invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed");
    }
    checkContent(report, spec, previous?.spec);
  });
}

function checkKept(report: Report, spec: ResourceSliceSpec, before: ResourceSliceSpec): void {
  report.immutable("spec.pool.name", spec.pool.name, spec.pool.name === before.pool.name);
  report.immutable("spec.driver", spec.driver, spec.driver === before.driver);
  report.immutable("spec.nodeName", spec.nodeName ?? null, spec.nodeName === before.nodeName);
}

function checkPlace(report: Report, spec: ResourceSliceSpec): void {
  const { nodeName, nodeSelector } = spec;
  const given: string[] = [];
  if (nodeName === "") report.invalid("spec.nodeName", nodeName, "must be either unset or set to a non-empty string");
  else if (nodeName !== undefined) {
    given.push("`nodeName`");
    report.check("spec.nodeName", nodeName, dnsSubdomain);
  }
  if (nodeSelector !== undefined) {
    given.push("`nodeSelector`");
    checkNodeSelector(report, "spec.nodeSelector", nodeSelector);
    const { nodeSelectorTerms: terms } = nodeSelector;
    const at = "spec.nodeSelector.nodeSelectorTerms";
    if (terms.length !== 1) report.invalid(at, terms, "must have exactly one node selector term");
  }
  for (const field of ["allNodes", "perDeviceNodeSelection"] as const) {
    if (spec[field] === true) given.push(`\`${field}\``);
    if (spec[field] === false) report.invalid(`spec.${field}`, false, "must be either unset or set to true");
  }
  const rule = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (given.length === 0) report.required("spec", rule);
  else if (given.length > 1) {
    report.invalid("spec", `{${given.join(", ")}}`, `${rule}, but multiple fields are set`);
  }
}

function checkContent(report: Report, spec: ResourceSliceSpec, before: ResourceSliceSpec | undefined): void {
  const devicesMax = isAdvanced(spec) ? LIMITS.advancedDevicesMax : LIMITS.devicesMax;
  const isPlaced = spec.perDeviceNodeSelection === true;
  const nameOf = ({ name }: { readonly name: string }) => name;
  const known = new Map((before?.devices ?? []).map((device) => [device.name, device]));
  checkSet(report, "spec.devices", spec.devices, devicesMax, nameOf, (device, at) =>
    checkDevice(report, at, device, known.get(device.name), isPlaced),
  );
  checkSet(report, "spec.sharedCounters", spec.sharedCounters, LIMITS.counterSetsMax, nameOf, (set, at) => {
    if (set.name === "") report.required(`${at}.name`);
    else report.check(`${at}.name`, set.name, dnsLabel);
    checkCounters(report, `${at}.counters`, set.counters);
  });
}

function isAdvanced({ devices = [] }: ResourceSliceSpec): boolean {
  return devices.some(
    ({ taints, consumesCounters, attributes }) =>
      (taints ?? []).length > 0 ||
      (consumesCounters ?? []).length > 0 ||
      Object.values(attributes ?? {}).some(
        ({ ints, bools, strings, versions }) => ints ?? bools ?? strings ?? versions,
      ),
  );
}
