import { parseTime } from "./time.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** `a` of the larger unit and, unless it is zero, the rest in the smaller. */
function pair(seconds: number, large: [number, string], small: [number, string]): string {
  const rest = Math.floor((seconds % large[0]) / small[0]);
  const whole = `${Math.floor(seconds / large[0])}${large[1]}`;
  return rest === 0 ? whole : `${whole}${rest}${small[1]}`;
}

/** A duration short enough for a column, as `kubectl get` shows ages: `45s`, `3m20s`, `5d3h`, `2y`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (ms < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return pair(seconds, [MINUTE, "m"], [1, "s"]);
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return pair(seconds, [HOUR, "h"], [MINUTE, "m"]);
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return pair(seconds, [DAY, "d"], [HOUR, "h"]);
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return pair(seconds, [YEAR, "y"], [DAY, "d"]);
  return `${Math.floor(seconds / YEAR)}y`;
}

/** How long ago `time` (RFC 3339) was; `<unknown>` without one. */
export function age(time: string | undefined, nowMs: number): string {
  return time === undefined ? "<unknown>" : humanDuration(nowMs - parseTime(time));
}
