import type { TopologySelectorTerm } from "../core/topology_selector.ts";
import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { byteLength, qualifiedName } from "./names.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkCsiDriver } from "./volumes.ts";

const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;
const RECLAIM_POLICIES = ["Delete", "Retain"];
const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];

type Parameters = Readonly<Record<string, string>> | undefined;

interface Checked {
  readonly provisioner: string;
  readonly parameters?: Parameters;
  readonly reclaimPolicy: string;
  readonly volumeBindingMode: string;
  readonly allowedTopologies?: readonly TopologySelectorTerm[] | undefined;
}

export function validateStorageClass(storageClass: Checked): FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  return reportOf((report) => {
    if (provisioner === "") report.required("provisioner");
    else for (const each of qualifiedName(provisioner.toLowerCase())) report.invalid("provisioner", provisioner, each);
    checkParameters(report, "parameters", parameters);
    report.oneOf("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES);
    report.oneOf("volumeBindingMode", volumeBindingMode, BINDING_MODES);
    for (const [i, term] of allowedTopologies.entries()) checkTopology(report, `allowedTopologies[${i}]`, term);
  });
}

function checkParameters(report: Report, path: string, parameters: Parameters): void {
  const entries = entriesOf(parameters);
  if (entries.length > PARAMETERS_MAX) {
    report.tooLong(path, PARAMETERS_MAX);
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === "") report.invalid(path, key, "field can not be empty.");
    bytes += byteLength(key) + byteLength(value);
  }
  if (bytes > PARAMETERS_BYTES_MAX) report.tooLong(path, PARAMETERS_BYTES_MAX);
}

function checkTopology(report: Report, path: string, { matchLabelExpressions = [] }: TopologySelectorTerm): void {
  const keys = new Set<string>();
  for (const [i, { key, values }] of matchLabelExpressions.entries()) {
    const at = `${path}.matchLabelExpressions[${i}]`;
    if (values.length === 0) report.required(`${at}.values`);
    for (const [j, value] of values.entries()) {
      if (values.indexOf(value) < j) report.duplicate(`${at}.values[${j}]`, value);
    }
    report.check(`${at}.key`, key, qualifiedName);
    if (keys.has(key)) report.duplicate(`${at}.key`, key);
    keys.add(key);
  }
}

function checkKept<T>(report: Report, next: T, previous: T, fields: readonly (keyof T & string)[]): void {
  for (const field of fields) {
    if (!equalJson(next[field], previous[field])) report.forbidden(field, `updates to ${field} are forbidden.`);
  }
}

export function validateStorageClassUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    checkKept(report, next, previous, ["parameters", "provisioner", "reclaimPolicy"]);
    const mode = next.volumeBindingMode;
    report.immutable("volumeBindingMode", mode, mode === previous.volumeBindingMode);
  });
}

interface CheckedAttributes {
  readonly driverName: string;
  readonly parameters?: Parameters;
}

export function validateVolumeAttributesClass({ driverName, parameters }: CheckedAttributes): FieldError[] {
  return reportOf((report) => {
    if (driverName === "") report.required("driverName");
    else checkCsiDriver(report, "driverName", driverName);
    if (Object.keys(parameters ?? {}).length === 0) {
      report.required("parameters", "must contain at least one key/value pair");
    }
    checkParameters(report, "parameters", parameters);
  });
}

export function validateVolumeAttributesClassUpdate(
  next: CheckedAttributes,
  previous: CheckedAttributes,
): FieldError[] {
  return reportOf((report) => checkKept(report, next, previous, ["driverName", "parameters"]));
}
