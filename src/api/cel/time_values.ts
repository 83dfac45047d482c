import { DURATION, TIMESTAMP, type CelType } from "./types.ts";
import { CelError, Opaque } from "./value.ts";

const SECOND = 1_000_000_000n;
/** 0001-01-01T00:00:00Z, to Go the time that is none. */
export const TIMESTAMP_MIN = -62_135_596_800n * SECOND;
/** 9999-12-31T23:59:59.999999999Z. */
const TIMESTAMP_MAX = 253_402_300_800n * SECOND - 1n;

export class Duration extends Opaque {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }

  get type(): CelType {
    return DURATION;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof Duration && other.nanos === this.nanos;
  }
}

export class Timestamp extends Opaque {
  /** Since 1970 in UTC. */
  readonly nanos: bigint;
  /** East of Greenwich: how it was written and is written again. */
  readonly zoneMinutes: number;

  constructor(nanos: bigint, zoneMinutes = 0) {
    super();
    this.nanos = nanos;
    this.zoneMinutes = zoneMinutes;
  }

  get type(): CelType {
    return TIMESTAMP;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof Timestamp && other.nanos === this.nanos;
  }
}

export function durationOf(nanos: bigint): Duration | CelError {
  return BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : new CelError("duration overflow");
}

export function timestampOf(nanos: bigint, zoneMinutes = 0): Timestamp | CelError {
  if (nanos < TIMESTAMP_MIN || nanos > TIMESTAMP_MAX) return new CelError("timestamp overflow");
  return new Timestamp(nanos, zoneMinutes);
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 text; undefined when it is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const parts = DATE_TIME.exec(text);
  if (parts === null) return undefined;
  const [, , , , , , , fraction = "", zone = ""] = parts;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const days = dayNumber(year, month, day);
  const offset = offsetMinutes(zone);
  if (days === undefined || offset === undefined) return undefined;
  const seconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
  return new Timestamp(BigInt(seconds) * SECOND + BigInt(fraction.padEnd(9, "0")), offset);
}

/** The beginning of a day, `2006-01-02`, in UTC; undefined when there is no such day. */
export function parseDate(text: string): Timestamp | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const days = dayNumber(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  return days === undefined ? undefined : new Timestamp(BigInt(days) * 86_400n * SECOND);
}

/** Days since 1970; undefined for a day that the calendar has not. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}

/** Minutes east of Greenwich; undefined when out of range. */
function offsetMinutes(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** `2026-01-02T03:04:05.5Z`, no more digits than needed, in the zone it was written in. */
export function formatTimestamp({ nanos, zoneMinutes }: Timestamp): string {
  const rest = ((nanos % SECOND) + SECOND) % SECOND;
  const date = new Date(Number((nanos - rest) / 1_000_000n) + zoneMinutes * 60_000);
  const text = `${String(date.getUTCFullYear()).padStart(4, "0")}${date.toISOString().slice(-20, -5)}`;
  const fraction = String(rest).padStart(9, "0").replace(/0+$/, "");
  return `${text}${fraction === "" ? "" : `.${fraction}`}${zoneMinutes === 0 ? "Z" : formatZone(zoneMinutes)}`;
}

function formatZone(minutes: number): string {
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}

/** Seconds with their fraction: `90s`, `1.5s`. */
export function formatSeconds({ nanos }: Duration): string {
  const [sign, size] = nanos < 0n ? ["-", -nanos] : ["", nanos];
  const fraction = String(size % SECOND)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${sign}${size / SECOND}${fraction === "" ? "" : `.${fraction}`}s`;
}
