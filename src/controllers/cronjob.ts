import { zoneOffset } from "#api/batch/cron_next.ts";
import { CronScheduleError, isTimeZone, parseCronSchedule } from "#api/batch/cron_schedule.ts";
import { CronJob, type CronJobStatus } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import type { ObjectReference } from "#api/core/reference.ts";
import { isControlledBy } from "#api/ownership.ts";
import { formatTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller, type Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { forgottenJobs, jobFrom, jobNameOf } from "./cronjob_jobs.ts";
import { lastDue, untilNextMs, type Timetable } from "./cronjob_schedule.ts";
import { endOf } from "./job_state.ts";
import { isNamespaceTerminating } from "./replicas.ts";

/** Makes Jobs on a schedule. Remembers only when it saw a schedule change. */
export function cronJobController() {
  const schedules = new Map<string, { readonly text: string; readonly sinceMs: number | undefined }>();

  /** A schedule known since before this controller ran counts from the last start. */
  function sinceMs({ metadata, spec }: CronJob, nowMs: number): number | undefined {
    const text = `${spec.timeZone ?? ""} ${spec.schedule}`;
    const known = schedules.get(metadata.uid);
    if (known?.text === text) return known.sinceMs;
    const changed = { text, sinceMs: known ? nowMs : undefined };
    schedules.set(metadata.uid, changed);
    return changed.sinceMs;
  }

  return controller({
    name: "cronjob",
    for: CronJob,
    owns: [Job],

    async reconcile(cronJob, context) {
      const jobs = context.owned(Job, cronJob);
      const nowMs = context.clock.now();
      let status = await observe(cronJob, jobs, context);
      const timetable = timetableOf(cronJob, context, sinceMs(cronJob, nowMs));
      try {
        if (timetable) status = await startDue({ ...cronJob, status }, timetable, nowMs, context);
        const isOurs = new Set(await forget(cronJob, jobs, context));
        status = { ...status, active: status.active?.filter(({ uid }) => !isOurs.has(uid ?? "")) };
      } finally {
        if (!semanticallyEqual(status, cronJob.status)) {
          await context.client.updateStatus(CronJob, { ...cronJob, status });
        }
      }
      return { requeueAfterMs: timetable && untilNextMs({ ...cronJob, status }, timetable, nowMs) };
    },
  });
}

/** What became of its Jobs. */
async function observe(cronJob: CronJob, jobs: readonly Job[], context: Context): Promise<CronJobStatus> {
  const { events, client } = context;
  let { active = [], lastSuccessfulTime } = cronJob.status;
  for (const job of jobs) {
    const { uid, name } = job.metadata;
    const isListed = active.some((each) => each.uid === uid);
    const end = endOf(job);
    if (!end && !isListed) {
      const message = `Saw a job that the controller did not create or forgot: ${name}`;
      events.event(cronJob, "Warning", "UnexpectedJob", message);
    }
    if (end && isListed) {
      active = active.filter((each) => each.uid !== uid);
      events.event(cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${end.type}`);
    }
    const { completionTime } = job.status;
    if (end?.type !== "Complete" || completionTime === undefined) continue;
    if (lastSuccessfulTime === undefined || completionTime > lastSuccessfulTime) lastSuccessfulTime = completionTime;
  }
  const known = new Set(jobs.map(({ metadata }) => metadata.uid));
  for (const reference of active.filter(({ uid = "" }) => !known.has(uid))) {
    const { namespace, name = "" } = reference;
    if (await isThere(client, namespace, name)) continue;
    events.event(cronJob, "Normal", "MissingJob", `Active job went missing: ${name}`);
    active = active.filter((each) => each !== reference);
  }
  return { ...cronJob.status, active, ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }) };
}

/** Asked of the server: the cache may be behind. */
async function isThere(client: Context["client"], namespace: string | undefined, name: string): Promise<boolean> {
  try {
    await client.get(Job, { namespace, name });
    return true;
  } catch (error) {
    if (isApiError(error, "NotFound")) return false;
    throw error;
  }
}

/** Undefined when nothing is to be started. */
function timetableOf(cronJob: CronJob, { events }: Context, sinceMs: number | undefined): Timetable | undefined {
  const { schedule, timeZone, suspend } = cronJob.spec;
  if (cronJob.metadata.deletionTimestamp !== undefined) return undefined;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
    events.event(cronJob, "Warning", "UnknownTimeZone", message);
    return undefined;
  }
  if (suspend) return undefined;
  try {
    return { schedule: parseCronSchedule(schedule), offset: zoneOffset(timeZone), sinceMs };
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
    events.event(cronJob, "Warning", "UnparseableSchedule", message);
    return undefined;
  }
}

/** Starts what is due, if it is not too late and the Jobs under way allow it. */
async function startDue(
  cronJob: CronJob,
  timetable: Timetable,
  nowMs: number,
  context: Context,
): Promise<CronJobStatus> {
  const { events } = context;
  const { spec, status } = cronJob;
  const { dueMs, tooManyMissed } = lastDue(cronJob, timetable, nowMs);
  if (tooManyMissed) {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    events.event(cronJob, "Warning", "TooManyMissedTimes", message);
  }
  if (dueMs === undefined) return status;
  if (dueMs + (spec.startingDeadlineSeconds ?? Infinity) * 1000 < nowMs) {
    const time = new Date(dueMs).toUTCString().replace("GMT", "+0000");
    events.event(cronJob, "Warning", "MissSchedule", `Missed scheduled time to start a job: ${time}`);
    return status;
  }
  const active = status.active ?? [];
  const name = jobNameOf(cronJob, dueMs);
  if (active.some((each) => each.name === name) || status.lastScheduleTime === formatTime(dueMs)) return status;
  if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    events.event(cronJob, "Normal", "JobAlreadyActive", message);
    return status;
  }
  const isReplaced = spec.concurrencyPolicy === "Replace";
  if (isReplaced) for (const each of active) await deleteJob(cronJob, each, context);
  const job = await createJob(cronJob, dueMs, timetable, context);
  if (!job) return status;
  const lastScheduleTime = formatTime(dueMs);
  return { ...status, active: [...(isReplaced ? [] : active), referenceTo(job)], lastScheduleTime };
}

/** Undefined when somebody else has taken the name. */
async function createJob(cronJob: CronJob, dueMs: number, { offset }: Timetable, { client, events }: Context) {
  const draft = jobFrom(cronJob, dueMs, offset);
  try {
    const job = await client.create(Job, draft);
    events.event(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    return job;
  } catch (error) {
    if (isApiError(error, "AlreadyExists")) {
      // Made before a crash, and not written down since.
      const { namespace } = cronJob.metadata;
      const job = await client.get(Job, { namespace, name: jobNameOf(cronJob, dueMs) });
      return isControlledBy(job, cronJob) ? job : undefined;
    }
    if (!isNamespaceTerminating(error)) {
      const reason = error instanceof Error ? error.message : String(error);
      events.event(cronJob, "Warning", "FailedCreate", `Error creating job: ${reason}`);
    }
    throw error;
  }
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}

/** Deletes finished Jobs nobody wants to remember; gives their uids. */
async function forget(cronJob: CronJob, jobs: readonly Job[], context: Context): Promise<string[]> {
  const present = jobs.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const forgotten = forgottenJobs(cronJob, present);
  for (const { metadata } of forgotten) await deleteJob(cronJob, metadata, context);
  return forgotten.map(({ metadata }) => metadata.uid);
}

async function deleteJob(cronJob: CronJob, job: ObjectReference, { client, events }: Context): Promise<void> {
  const { namespace, name = "", uid = "" } = job;
  try {
    await client.delete(Job, { namespace, name }, { propagationPolicy: "Background", preconditions: { uid } });
    events.event(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  } catch (error) {
    if (isApiError(error, "NotFound")) return;
    const reason = error instanceof Error ? error.message : String(error);
    events.event(cronJob, "Warning", "FailedDelete", `Deleted job: ${reason}`);
    throw error;
  }
}
