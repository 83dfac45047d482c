/** Bounds of the wait between restarts, and between pulls of an image that fail (kubelet's defaults). */
export const BACKOFF = { initialMs: 10_000, maxMs: 300_000 } as const;

/** Where one container, or one image, stands in its back-off. */
export interface BackoffEntry {
  readonly delayMs: number;
  /** When the last attempt was made. */
  readonly updatedMs: number;
}

/**
 * How long from `nowMs` until the next attempt after a failure at `failedMs`; 0 or less means now. Without an entry the
 * first attempt is free.
 */
export function backoffLeftMs(entry: BackoffEntry | undefined, failedMs: number, nowMs: number): number {
  if (entry === undefined || hasExpired(entry, failedMs)) return 0;
  return failedMs + entry.delayMs - nowMs;
}

/** The entry after one more attempt: 10 s, doubled each time up to 5 min, begun anew after 10 quiet minutes. */
export function nextBackoff(entry: BackoffEntry | undefined, failedMs: number, nowMs: number): BackoffEntry {
  if (entry === undefined || hasExpired(entry, failedMs)) return { delayMs: BACKOFF.initialMs, updatedMs: nowMs };
  return { delayMs: Math.min(entry.delayMs * 2, BACKOFF.maxMs), updatedMs: nowMs };
}

/** client-go's rule (util/flowcontrol/backoff.go): forgotten when nothing failed for twice the longest wait. */
function hasExpired(entry: BackoffEntry, failedMs: number): boolean {
  return failedMs - entry.updatedMs > BACKOFF.maxMs * 2;
}
