import { nextCronTime, type ZoneOffset } from "#api/batch/cron_next.ts";
import type { CronSchedule } from "#api/batch/cron_schedule.ts";
import type { CronJob } from "#api/batch/cronjob.ts";
import { parseTime } from "#api/time.ts";

/** More starts missed than this are told about: clocks may be wrong. */
const MISSED_MAX = 100;
/** A little late, so that the time has come for sure (cronjob_controllerv2.go nextScheduleDelta). */
const LATE_MS = 100;

export interface Timetable {
  readonly schedule: CronSchedule;
  readonly offset: ZoneOffset;
  /** When the schedule became what it is, where that was seen: times before are not missed. */
  readonly sinceMs: number | undefined;
}

interface Due {
  /** The last time at which a Job should have started and may not have. */
  readonly dueMs: number | undefined;
  readonly tooManyMissed: boolean;
  /** The time after which starts were looked for. */
  readonly earliestMs: number;
}

/** Finds the last start due. The number of those missed before it is estimated: there may be millions. Pure. */
export function lastDue(
  { metadata, spec, status }: CronJob,
  timetable: Timetable,
  nowMs: number,
  keepsDeadline = true,
): Due {
  const { schedule, offset, sinceMs = -Infinity } = timetable;
  const lastMs = parseTime(status.lastScheduleTime ?? metadata.creationTimestamp);
  const deadlineMs = (spec.startingDeadlineSeconds ?? Infinity) * 1000;
  const earliestMs = Math.max(lastMs, sinceMs, keepsDeadline ? nowMs - deadlineMs : -Infinity);
  const none = { dueMs: undefined, tooManyMissed: false, earliestMs };
  const firstMs = nextCronTime(schedule, earliestMs, offset);
  if (firstMs === undefined || firstMs > nowMs) return none;
  const secondMs = nextCronTime(schedule, firstMs, offset);
  if (secondMs === undefined || secondMs > nowMs) return { ...none, dueMs: firstMs };
  const everyMs = secondMs - firstMs;
  const missed = Math.floor((nowMs - firstMs) / everyMs) + 1;
  // Times need not be evenly spread: from two estimated steps back all are looked at, and from the first if none is.
  let dueMs = firstMs;
  let fromMs = Math.max(firstMs, firstMs + (missed - 2) * everyMs);
  if ((nextCronTime(schedule, fromMs, offset) ?? Infinity) > nowMs) fromMs = firstMs;
  for (let at = nextCronTime(schedule, fromMs, offset); at !== undefined && at <= nowMs;) {
    dueMs = at;
    at = nextCronTime(schedule, at, offset);
  }
  return { dueMs, tooManyMissed: missed > MISSED_MAX, earliestMs };
}

/** Milliseconds until the next start is to be looked at; undefined when there is none. */
export function untilNextMs(cronJob: CronJob, timetable: Timetable, nowMs: number): number | undefined {
  const { dueMs, earliestMs } = lastDue(cronJob, timetable, nowMs, false);
  const nextMs = nextCronTime(timetable.schedule, dueMs ?? earliestMs, timetable.offset);
  return nextMs === undefined ? undefined : Math.max(0, nextMs - nowMs) + LATE_MS;
}
