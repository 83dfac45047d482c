/** Exponential back-off: `baseMs` doubled per failure, at most `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before the next attempt.
 *
 * @param failures Attempts that have failed so far; 0 gives `baseMs`.
 * @returns Milliseconds.
 * @throws {RangeError} If `failures` is negative or not an integer.
 */
export function backoffMs(backoff: Backoff, failures: number): number {
  if (!Number.isInteger(failures) || failures < 0) throw new RangeError(`failures must be a count, not ${failures}`);
  return Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures, 60));
}
