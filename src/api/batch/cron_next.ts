import { isTimeZone, type CronFields, type CronSchedule } from "./cron_schedule.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A schedule without a time in so long has none (`0 0 30 2 *`). */
const HORIZON_MS = 5 * 366 * DAY_MS;

/** How far a zone's clocks are ahead of UTC at an instant, milliseconds. */
export type ZoneOffset = (atMs: number) => number;

const UTC: ZoneOffset = () => 0;

/** The offsets of an IANA zone. @throws {RangeError} If there is no such zone. */
export function zoneOffset(zone: string | undefined): ZoneOffset {
  if (zone === undefined || zone === "" || zone === "UTC" || zone === "Etc/UTC") return UTC;
  if (!isTimeZone(zone)) throw new RangeError(`unknown time zone ${zone}`);
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return wall - Math.floor(atMs / 1000) * 1000;
  };
}

/**
 * The first time of the schedule after `afterMs`: the first whole minute at which the zone's clocks show what it
 * says. A time that clocks skip does not come that day; one they show twice comes twice, as in Kubernetes.
 *
 * @returns Milliseconds since the epoch; undefined when there is none in five years.
 */
export function nextCronTime(schedule: CronSchedule, afterMs: number, offset: ZoneOffset = UTC): number | undefined {
  if ("everyMs" in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
  let atMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  const endMs = afterMs + HORIZON_MS;
  while (atMs <= endMs) {
    const wall = new Date(atMs + offset(atMs));
    if (!schedule.months.has(wall.getUTCMonth() + 1)) {
      atMs = atWall(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + 1, 1), atMs, offset);
    } else if (!matchesDay(schedule, wall)) {
      atMs = atWall((Math.floor(wall.getTime() / DAY_MS) + 1) * DAY_MS, atMs, offset);
    } else if (!schedule.hours.has(wall.getUTCHours())) {
      atMs += HOUR_MS - (wall.getTime() % HOUR_MS);
    } else if (!schedule.minutes.has(wall.getUTCMinutes())) {
      atMs += MINUTE_MS;
    } else return atMs;
  }
  return undefined;
}

/** Both must match when either was left open, else one of them is enough. */
function matchesDay({ days, weekdays, anyDay, anyWeekday }: CronFields, wall: Date): boolean {
  const isDay = days.has(wall.getUTCDate());
  const isWeekday = weekdays.has(wall.getUTCDay());
  return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday;
}

/** The instant at which clocks show `wallMs`, or a little before it where they are changed; always after `atMs`. */
function atWall(wallMs: number, atMs: number, offset: ZoneOffset): number {
  const guess = wallMs - offset(atMs);
  const least = Math.min(guess, wallMs - offset(guess));
  return least > atMs ? least : atMs + MINUTE_MS;
}
