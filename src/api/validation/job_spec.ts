import type { JobSpec } from "../batch/job_spec.ts";
import { checkDomainPath } from "./domain_path.ts";
import { checkFailurePolicy, checkSuccessPolicy } from "./job_policy.ts";
import { byteLength } from "./names.ts";
import { checkPodTemplate } from "./pod_template.ts";
import type { Report } from "./report.ts";

const LIMITS = {
  /** Of an indexed Job: its finished indexes are listed in its status. */
  parallelismMax: 100_000,
  failedIndexesMax: 100_000,
  /** From so many completions on, limits per index cost more … */
  completionsSoftMax: 100_000,
  /** … and parallelism and failed indexes are held to this. */
  manyMax: 10_000,
  managedByBytesMax: 63,
} as const;

const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

const REPLACEMENTS = ["Failed", "TerminatingOrFailed"];

/** What holds for Jobs and for the templates of Jobs. */
export function checkJobSpec(report: Report, path: string, spec: JobSpec): void {
  for (const field of COUNTS) report.nonNegative(`${path}.${field}`, spec[field]);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    report.required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  if (spec.managedBy !== undefined) {
    checkDomainPath(report, `${path}.managedBy`, spec.managedBy);
    if (byteLength(spec.managedBy) > LIMITS.managedByBytesMax) {
      report.tooLong(`${path}.managedBy`, LIMITS.managedByBytesMax);
    }
  }
  checkMode(report, path, spec);
  if (spec.podFailurePolicy) checkFailurePolicy(report, `${path}.podFailurePolicy`, spec);
  if (spec.successPolicy) {
    const at = `${path}.successPolicy`;
    if (spec.completionMode === "Indexed") checkSuccessPolicy(report, at, spec);
    else report.invalid(at, spec.successPolicy, "requires indexed completion mode");
  }
  const replacement = spec.podReplacementPolicy;
  const allowed = spec.podFailurePolicy ? ["Failed"] : REPLACEMENTS;
  if (replacement !== undefined && !allowed.includes(replacement)) {
    report.notSupported(`${path}.podReplacementPolicy`, replacement, allowed);
  }
  checkPodTemplate(report, `${path}.template`, spec.template);
  checkRestartPolicy(report, `${path}.template.spec.restartPolicy`, spec);
}

function checkMode(report: Report, path: string, spec: JobSpec): void {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode === "Indexed") checkIndexed(report, path, spec);
  else if (mode === undefined || mode === "NonIndexed") {
    for (const [field, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes })) {
      if (value !== undefined) report.invalid(`${path}.${field}`, value, "requires indexed completion mode");
    }
  } else report.notSupported(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"]);
}

function checkIndexed(report: Report, path: string, spec: JobSpec): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec;
  const [failedPath, parallelismPath] = [`${path}.maxFailedIndexes`, `${path}.parallelism`];
  if (completions === undefined) report.required(`${path}.completions`, "when completion mode is Indexed");
  if (parallelism > LIMITS.parallelismMax) {
    const rule = `must be less than or equal to ${LIMITS.parallelismMax} when completion mode is Indexed`;
    report.invalid(parallelismPath, parallelism, rule);
  }
  if (failed !== undefined && completions !== undefined && failed > completions) {
    report.invalid(failedPath, failed, "must be less than or equal to completions");
  }
  if (failed !== undefined && failed > LIMITS.failedIndexesMax) {
    report.invalid(failedPath, failed, `must be less than or equal to ${LIMITS.failedIndexesMax}`);
  }
  if (completions === undefined || completions <= LIMITS.completionsSoftMax) return;
  if (spec.backoffLimitPerIndex === undefined) return;
  const above = `when completions are above ${LIMITS.completionsSoftMax} and used with backoff limit per index`;
  if (failed === undefined) {
    report.required(failedPath, `must be specified when completions is above ${LIMITS.completionsSoftMax}`);
  }
  for (const [at, value] of [
    [parallelismPath, parallelism],
    [failedPath, failed ?? 0],
  ] as const) {
    if (value > LIMITS.manyMax) report.invalid(at, value, `must be less than or equal to ${LIMITS.manyMax} ${above}`);
  }
}

/** A Job's pods must be able to end. */
function checkRestartPolicy(report: Report, path: string, { template, podFailurePolicy }: JobSpec): void {
  const policy = template.spec.restartPolicy;
  if (policy === "Always" || policy === "") report.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== "OnFailure" && policy !== "Never") report.notSupported(path, policy, ["OnFailure", "Never"]);
  else if (podFailurePolicy && policy !== "Never") {
    report.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}
