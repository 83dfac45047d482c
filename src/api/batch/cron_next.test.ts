import assert from "node:assert/strict";
import { test } from "node:test";
import { nextCronTime, zoneOffset } from "./cron_next.ts";
import { parseCronSchedule } from "./cron_schedule.ts";

const iso = (ms: number | undefined) =>
  ms === undefined ? "never" : new Date(ms).toISOString().replace(":00.000Z", "Z");

/** The next times of `schedule` in `zone`, after a time. */
const cases: readonly [schedule: string, zone: string, after: string, next: readonly string[]][] = [
  ["* * * * *", "UTC", "2026-01-01T00:00:59Z", ["2026-01-01T00:01Z", "2026-01-01T00:02Z"]],
  ["*/15 9-10 * * *", "UTC", "2026-01-01T10:40:00Z", ["2026-01-01T10:45Z", "2026-01-02T09:00Z"]],
  ["@hourly", "UTC", "2025-12-31T23:00:00Z", ["2026-01-01T00:00Z"]],
  ["@monthly", "UTC", "2026-01-31T12:00:00Z", ["2026-02-01T00:00Z", "2026-03-01T00:00Z"]],
  ["@yearly", "UTC", "2026-01-01T00:00:00Z", ["2027-01-01T00:00Z"]],
  ["@weekly", "UTC", "2026-01-01T00:00:00Z", ["2026-01-04T00:00Z"]],
  ["30 4 * jan,mar MON-FRI", "UTC", "2026-01-30T05:00:00Z", ["2026-03-02T04:30Z"]],
  ["0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", ["2026-01-02T00:00Z", "2026-01-09T00:00Z", "2026-01-13T00:00Z"]],
  ["0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", ["2028-02-29T00:00Z"]],
  ["0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", ["never"]],
  ["0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", ["2026-01-01T03:30Z"]],
  // Clocks skip 02:30 on 29 March in Berlin: no time that day.
  ["30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", ["2026-03-28T01:30Z", "2026-03-30T00:30Z"]],
  // They show 02:30 twice on 25 October.
  [
    "30 2 * * *",
    "Europe/Berlin",
    "2026-10-24T12:00:00Z",
    ["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-26T01:30Z"],
  ],
  // The day keeps its hour on both sides of the change.
  ["0 8 * * *", "America/New_York", "2026-03-07T12:00:00Z", ["2026-03-07T13:00Z", "2026-03-08T12:00Z"]],
  ["0 * * * *", "America/New_York", "2026-03-08T06:00:00Z", ["2026-03-08T07:00Z", "2026-03-08T08:00Z"]],
  // In Beirut clocks go from 24:00 to 01:00: that midnight does not exist, the day does.
  ["0 0 * * *", "Asia/Beirut", "2026-03-27T22:00:00Z", ["2026-03-29T21:00Z"]],
  ["15 1 29 3 *", "Asia/Beirut", "2026-03-01T00:00:00Z", ["2026-03-28T22:15Z"]],
];

for (const [schedule, zone, after, next] of cases) {
  test(`${schedule} in ${zone} after ${after}`, () => {
    const offset = zoneOffset(zone);
    let atMs: number | undefined = Date.parse(after);
    for (const expected of next) {
      atMs = nextCronTime(parseCronSchedule(schedule), atMs ?? 0, offset);
      assert.equal(iso(atMs), expected);
    }
  });
}

test("a fixed distance counts from the second it is asked at", () => {
  assert.equal(nextCronTime(parseCronSchedule("@every 1h30m"), 1_500), 5_401_000);
});

test("no other minute around a change of clocks shows what the schedule says", () => {
  const schedule = parseCronSchedule("5-50/9 3,17 * 2-4 *");
  const offset = zoneOffset("America/Sao_Paulo");
  const found: number[] = [];
  const endMs = Date.UTC(2018, 2, 10);
  for (let at = nextCronTime(schedule, Date.UTC(2018, 0, 20), offset); at !== undefined && at < endMs;) {
    found.push(at);
    at = nextCronTime(schedule, at, offset);
  }
  const wanted: number[] = [];
  for (let at = Date.UTC(2018, 0, 20); at < endMs; at += 60_000) {
    const wall = new Date(at + offset(at));
    const isMinute = [5, 14, 23, 32, 41, 50].includes(wall.getUTCMinutes());
    const isHour = [3, 17].includes(wall.getUTCHours());
    if (isMinute && isHour && wall.getUTCMonth() >= 1 && wall.getUTCMonth() <= 3) wanted.push(at);
  }
  assert.deepEqual(found, wanted);
});
