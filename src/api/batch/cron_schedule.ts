import { parseDuration } from "../duration.ts";

/** A schedule of five fields, each the set of values it matches, or a fixed distance between times. */
export type CronSchedule = CronFields | { readonly everyMs: number };

export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  /** 1 is January. */
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** A day must match both days and weekdays when either was left open, else one of them is enough. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** The message is that of Kubernetes' parser. */
export class CronScheduleError extends Error {
  override readonly name = "CronScheduleError";
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS: Bounds = {
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds = { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Reads `30 4 * * mon-fri`, `@daily`, `@every 1h30m`; a leading `TZ=` or `CRON_TZ=` is passed over. Throws CronScheduleError. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === "") throw new CronScheduleError("empty spec string");
  const spec = withoutZone(text);
  if (spec.startsWith("@")) return parseDescriptor(spec);
  const fields = spec.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== 5) {
    throw new CronScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  }
  const [minutes = "", hours = "", days = "", months = "", weekdays = ""] = fields;
  return {
    minutes: parseField(minutes, MINUTES).values,
    hours: parseField(hours, HOURS).values,
    days: parseField(days, DAYS).values,
    months: parseField(months, MONTHS).values,
    weekdays: parseField(weekdays, WEEKDAYS).values,
    anyDay: parseField(days, DAYS).isOpen,
    anyWeekday: parseField(weekdays, WEEKDAYS).isOpen,
  };
}

function withoutZone(text: string): string {
  if (!text.startsWith("TZ=") && !text.startsWith("CRON_TZ=")) return text;
  const zone = text.slice(text.indexOf("=") + 1).split(" ", 1)[0] ?? "";
  if (!isTimeZone(zone)) throw new CronScheduleError(`provided bad location ${zone}: unknown time zone ${zone}`);
  return text.slice(text.indexOf(" ") + 1).trim();
}

/** Whether the IANA database knows the zone. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function parseDescriptor(text: string): CronSchedule {
  const known = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
  if (known !== undefined) return parseCronSchedule(known);
  if (!text.startsWith("@every ")) throw new CronScheduleError(`unrecognized descriptor: ${text}`);
  try {
    // Whole seconds, at least one.
    const seconds = Number(parseDuration(text.slice("@every ".length)) / 1_000_000_000n);
    return { everyMs: Math.max(seconds, 1) * 1000 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CronScheduleError(`failed to parse duration ${text}: ${reason}`, { cause: error });
  }
}

interface Parsed {
  readonly values: ReadonlySet<number>;
  /** `*` or `?` stands among the ranges. */
  readonly isOpen: boolean;
}

function parseField(text: string, bounds: Bounds): Parsed {
  const values = new Set<number>();
  let isOpen = false;
  for (const range of text.split(",").filter((each) => each !== "")) {
    isOpen = addRange(values, range, bounds) || isOpen;
  }
  return { values, isOpen };
}

/** Adds `a`, `a-b`, `a/step`, `a-b/step`, `*` or `?`; returns whether it was one of the last two. */
function addRange(values: Set<number>, range: string, bounds: Bounds): boolean {
  const steps = range.split("/");
  const ends = (steps[0] ?? "").split("-");
  const isStar = ends[0] === "*" || ends[0] === "?";
  if (ends.length > 2 && !isStar) throw new CronScheduleError(`too many hyphens: ${range}`);
  const start = isStar ? bounds.min : valueOf(ends[0] ?? "", bounds);
  let end = isStar ? bounds.max : ends[1] === undefined ? start : valueOf(ends[1], bounds);
  if (steps.length > 2) throw new CronScheduleError(`too many slashes: ${range}`);
  const step = steps[1] === undefined ? 1 : numberOf(steps[1]);
  // A step from one value goes on to the end.
  if (steps[1] !== undefined && !isStar && ends.length === 1) end = bounds.max;
  if (start < bounds.min)
    throw new CronScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${range}`);
  if (end > bounds.max) throw new CronScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${range}`);
  if (start > end) throw new CronScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${range}`);
  if (step === 0) throw new CronScheduleError(`step of range should be a positive number: ${range}`);
  for (let value = start; value <= end; value += step) values.add(value);
  return isStar && step === 1;
}

function valueOf(text: string, { names, min }: Bounds): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index >= 0 ? min + index : numberOf(text);
}

function numberOf(text: string): number {
  if (!/^[+-]?[0-9]{1,18}$/.test(text)) {
    const shown = JSON.stringify(text);
    throw new CronScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${shown}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0) throw new CronScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
