import { CronScheduleError, isTimeZone, parseCronSchedule } from "../batch/cron_schedule.ts";
import type { CronJobSpec } from "../batch/cronjob.ts";
import type { JobTemplateSpec } from "../batch/job_spec.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkJobSpec } from "./job_spec.ts";
import { byteLength, maxLengthText } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

/** A Job's name is its CronJob's and eleven characters of time. */
const NAME_BYTES_MAX = 63 - 11;
const POLICIES = ["Allow", "Forbid", "Replace"];
const ZONE_PART = /^[A-Za-z._0-9+-]{1,14}$/;

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: CronJobSpec;
}

/** Name, time zone and a zone in the schedule are checked on creation, and by validateCronJobUpdate when they change. */
export function validateCronJob({ metadata, spec }: Checked): FieldError[] {
  const { name = "", resourceVersion } = metadata;
  return reportOf((report) => {
    if (spec.schedule === "") report.required("spec.schedule");
    else checkSchedule(report, "spec.schedule", spec.schedule);
    if (!resourceVersion) checkNew(report, spec);
    report.nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
    report.oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, POLICIES);
    checkTemplate(report, "spec.jobTemplate.spec", spec.jobTemplate);
    report.nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
    report.nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
    if (!resourceVersion && byteLength(name) > NAME_BYTES_MAX) {
      report.invalid("metadata.name", name, maxLengthText(NAME_BYTES_MAX));
    }
  });
}

function checkSchedule(report: Report, path: string, schedule: string): void {
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    report.invalid(path, schedule, error.message);
  }
}

function checkNew(report: Report, { schedule, timeZone }: CronJobSpec): void {
  if (schedule.includes("TZ")) {
    const rule = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    report.invalid("spec.schedule", schedule, rule);
  }
  checkTimeZone(report, "spec.timeZone", timeZone);
}

function checkTimeZone(report: Report, path: string, zone: string | undefined): void {
  if (zone === undefined) return;
  if (zone === "") {
    report.invalid(path, zone, "timeZone must be nil or non-empty string");
    return;
  }
  const isOdd = (part: string) => part === "." || part === ".." || part.startsWith("-") || !ZONE_PART.test(part);
  const isLocal = zone.toLowerCase() === "local";
  if (isLocal) {
    const rule = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    report.invalid(path, zone, rule);
  }
  if (zone.split("/").some(isOdd) || (!isLocal && !isTimeZone(zone))) {
    report.invalid(path, zone, `unknown time zone ${zone}`);
  }
}

/** The selector of a Job made from a template is always generated. */
function checkTemplate(report: Report, path: string, { spec }: JobTemplateSpec): void {
  checkJobSpec(report, path, spec);
  if (spec.selector !== undefined) {
    report.invalid(`${path}.selector`, spec.selector, "`selector` will be auto-generated");
  }
  if (spec.manualSelector) report.notSupported(`${path}.manualSelector`, spec.manualSelector, ["nil", "false"]);
}

export function validateCronJobUpdate({ spec }: Checked, previous: Checked): FieldError[] {
  const { schedule, timeZone } = spec;
  return reportOf((report) => {
    if (schedule.includes("TZ")) {
      const wasThere = previous.spec.schedule.includes("TZ");
      const instead = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      const both = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
      if (!wasThere) report.invalid("spec.schedule", schedule, instead);
      else if (timeZone !== undefined) report.invalid("spec.schedule", schedule, both);
    }
    if (timeZone !== previous.spec.timeZone) checkTimeZone(report, "spec.timeZone", timeZone);
  });
}
