import type { JobSpec } from "../batch/job_spec.ts";
import type { JobStatus } from "../batch/job_status.ts";
import type { FieldError } from "../schema/errors.ts";
import { parseTime } from "../time.ts";
import { checkCounts } from "./counts.ts";
import { parseIndexes } from "./job_indexes.ts";
import { reportOf, type Report } from "./report.ts";

interface Checked {
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

function holds({ conditions = [] }: JobStatus, type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

const isFinished = (status: JobStatus) => holds(status, "Complete") || holds(status, "Failed");

/** Checks the status of a Job; what was as it is before is not asked about again. */
export function validateJobStatusUpdate({ spec, status }: Checked, previous: Checked): FieldError[] {
  const before = previous.status;
  return reportOf((report) => {
    checkCounts(report, status, ["active", "succeeded", "failed", "ready", "terminating"]);
    checkUncounted(report, status);
    checkEnd(report, status, before);
    checkConditions(report, { spec, status }, before);
    checkIndexTexts(report, { spec, status }, before);
    if ((status.failed ?? 0) < (before.failed ?? 0)) {
      report.invalid("status.failed", status.failed ?? 0, "cannot decrease the failed counter");
    }
    if ((status.succeeded ?? 0) < (before.succeeded ?? 0)) {
      report.invalid("status.succeeded", status.succeeded ?? 0, "cannot decrease the succeeded counter");
    }
  });
}

function checkUncounted(report: Report, { uncountedTerminatedPods: pods }: JobStatus): void {
  const seen = new Set<string>();
  for (const result of ["succeeded", "failed"] as const) {
    for (const [i, uid] of (pods?.[result] ?? []).entries()) {
      const path = `status.uncountedTerminatedPods.${result}[${i}]`;
      if (uid === "") report.invalid(path, uid, "must not be empty");
      else if (seen.has(uid)) report.duplicate(path, uid);
      seen.add(uid);
    }
  }
}

/** A Job that ends now has its times set and no pods left. */
function checkEnd(report: Report, status: JobStatus, before: JobStatus): void {
  const { startTime, completionTime, uncountedTerminatedPods: pods, active = 0, terminating = 0 } = status;
  const path = "status.completionTime";
  const isComplete = holds(status, "Complete");
  if (completionTime && !isComplete && completionTime !== before.completionTime) {
    report.invalid(path, completionTime, "cannot set completionTime when there is no Complete=True condition");
  }
  if (completionTime && before.completionTime && completionTime !== before.completionTime) {
    report.invalid(path, completionTime, "field is immutable");
  }
  if (startTime && completionTime && parseTime(completionTime) < parseTime(startTime)) {
    report.invalid(path, completionTime, "must be equal to or after `startTime`");
  }
  if (isComplete && !completionTime && !holds(before, "Complete")) {
    report.required(path, "completionTime is required for Complete jobs");
  }
  if (!isFinished(status) || isFinished(before)) return;
  if (active > 0) report.invalid("status.active", active, "active>0 is invalid for finished job");
  if (!startTime) report.required("status.startTime", "startTime is required for finished job");
  if (pods?.failed?.length || pods?.succeeded?.length) {
    report.invalid("status.uncountedTerminatedPods", pods, "must be empty for finished job");
  }
  if (terminating > 0) {
    report.invalid("status.terminating", terminating, "terminating>0 is invalid for finished job");
  }
}

function checkConditions(report: Report, { spec, status }: Checked, before: JobStatus): void {
  const path = "status.conditions";
  const now = (type: string) => holds(status, type);
  const became = (type: string) => now(type) && !holds(before, type);
  const refuse = (detail: string) => report.invalidWhole(path, detail);
  if (now("Complete") && now("Failed")) refuse("cannot set Complete=True and Failed=true conditions");
  if (now("Complete") && now("FailureTarget")) refuse("cannot set Complete=True and FailureTarget=true conditions");
  if (became("Failed") && !now("FailureTarget")) {
    refuse("cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if (became("Complete") && !now("SuccessCriteriaMet")) {
    refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
  if (now("SuccessCriteriaMet") && now("Failed")) {
    refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  }
  if (now("SuccessCriteriaMet") && now("FailureTarget")) {
    refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  }
  if (spec.successPolicy && now("Complete") && !now("SuccessCriteriaMet")) {
    refuse("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (holds(before, type) && !now(type)) refuse(`cannot disable the terminal ${type}=True condition`);
  }
  if (holds(before, "SuccessCriteriaMet") && !now("SuccessCriteriaMet")) {
    refuse("cannot disable the SuccessCriteriaMet=True condition");
  }
}

function checkIndexTexts(report: Report, { spec, status }: Checked, before: JobStatus): void {
  const { completedIndexes = "", failedIndexes } = status;
  if (completedIndexes !== "" && spec.completionMode !== "Indexed") {
    const rule = "cannot set non-empty completedIndexes when non-indexed completion mode";
    report.invalid("status.completedIndexes", completedIndexes, rule);
  }
  if (failedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    const rule = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    report.invalid("status.failedIndexes", failedIndexes, rule);
  }
  if (spec.completions === undefined) return;
  for (const field of ["completedIndexes", "failedIndexes"] as const) {
    const text = status[field];
    if (text === undefined || text === before[field]) continue;
    const parsed = parseIndexes(text, spec.completions);
    if ("problem" in parsed) report.invalid(`status.${field}`, text, `error parsing ${field}: ${parsed.problem}`);
  }
}
