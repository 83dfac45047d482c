import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOffset } from "#api/batch/cron_next.ts";
import { parseCronSchedule } from "#api/batch/cron_schedule.ts";
import type { CronJob } from "#api/batch/cronjob.ts";
import { formatTime } from "#api/time.ts";
import { lastDue, untilNextMs, type Timetable } from "./cronjob_schedule.ts";

function cronJob(createdAt: string, lastScheduleTime?: string, spec: object = {}): CronJob {
  return { metadata: { creationTimestamp: createdAt }, spec, status: { lastScheduleTime } } as unknown as CronJob;
}

const timetable = (schedule: string, zone = "UTC", sinceMs?: number): Timetable => ({
  schedule: parseCronSchedule(schedule),
  offset: zoneOffset(zone),
  sinceMs,
});

interface Case {
  readonly name: string;
  readonly schedule: string;
  readonly last?: string;
  readonly deadlineSeconds?: number;
  readonly since?: string;
  readonly now: string;
  readonly due: string | undefined;
  readonly tooMany?: boolean;
}

const CREATED = "2026-01-01T00:00:30Z";
const cases: readonly Case[] = [
  { name: "nothing yet", schedule: "0 * * * *", now: "2026-01-01T00:59:59Z", due: undefined },
  { name: "the first", schedule: "0 * * * *", now: "2026-01-01T01:00:00Z", due: "2026-01-01T01:00:00Z" },
  {
    name: "done already",
    schedule: "0 * * * *",
    last: "2026-01-01T01:00:00Z",
    now: "2026-01-01T01:30:00Z",
    due: undefined,
  },
  { name: "the last of many", schedule: "0 * * * *", now: "2026-01-03T07:30:00Z", due: "2026-01-03T07:00:00Z" },
  {
    name: "the last of too many",
    schedule: "* * * * *",
    now: "2026-01-01T03:00:10Z",
    due: "2026-01-01T03:00:00Z",
    tooMany: true,
  },
  {
    name: "a deadline leaves few to count",
    schedule: "* * * * *",
    deadlineSeconds: 90,
    now: "2026-01-01T03:00:10Z",
    due: "2026-01-01T03:00:00Z",
  },
  {
    name: "unevenly spread",
    schedule: "30 6-16/4 * * 1-5",
    now: "2026-01-05T05:00:00Z",
    due: "2026-01-02T14:30:00Z",
  },
  {
    name: "not before the schedule was changed",
    schedule: "0 12 * * *",
    since: "2026-01-01T13:00:00Z",
    now: "2026-01-01T13:30:00Z",
    due: undefined,
  },
];

for (const { name, schedule, last, deadlineSeconds, since, now, due, tooMany = false } of cases) {
  test(`due: ${name}`, () => {
    const object = cronJob(CREATED, last, { startingDeadlineSeconds: deadlineSeconds });
    const found = lastDue(
      object,
      timetable(schedule, "UTC", since === undefined ? undefined : Date.parse(since)),
      Date.parse(now),
    );
    assert.equal(found.dueMs === undefined ? undefined : formatTime(found.dueMs), due);
    assert.equal(found.tooManyMissed, tooMany);
  });
}

test("a year of a CronJob that wakes when told: no start is lost, none comes twice", () => {
  const table = timetable("30 2 * * *", "Europe/Berlin");
  const starts: string[] = [];
  let nowMs = Date.parse(CREATED);
  const endMs = nowMs + 365 * 86_400_000;
  while (nowMs < endMs) {
    const object = cronJob(CREATED, starts.at(-1));
    const { dueMs } = lastDue(object, table, nowMs);
    if (dueMs !== undefined) starts.push(formatTime(dueMs));
    const waitMs = untilNextMs(cronJob(CREATED, starts.at(-1)), table, nowMs);
    assert.ok(waitMs !== undefined && waitMs > 0);
    nowMs += waitMs;
  }
  // One night has no 02:30, one has two.
  assert.equal(starts.length, 365);
  assert.equal(new Set(starts).size, 365);
  assert.ok(!starts.some((start) => start.startsWith("2026-03-29")));
  assert.equal(starts.filter((start) => start.startsWith("2026-10-25")).length, 2);
});
