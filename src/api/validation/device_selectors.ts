import { compile } from "../cel/compile.ts";
import { DEVICE_VARIABLES } from "../cel/device_variables.ts";
import type { Json } from "../json.ts";
import type { DeviceToleration } from "../resource/device_request.ts";
import type { DeviceConfiguration, DeviceSelector } from "../resource/device_selector.ts";
import { checkItems } from "./device_lists.ts";
import { checkDriverName } from "./device_names.ts";
import { byteLength, labelValue, qualifiedName } from "./names.ts";
import type { Report } from "./report.ts";

/** Upstream: resource/v1/types.go. */
const LIMITS = { selectorsMax: 32, expressionBytesMax: 10 * 1024, parametersBytesMax: 10 * 1024 } as const;
const EFFECTS = ["NoExecute", "NoSchedule", "None"];

/** @param isStored Whether they stood there before: then they compiled once. */
export function checkSelectors(
  report: Report,
  path: string,
  selectors: readonly DeviceSelector[] | undefined,
  isStored = false,
): void {
  checkItems(report, path, selectors, LIMITS.selectorsMax, ({ cel }, at) => {
    if (cel === undefined) report.required(`${at}.cel`);
    else if (!isStored) checkExpression(report, `${at}.cel.expression`, cel.expression);
  });
}

function checkExpression(report: Report, path: string, source: string): void {
  if (byteLength(source) > LIMITS.expressionBytesMax) {
    report.tooLong(path, LIMITS.expressionBytesMax);
    return;
  }
  const compiled = compile(source, DEVICE_VARIABLES);
  if ("problems" in compiled) report.invalid(path, source, `compilation failed: ${compiled.problems}`);
  else if ("constant" in compiled) report.invalid(path, source, `program instantiation failed: ${compiled.constant}`);
  else if (compiled.type.kind !== "bool" && compiled.type.kind !== "dyn") {
    report.invalid(path, source, `must evaluate to bool or the unknown type, not ${compiled.type}`);
  }
}

export function checkDeviceConfiguration(report: Report, path: string, { opaque }: DeviceConfiguration): void {
  if (opaque === undefined) {
    report.required(`${path}.opaque`);
    return;
  }
  checkDriverName(report, `${path}.opaque.driver`, opaque.driver);
  checkParameters(report, `${path}.opaque.parameters`, opaque.parameters, LIMITS.parametersBytesMax);
}

/** What only a driver reads: any object that is not too long. */
export function checkParameters(report: Report, path: string, parameters: Json | undefined, bytesMax: number): void {
  if (parameters === undefined || parameters === null) report.required(path);
  else if (byteLength(JSON.stringify(parameters)) > bytesMax) report.tooLong(path, bytesMax);
  else if (typeof parameters !== "object" || Array.isArray(parameters)) {
    report.invalid(path, "<value omitted>", "must be a valid JSON object");
  }
}

export function checkDeviceTolerations(
  report: Report,
  path: string,
  tolerations: readonly DeviceToleration[] | undefined,
): void {
  for (const [i, { key, operator, value = "", effect }] of (tolerations ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (key) report.check(`${at}.key`, key, qualifiedName);
    if (operator === "Exists") {
      if (value !== "") report.invalid(`${at}.value`, value, "must be empty for operator `Exists`");
    } else if (operator === "Equal") report.check(`${at}.value`, value, labelValue);
    else report.oneOf(`${at}.operator`, operator, ["Equal", "Exists"]);
    if (effect && !EFFECTS.includes(effect)) report.notSupported(`${at}.effect`, effect, EFFECTS);
  }
}

/** A taint of a device, or one that is to be. */
export function checkDeviceTaint(
  report: Report,
  path: string,
  { key, value, effect }: { readonly key: string; readonly value?: string | undefined; readonly effect: string },
): void {
  report.check(`${path}.key`, key, qualifiedName);
  if (value) report.check(`${path}.value`, value, labelValue);
  report.oneOf(`${path}.effect`, effect, EFFECTS);
}
