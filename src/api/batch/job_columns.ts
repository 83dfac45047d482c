import { AGE, NAME, column, containerColumns, selectorText, wideColumn } from "../columns.ts";
import { age, humanDuration } from "../human_duration.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import { parseTime } from "../time.ts";
import type { CronJobSpec, CronJobStatus } from "./cronjob.ts";
import type { JobSpec } from "./job_spec.ts";
import type { JobStatus } from "./job_status.ts";

interface JobLike {
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

/** What a Job is doing, in one word. */
function statusText({ metadata, status }: JobLike): string {
  const holds = (type: string) => status.conditions?.some((each) => each.type === type && each.status === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  return ["Suspended", "FailureTarget"].find(holds) ?? "Running";
}

function completionsText({ spec, status }: JobLike): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: JobLike, nowMs: number): string {
  if (!status.startTime) return "";
  const end = status.completionTime ? parseTime(status.completionTime) : nowMs;
  return humanDuration(end - parseTime(status.startTime));
}

export const JOB_COLUMNS: readonly Column<JobLike>[] = [
  NAME,
  column("Status", "string", "What it is doing.", statusText),
  column("Completions", "string", "Pods that succeeded, of those wanted.", completionsText),
  column("Duration", "string", "Time from its start to its end.", durationText),
  AGE,
  ...containerColumns((job: JobLike) => job.spec.template),
  wideColumn("Selector", "string", "Which pods are its own.", ({ spec }) => selectorText(spec.selector)),
];

interface CronJobLike {
  readonly metadata: ObjectMeta;
  readonly spec: CronJobSpec;
  readonly status: CronJobStatus;
}

const SUSPENDED = { true: "True", false: "False" } as const;

export const CRON_JOB_COLUMNS: readonly Column<CronJobLike>[] = [
  NAME,
  column("Schedule", "string", "When Jobs start.", ({ spec }) => spec.schedule),
  column("Timezone", "string", "Where the schedule's clock is.", ({ spec }) => spec.timeZone ?? "<none>"),
  column("Suspend", "boolean", "No Jobs are started.", ({ spec }) =>
    spec.suspend === undefined ? "<unset>" : SUSPENDED[`${spec.suspend}`],
  ),
  column("Active", "integer", "Jobs under way.", ({ status }) => status.active?.length ?? 0),
  column("Last Schedule", "string", "Time since a Job was started.", ({ status }, nowMs) =>
    status.lastScheduleTime ? age(status.lastScheduleTime, nowMs) : "<none>",
  ),
  AGE,
  ...containerColumns((cronJob: CronJobLike) => cronJob.spec.jobTemplate.spec.template),
  wideColumn("Selector", "string", "Which pods are its Jobs' own.", ({ spec }) =>
    selectorText(spec.jobTemplate.spec.selector),
  ),
];
