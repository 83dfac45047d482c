import type { Condition } from "../meta/condition.ts";
import { byteLength, qualifiedName, regexText } from "./names.ts";
import type { Report } from "./report.ts";

const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_RULE =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
const REASON_BYTES_MAX = 1024;
const MESSAGE_BYTES_MAX = 32 * 1024;

function reasonProblems(reason: string): string[] {
  if (/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(reason)) return [];
  return [regexText(REASON_RULE, REASON, "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")];
}

/** The conditions of a status. */
export function checkConditions(report: Report, path: string, conditions: readonly Condition[] | undefined): void {
  const types = new Set<string>();
  for (const [i, condition] of (conditions ?? []).entries()) {
    if (types.has(condition.type)) report.duplicate(`${path}[${i}].type`, condition.type);
    types.add(condition.type);
    checkCondition(report, `${path}[${i}]`, condition);
  }
}

function checkCondition(report: Report, path: string, condition: Condition): void {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  report.check(`${path}.type`, type, qualifiedName);
  const states = ["False", "True", "Unknown"];
  if (!states.includes(status)) report.notSupported(`${path}.status`, status, states);
  if (observedGeneration < 0) {
    report.invalid(`${path}.observedGeneration`, observedGeneration, "must be greater than or equal to zero");
  }
  if (!lastTransitionTime) report.required(`${path}.lastTransitionTime`, "must be set");
  if (reason === "") report.required(`${path}.reason`, "must be set");
  else {
    report.check(`${path}.reason`, reason, reasonProblems);
    if (byteLength(reason) > REASON_BYTES_MAX) report.tooLong(`${path}.reason`, REASON_BYTES_MAX);
  }
  if (byteLength(message) > MESSAGE_BYTES_MAX) report.tooLong(`${path}.message`, MESSAGE_BYTES_MAX);
}
