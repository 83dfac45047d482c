/** Times of the API: RFC 3339 text in UTC, read as strictly as Kubernetes reads it. */

/** The text is no time; `message` is what Kubernetes says. */
export class TimeError extends Error {
  override readonly name = "TimeError";
}

const SECONDS_LAYOUT = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00";

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
/** What is surely as the API server writes it, told in a thirtieth of the time of reading. Days that not every month has are read. */
const CANONICAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z$/;
const SECONDS_LENGTH = 20;
const MICRO_LENGTH = 27;
/** The elements of a time in order, and how each is called in an error. */
const ELEMENTS: readonly (readonly [pattern: RegExp, layout: string])[] = [
  [/^\d{4}/, "2006"],
  [/^-/, "-"],
  [/^\d{2}/, "01"],
  [/^-/, "-"],
  [/^\d{2}/, "02"],
  [/^T/, "T"],
  [/^\d{2}/, "15"],
  [/^:/, ":"],
  [/^\d{2}/, "04"],
  [/^:/, ":"],
  [/^\d{2}/, "05"],
];

/** The second written last: most times are of the one that is now. */
let last = { second: 0, text: "1970-01-01T00:00:00Z" };

/** Writes `nowMs` (milliseconds since 1970) with seconds: `2026-01-02T03:04:05Z`. */
export function formatTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== last.second) last = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  return last.text;
}

/** Writes `nowMs` with microseconds: `2026-01-02T03:04:05.678000Z`. */
export function formatMicroTime(nowMs: number): string {
  const micros = Math.floor(nowMs * 1000);
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, 23)}${rest}Z`;
}

/** Milliseconds since 1970 of an RFC 3339 time; a fraction of a second is kept. Throws TimeError. */
export function parseTime(text: string): number {
  return read(text, SECONDS_LAYOUT);
}

/** As parseTime; exactly six fractional digits must be there, as in MicroTime. Throws TimeError. */
export function parseMicroTime(text: string): number {
  return read(text, MICRO_LAYOUT);
}

/** The time as the API server would write it again, in UTC without a fraction. Throws TimeError. */
export function canonicalTime(text: string): string {
  return text.length === SECONDS_LENGTH && CANONICAL.test(text) ? text : formatTime(parseTime(text));
}

/** The micro time as the API server would write it again. Throws TimeError. */
export function canonicalMicroTime(text: string): string {
  return text.length === MICRO_LENGTH && CANONICAL.test(text) ? text : formatMicroTime(parseMicroTime(text));
}

function read(text: string, layout: string): number {
  const parts = DATE_TIME.exec(text);
  const isMicro = layout === MICRO_LAYOUT;
  if (parts === null || (isMicro && parts[7]?.length !== 6)) throw explain(text, layout);
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", zone = ""] = parts;
  checkRange(text, "month", Number(month), 1, 12);
  checkRange(text, "day", Number(day), 1, daysIn(Number(year), Number(month)));
  checkRange(text, "hour", Number(hour), 0, 23);
  checkRange(text, "minute", Number(minute), 0, 59);
  checkRange(text, "second", Number(second), 0, 59);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const micros = Math.floor(Number(`0.${fraction === "" ? "0" : fraction}`) * 1e6 + 1e-6);
  return date.getTime() - offsetMs(text, zone) + micros / 1000;
}

function daysIn(year: number, month: number): number {
  return month < 1 || month > 12 ? 31 : new Date(Date.UTC(year === 0 ? 4 : year, month, 0)).getUTCDate();
}

function checkRange(text: string, name: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw new TimeError(`parsing time ${JSON.stringify(text)}: ${name} out of range`);
}

function offsetMs(text: string, zone: string): number {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 24) throw new TimeError(`parsing time ${JSON.stringify(text)}: time zone offset hour out of range`);
  if (minutes >= 60) throw new TimeError(`parsing time ${JSON.stringify(text)}: time zone offset minute out of range`);
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Says which element could not be read, in the words of Go's time package. */
function explain(text: string, layout: string): TimeError {
  let rest = text;
  const fail = (element: string) =>
    new TimeError(
      `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`,
    );
  for (const [pattern, element] of ELEMENTS) {
    const found = pattern.exec(rest);
    if (found === null) return fail(element);
    rest = rest.slice(found[0].length);
  }
  const fraction = /^[.,]\d+/.exec(rest)?.[0] ?? "";
  if (layout === MICRO_LAYOUT) {
    if (fraction.length < 7) return fail(".000000");
    rest = rest.slice(7);
  } else rest = rest.slice(fraction.length);
  const zone = /^(Z|[+-]\d{2}:\d{2})/.exec(rest);
  if (zone === null) return fail("Z07:00");
  return new TimeError(
    `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest.slice(zone[0].length))}`,
  );
}
