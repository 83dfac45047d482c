import { CronJob as CronJobKind, type CronJob } from "#api/batch/cronjob.ts";
import type { Job, JobDraft } from "#api/batch/job.ts";
import type { ZoneOffset } from "#api/batch/cron_next.ts";
import { ownerReference } from "#api/ownership.ts";
import { formatTime } from "#api/time.ts";
import { endOf } from "./job_state.ts";

const SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** The same start gives the same name, so that it cannot be made twice: minutes since 1970. */
export function jobNameOf({ metadata }: CronJob, dueMs: number): string {
  return `${metadata.name}-${Math.floor(dueMs / 60_000)}`;
}

export function jobFrom(cronJob: CronJob, dueMs: number, offset: ZoneOffset): JobDraft {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const annotations = { ...metadata.annotations, [SCHEDULED_AT]: zonedTime(dueMs, offset) };
  return {
    metadata: {
      name: jobNameOf(cronJob, dueMs),
      namespace: cronJob.metadata.namespace,
      labels: metadata.labels,
      annotations,
      ownerReferences: [ownerReference(CronJobKind, cronJob)],
    },
    spec: structuredClone(spec),
  };
}

/** RFC 3339 with the zone's offset. */
function zonedTime(atMs: number, offset: ZoneOffset): string {
  const aheadMs = offset(atMs);
  if (aheadMs === 0) return formatTime(atMs);
  const minutes = Math.abs(aheadMs) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const zone = `${aheadMs < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  return formatTime(atMs + aheadMs).replace("Z", zone);
}

/** The finished Jobs beyond those to be remembered, oldest first. */
export function forgottenJobs({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const beyond = (type: string, limit: number | undefined) => {
    const ended = jobs.filter((job) => endOf(job)?.type === type).toSorted(byStart);
    return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...beyond("Complete", spec.successfulJobsHistoryLimit), ...beyond("Failed", spec.failedJobsHistoryLimit)];
}

/** Those that never started come last. */
function byStart(a: Job, b: Job): number {
  const [x = "~", y = "~"] = [a.status.startTime, b.status.startTime];
  if (x !== y) return x < y ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
