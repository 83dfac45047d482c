import { parseDuration } from "../duration.ts";
import { Library, P } from "./functions.ts";
import { int, uint } from "./lib_operators.ts";
import { Duration, formatSeconds, formatTimestamp, parseTimestamp, timestampOf } from "./time_values.ts";
import { A, BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, typeOf, UINT } from "./types.ts";
import { CelError, typeOfValue, Uint, type Result } from "./value.ts";

const SECOND = 1_000_000_000n;
const RANGE = new CelError("integer overflow");
const UNSIGNED_RANGE = new CelError("unsigned integer overflow");
const TRUTHS = new Set(["true", "True", "TRUE", "1", "t", "T"]);
const LIES = new Set(["false", "False", "FALSE", "0", "f", "F"]);
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

function conversionError(from: string, text: string, parser: string): CelError {
  return new CelError(`${parser}: parsing ${JSON.stringify(text)}: ${from}`);
}

function boolOf(text: string): Result {
  if (TRUTHS.has(text)) return true;
  return LIES.has(text) ? false : new CelError(`type conversion error from 'string' to 'bool'`);
}

function integerOf(text: string): Result {
  if (!/^[+-]?\d+$/.test(text) || text.length > 400) return conversionError("invalid syntax", text, "strconv.ParseInt");
  const value = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? value : conversionError("value out of range", text, "strconv.ParseInt");
}

function unsignedOf(text: string): Result {
  if (!/^\d+$/.test(text) || text.length > 400) return conversionError("invalid syntax", text, "strconv.ParseUint");
  const value = BigInt(text);
  return BigInt.asUintN(64, value) === value
    ? new Uint(value)
    : conversionError("value out of range", text, "strconv.ParseUint");
}

function doubleOf(text: string): Result {
  const special = SPECIAL.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? -Infinity : Infinity;
  }
  if (!DECIMAL.test(text)) return conversionError("invalid syntax", text, "strconv.ParseFloat");
  const value = Number(text);
  return Number.isFinite(value) ? value : conversionError("value out of range", text, "strconv.ParseFloat");
}

/** Towards zero; at and beyond 2^63 it does not fit. */
function truncated(value: number): Result {
  if (!Number.isFinite(value) || value >= 2 ** 63 || value <= -(2 ** 63)) return RANGE;
  return int(BigInt(Math.trunc(value)));
}

function truncatedUnsigned(value: number): Result {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) return UNSIGNED_RANGE;
  return uint(BigInt(Math.trunc(value)));
}

export function textOfBytes(bytes: Uint8Array): Result {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

/** As Go's `%g` writes the shortest form: with an exponent from 6 up and below -4. */
export function textOfDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

export function durationFrom(text: string): Result {
  try {
    return new Duration(parseDuration(text));
  } catch (error) {
    if (error instanceof Error) return new CelError(error.message);
    throw error;
  }
}

function timestampFrom(text: string): Result {
  const time = parseTimestamp(text);
  if (time !== undefined) return timestampOf(time.nanos, time.zoneMinutes);
  return new CelError(`parsing time ${JSON.stringify(text)}: invalid RFC 3339 time`);
}

/** Seconds since 1970, rounded down. */
function unixSeconds(nanos: bigint): bigint {
  return nanos < 0n && nanos % SECOND !== 0n ? nanos / SECOND - 1n : nanos / SECOND;
}

export const conversions = new Library()
  .fn("type", "type", [P.a], typeOf(A), ([value]) => typeOfValue(value))
  .fn("dyn", "to_dyn", [P.a], DYN, ([value]) => value)
  .fn("bool", "bool_to_bool", [P.bool], BOOL, ([value]) => value)
  .fn("bool", "string_to_bool", [P.string], BOOL, ([text]) => boolOf(text))
  .fn("bytes", "bytes_to_bytes", [P.bytes], BYTES, ([value]) => value)
  .fn("bytes", "string_to_bytes", [P.string], BYTES, ([text]) => new TextEncoder().encode(text))
  .fn("double", "double_to_double", [P.double], DOUBLE, ([value]) => value)
  .fn("double", "int64_to_double", [P.int], DOUBLE, ([value]) => Number(value))
  .fn("double", "string_to_double", [P.string], DOUBLE, ([text]) => doubleOf(text))
  .fn("double", "uint64_to_double", [P.uint], DOUBLE, ([{ value }]) => Number(value))
  .fn("duration", "duration_to_duration", [P.duration], DURATION, ([value]) => value)
  .fn("duration", "string_to_duration", [P.string], DURATION, ([text]) => durationFrom(text))
  .fn("int", "int64_to_int64", [P.int], INT, ([value]) => value)
  .fn("int", "double_to_int64", [P.double], INT, ([value]) => truncated(value))
  .fn("int", "duration_to_int64", [P.duration], INT, ([{ nanos }]) => nanos)
  .fn("int", "string_to_int64", [P.string], INT, ([text]) => integerOf(text))
  .fn("int", "timestamp_to_int64", [P.timestamp], INT, ([{ nanos }]) => unixSeconds(nanos))
  .fn("int", "uint64_to_int64", [P.uint], INT, ([{ value }]) => int(value))
  .fn("string", "string_to_string", [P.string], STRING, ([text]) => text)
  .fn("string", "bool_to_string", [P.bool], STRING, ([value]) => String(value))
  .fn("string", "bytes_to_string", [P.bytes], STRING, ([value]) => textOfBytes(value))
  .fn("string", "double_to_string", [P.double], STRING, ([value]) => textOfDouble(value))
  .fn("string", "duration_to_string", [P.duration], STRING, ([value]) => formatSeconds(value))
  .fn("string", "int64_to_string", [P.int], STRING, ([value]) => String(value))
  .fn("string", "timestamp_to_string", [P.timestamp], STRING, ([value]) => formatTimestamp(value))
  .fn("string", "uint64_to_string", [P.uint], STRING, ([{ value }]) => String(value))
  .fn("timestamp", "timestamp_to_timestamp", [P.timestamp], TIMESTAMP, ([value]) => value)
  .fn("timestamp", "int64_to_timestamp", [P.int], TIMESTAMP, ([seconds]) => timestampOf(seconds * SECOND))
  .fn("timestamp", "string_to_timestamp", [P.string], TIMESTAMP, ([text]) => timestampFrom(text))
  .fn("uint", "uint64_to_uint64", [P.uint], UINT, ([value]) => value)
  .fn("uint", "double_to_uint64", [P.double], UINT, ([value]) => truncatedUnsigned(value))
  .fn("uint", "int64_to_uint64", [P.int], UINT, ([value]) => uint(value))
  .fn("uint", "string_to_uint64", [P.string], UINT, ([text]) => unsignedOf(text));
