import { backoffMs } from "#base/backoff.ts";

/** How soon a daemon that fails at once is replaced again (daemon/controller.go, failedPodsBackoff). */
const BACKOFF = { baseMs: 1_000, maxMs: 15 * 60_000 };

interface Entry {
  readonly failures: number;
  readonly sinceMs: number;
}

/**
 * Remembers, per daemon and node, when a failed pod was replaced last. Only a courtesy to the node: losing it at a
 * restart costs one early replacement.
 */
export class FailedPodBackoff {
  readonly #entries = new Map<string, Entry>();

  /** Milliseconds until a failed pod may be replaced; 0 for now, which counts as done. */
  delayMs(key: string, nowMs: number): number {
    const entry = this.#entries.get(key);
    const isStale = entry !== undefined && nowMs - entry.sinceMs > 2 * BACKOFF.maxMs;
    if (entry && !isStale) {
      const waitMs = entry.sinceMs + backoffMs(BACKOFF, entry.failures) - nowMs;
      if (waitMs > 0) return waitMs;
    }
    this.#entries.set(key, { failures: entry && !isStale ? entry.failures + 1 : 0, sinceMs: nowMs });
    this.#forgetStale(nowMs);
    return 0;
  }

  #forgetStale(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#entries) {
      if (nowMs - sinceMs > 2 * BACKOFF.maxMs) this.#entries.delete(key);
    }
  }
}
