import { compareStrings } from "./compare.ts";
import { textOfBytes, textOfDouble } from "./lib_convert.ts";
import type { Run } from "./run.ts";
import { Duration, formatSeconds, formatTimestamp, Timestamp } from "./time_values.ts";
import { CelType } from "./types.ts";
import { CelError, List, MapValue, typeOfValue, Uint, type Result, type Value } from "./value.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]))?/g;
const LIMITS = {
  /** Digits behind the point. */
  precisionDefault: 6,
  precisionMax: 100,
} as const;

/** A clause cannot be filled; it leaves the loop below as a result of the call. */
class ClauseProblem extends Error {
  override readonly name = "ClauseProblem";
}

/** `'%s of %.2f'.format([a, b])`: printf's clauses s, d, f, e, b, x, X and o. */
export function formatText(text: string, args: List, run: Run): Result {
  let next = 0;
  try {
    const result = text.replaceAll(CLAUSE, (clause, precision: string | undefined, verb: string | undefined) => {
      if (clause === "%%") return "%";
      if (verb === undefined) throw new ClauseProblem("could not parse formatting clause: unexpected end of string");
      if (next >= args.size) throw new ClauseProblem(`index ${next} out of range`);
      const value = args.at(next++);
      if (value instanceof CelError) throw new ClauseProblem(value.message);
      const filled = fill(verb, value, precision === undefined ? undefined : Number(precision), run);
      run.work(filled.length);
      return filled;
    });
    return next < args.size
      ? new CelError(`too many arguments supplied to string.format (expected ${next}, got ${args.size})`)
      : result;
  } catch (error) {
    if (error instanceof ClauseProblem) return new CelError(error.message);
    throw error;
  }
}

function fill(verb: string, value: Value, precision: number | undefined, run: Run): string {
  if (precision !== undefined && precision > LIMITS.precisionMax) throw new ClauseProblem("precision is too large");
  const digits = precision ?? LIMITS.precisionDefault;
  switch (verb) {
    case "s":
      return shown(value, run);
    case "d":
      return integer(value, 10, "decimal clause can only be used on integers");
    case "f":
      return double(value, "fixed-point clause can only be used on doubles", (number) =>
        grouped(number.toFixed(digits)),
      );
    case "e":
      return double(value, "scientific clause can only be used on doubles", (number) => scientific(number, digits));
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      return integer(value, 2, "only integers and bools can be formatted as binary");
    case "x":
      return hex(value, run);
    case "X":
      return hex(value, run).toUpperCase();
    case "o":
      return integer(value, 8, "octal clause can only be used on integers");
    default:
      throw new ClauseProblem(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function refused(rule: string, value: Value): ClauseProblem {
  return new ClauseProblem(`error during formatting: ${rule}, was given ${typeOfValue(value).name}`);
}

function integer(value: Value, base: number, rule: string): string {
  if (typeof value === "bigint") return value.toString(base);
  if (value instanceof Uint) return value.value.toString(base);
  throw refused(rule, value);
}

function double(value: Value, rule: string, show: (number: number) => string): string {
  const special = value === "NaN" || value === "Infinity" || value === "-Infinity";
  if (typeof value !== "number" && !special) throw refused(rule, value);
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  return Number.isFinite(number) ? show(number) : number > 0 ? "∞" : "-∞";
}

/** Doubles are written for English readers, with commas between thousands. */
function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const commas = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? commas : `${commas}.${fraction}`;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `3.14×10⁰⁰`: an exponent of at least two digits. */
function scientific(number: number, digits: number): string {
  const [mantissa = "", exponent = "0"] = number.toExponential(digits).split("e");
  const power = String(Math.abs(Number(exponent))).padStart(2, "0");
  const raised = Array.from(power, (digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${mantissa}×10${Number(exponent) < 0 ? "⁻" : ""}${raised}`;
}

function hex(value: Value, run: Run): string {
  if (typeof value === "string" || value instanceof Uint8Array) run.work(2 * value.length);
  const raw = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (raw instanceof Uint8Array) return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return integer(value, 16, "only integers, byte buffers, and strings can be formatted as hex");
}

/** The clause `%s`: texts as they are, what they hold in quotes. */
function shown(value: Value, run: Run): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return textOfDouble(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatSeconds(value);
  return inner(value, run);
}

function inner(value: Value, run: Run): string {
  run.work(typeof value === "string" ? value.length + 2 : 4);
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(6) : `"${textOfDouble(value)}"`;
  if (value instanceof Uint) return String(value.value);
  if (value instanceof CelType) return value.name;
  if (value instanceof Timestamp) return `timestamp("${formatTimestamp(value)}")`;
  if (value instanceof Duration) return `duration("${formatSeconds(value)}")`;
  if (value instanceof Uint8Array) return bytes(value);
  if (value instanceof List) return `[${Array.from(value.values(), (each) => element(each, run)).join(", ")}]`;
  if (value instanceof MapValue) return map(value, run);
  throw refused(
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    value,
  );
}

function element(result: Result, run: Run): string {
  if (result instanceof CelError) throw new ClauseProblem(result.message);
  return inner(result, run);
}

function bytes(value: Uint8Array): string {
  const text = textOfBytes(value);
  if (typeof text === "string") return text;
  throw new ClauseProblem("invalid UTF-8 in bytes, cannot convert to string");
}

function map(value: MapValue, run: Run): string {
  const entries = value.keys().map((key) => [inner(key, run), element(value.find(key) ?? null, run)] as const);
  const sorted = entries.toSorted(([a], [b]) => compareStrings(a, b));
  return `{${sorted.map(([key, each]) => `${key}:${each}`).join(", ")}}`;
}
