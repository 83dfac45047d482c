import { Library, P } from "./functions.ts";
import type { Duration, Timestamp } from "./time_values.ts";
import { INT } from "./types.ts";
import { CelError, type Result } from "./value.ts";

const MS = 1_000_000n;
const FIXED_ZONE = /^([+-]?)(\d{1,2}):(\d{2})$/;
const zones = new Map<string, Intl.DateTimeFormat | undefined>();

/** The parts of a time by the calendar of a place, as Date has them. */
type Part = (local: Date) => number;

const PARTS: readonly (readonly [method: string, overload: string, part: Part])[] = [
  ["getFullYear", "timestamp_to_year", (local) => local.getUTCFullYear()],
  ["getMonth", "timestamp_to_month", (local) => local.getUTCMonth()],
  ["getDayOfYear", "timestamp_to_day_of_year", dayOfYear],
  ["getDayOfMonth", "timestamp_to_day_of_month", (local) => local.getUTCDate() - 1],
  ["getDate", "timestamp_to_day_of_month_1_based", (local) => local.getUTCDate()],
  ["getDayOfWeek", "timestamp_to_day_of_week", (local) => local.getUTCDay()],
  ["getHours", "timestamp_to_hours", (local) => local.getUTCHours()],
  ["getMinutes", "timestamp_to_minutes", (local) => local.getUTCMinutes()],
  ["getSeconds", "timestamp_to_seconds", (local) => local.getUTCSeconds()],
  ["getMilliseconds", "timestamp_to_milliseconds", (local) => local.getUTCMilliseconds()],
];

/** From zero. */
function dayOfYear(local: Date): number {
  const start = new Date(local);
  start.setUTCMonth(0, 1);
  return Math.round((local.getTime() - start.getTime()) / 86_400_000);
}

function msOf({ nanos }: Timestamp): number {
  return Number(nanos >= 0n || nanos % MS === 0n ? nanos / MS : nanos / MS - 1n);
}

/** A clock that shows in UTC what the clocks of a place show; an error when there is no such place. */
function localDate(time: Timestamp, zone: string): Date | CelError {
  const ms = msOf(time);
  const fixed = FIXED_ZONE.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    if (Number(fixed[3]) > 59) return new CelError(`timezone offset minutes out of range [0, 59]: ${zone}`);
    return new Date(ms + (fixed[1] === "-" ? -minutes : minutes) * 60_000);
  }
  if (zone === "" || zone === "UTC") return new Date(ms);
  const format = formatOf(zone);
  if (format === undefined) return new CelError(`unknown time zone ${zone}`);
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = new Date(0);
  local.setUTCFullYear(part("year"), part("month") - 1, part("day"));
  local.setUTCHours(part("hour"), part("minute"), part("second"), ((ms % 1000) + 1000) % 1000);
  return local;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (zones.has(zone)) return zones.get(zone);
  const made = makeFormat(zone);
  if (zones.size < 1000) zones.set(zone, made);
  return made;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  const numeric = "numeric";
  try {
    return new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
      timeZone,
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
      hourCycle: "h23",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function partOf(time: Timestamp, zone: string, part: Part): Result {
  const local = localDate(time, zone);
  return local instanceof CelError ? local : BigInt(part(local));
}

const whole = ({ nanos }: Duration, unit: bigint): bigint => nanos / unit;

/** What calendars and clocks show. */
export const times = new Library()
  .method("getHours", "duration_to_hours", [P.duration], INT, ([value]) => whole(value, 3_600_000n * MS))
  .method("getMinutes", "duration_to_minutes", [P.duration], INT, ([value]) => whole(value, 60_000n * MS))
  .method("getSeconds", "duration_to_seconds", [P.duration], INT, ([value]) => whole(value, 1000n * MS))
  .method("getMilliseconds", "duration_to_milliseconds", [P.duration], INT, ([value]) => whole(value, MS));
for (const [method, overload, part] of PARTS) {
  times
    .method(method, overload, [P.timestamp], INT, ([time]) => partOf(time, "UTC", part))
    .method(method, `${overload}_with_tz`, [P.timestamp, P.string], INT, ([time, zone]) => partOf(time, zone, part));
}
