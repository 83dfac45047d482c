/** Durations as Go writes them (`1h30m`, `1.5s`), exact in nanoseconds. */

/** The text is no duration; `message` is what Go says. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const SECOND = 1_000_000_000n;
const MAX = 2n ** 63n - 1n;
const TERM = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;

/** Nanoseconds of a Go duration. Throws DurationError. */
export function parseDuration(text: string): bigint {
  const invalid = () => new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  const sign = text.startsWith("-") ? -1n : 1n;
  const start = /^[+-]/.test(text) ? 1 : 0;
  if (text.slice(start) === "0") return 0n;
  if (text.length === start) throw invalid();
  let total = 0n;
  TERM.lastIndex = start;
  while (TERM.lastIndex < text.length) {
    const [, whole = "", fraction = "", unit = ""] = TERM.exec(text) ?? [];
    if (whole === "" && fraction === "") throw invalid();
    if (unit === "") throw new DurationError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const nanos = Object.hasOwn(UNIT_NANOS, unit) ? UNIT_NANOS[unit] : undefined;
    if (nanos === undefined) {
      throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    }
    const digits = fraction.slice(0, 18);
    total += BigInt(whole.slice(0, 40) || "0") * nanos + (BigInt(digits || "0") * nanos) / 10n ** BigInt(digits.length);
    if (total > MAX) throw invalid();
  }
  return sign * total;
}

/** The text Go writes: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  if (nanos < 0n) return `-${formatDuration(-nanos)}`;
  if (nanos < 1_000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}µs`;
  if (nanos < SECOND) return `${decimal(nanos, 1_000_000n)}ms`;
  const [hours, minutes] = [nanos / (3600n * SECOND), (nanos / (60n * SECOND)) % 60n];
  const seconds = `${decimal(nanos % (60n * SECOND), SECOND)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${value / unit}` : `${value / unit}.${fraction}`;
}

/** Milliseconds of a Go duration, with a fraction. Throws DurationError. */
export function durationMs(text: string): number {
  return Number(parseDuration(text)) / 1e6;
}
