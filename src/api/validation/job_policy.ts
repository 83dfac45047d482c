import type { JobSpec } from "../batch/job_spec.ts";
import type {
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../batch/job_policy.ts";
import { parseIndexes } from "./job_indexes.ts";
import { byteLength, qualifiedName } from "./names.ts";
import type { Report } from "./report.ts";

const LIMITS = { rulesMax: 20, exitCodesMax: 255, patternsMax: 20, indexesBytesMax: 64 * 1024 } as const;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

/** The list as Go quotes one: `["a" "b"]`. */
const valid = (values: readonly string[]) => `valid values: [${values.map((each) => JSON.stringify(each)).join(" ")}]`;

export function checkFailurePolicy(report: Report, path: string, spec: JobSpec): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > LIMITS.rulesMax) report.tooMany(`${path}.rules`, rules.length, LIMITS.rulesMax);
  const { containers, initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  for (const [i, rule] of rules.entries()) {
    const at = `${path}.rules[${i}]`;
    checkAction(report, `${at}.action`, rule.action, spec);
    checkRule(report, at, rule, names);
  }
}

function checkAction(report: Report, path: string, action: string, spec: JobSpec): void {
  if (action === "") report.required(path, valid(ACTIONS));
  else if (!ACTIONS.includes(action)) report.notSupported(path, action, ACTIONS);
  else if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
    report.invalid(path, action, "requires the backoffLimitPerIndex to be set");
  }
}

function checkRule(report: Report, path: string, rule: PodFailurePolicyRule, names: ReadonlySet<string>): void {
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes) checkExitCodes(report, `${path}.onExitCodes`, onExitCodes, names);
  checkPatterns(report, `${path}.onPodConditions`, onPodConditions);
  const count = (onExitCodes ? 1 : 0) + (onPodConditions.length > 0 ? 1 : 0);
  if (count === 2) report.invalidWhole(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  if (count === 0) report.invalidWhole(path, "specifying one of OnExitCodes and OnPodConditions is required");
}

function checkPatterns(
  report: Report,
  path: string,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): void {
  if (patterns.length > LIMITS.patternsMax) report.tooMany(path, patterns.length, LIMITS.patternsMax);
  for (const [i, { type, status }] of patterns.entries()) {
    report.check(`${path}[${i}].type`, type, qualifiedName);
    if (status === "") report.required(`${path}[${i}].status`, valid(STATUSES));
    else if (!STATUSES.includes(status)) report.notSupported(`${path}[${i}].status`, status, STATUSES);
  }
}

function checkExitCodes(
  report: Report,
  path: string,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
): void {
  if (operator === "") report.required(`${path}.operator`, valid(OPERATORS));
  else if (!OPERATORS.includes(operator)) report.notSupported(`${path}.operator`, operator, OPERATORS);
  if (containerName !== undefined && !names.has(containerName)) {
    const rule = "must be one of the container or initContainer names in the pod template";
    report.invalid(`${path}.containerName`, containerName, rule);
  }
  if (values.length === 0) report.invalid(`${path}.values`, values, "at least one value is required");
  else if (values.length > LIMITS.exitCodesMax) report.tooMany(`${path}.values`, values.length, LIMITS.exitCodesMax);
  for (const [i, code] of values.entries()) {
    const at = `${path}.values[${i}]`;
    if (operator === "In" && code === 0) report.invalid(at, code, "must not be 0 for the In operator");
    if (values.indexOf(code) < i) report.duplicate(at, code);
  }
  const isOrdered = values.every((code, i) => i === 0 || (values[i - 1] ?? code) <= code);
  if (!isOrdered) report.invalid(`${path}.values`, values, "must be ordered");
}

export function checkSuccessPolicy(report: Report, path: string, spec: JobSpec): void {
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) {
    report.required(`${path}.rules`, "at least one rules must be specified when the successPolicy is specified");
  }
  if (rules.length > LIMITS.rulesMax) report.tooMany(`${path}.rules`, rules.length, LIMITS.rulesMax);
  for (const [i, rule] of rules.entries()) checkSuccess(report, `${path}.rules[${i}]`, rule, spec.completions ?? 0);
}

function checkSuccess(report: Report, path: string, rule: SuccessPolicyRule, completions: number): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    report.required(path, "at least one of succeededCount or succeededIndexes must be specified");
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (byteLength(indexes) > LIMITS.indexesBytesMax) report.tooLong(at, LIMITS.indexesBytesMax);
    const parsed = parseIndexes(indexes, completions);
    if ("problem" in parsed) report.invalid(at, indexes, `error parsing succeededIndexes: ${parsed.problem}`);
    else total = parsed.total;
  }
  if (count === undefined) return;
  const at = `${path}.succeededCount`;
  report.nonNegative(at, count);
  if (count > completions) {
    report.invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`);
  }
  if (indexes !== undefined && count > total) {
    const what = "the number of indexes in the specified succeededIndexes field";
    report.invalid(at, count, `must be less than or equal to ${total} (${what})`);
  }
}
