import { textOfDouble } from "./lib_convert.ts";
import { formatSeconds, formatTimestamp, Duration, Timestamp } from "./time_values.ts";
import { CelType } from "./types.ts";
import { CelError, List, MapValue, Opaque, Optional, Uint, type Result } from "./value.ts";

/** A value as the language would write it, as far as it can. For tests and logs. */
export function showValue(value: Result): string {
  if (value instanceof CelError) return `error: ${value.message}`;
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isInteger(value) ? `${textOfDouble(value)}.0` : textOfDouble(value);
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array)
    return `b"${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
  if (value instanceof CelType) return String(value);
  if (value instanceof List) return `[${Array.from(value.values(), showValue).join(", ")}]`;
  if (value instanceof MapValue) {
    return `{${value
      .keys()
      .map((key) => `${showValue(key)}: ${showValue(value.find(key) ?? null)}`)
      .join(", ")}}`;
  }
  if (value instanceof Optional) return value.value === undefined ? "none" : `some(${showValue(value.value)})`;
  if (value instanceof Timestamp) return `timestamp(${formatTimestamp(value)})`;
  if (value instanceof Duration) return `duration(${formatSeconds(value)})`;
  return value instanceof Opaque ? value.type.name : "?";
}
