import { backoffMs } from "#base/backoff.ts";

/** How soon a pod that fails at once is replaced again. */
export const FAILED_POD_BACKOFF = {
  /** daemon/controller.go, failedPodsBackoff. */
  daemon: { baseMs: 1_000, maxMs: 15 * 60_000 },
  /** Kubernetes replaces these without a pause: as fast as a node can turn them away. As a container that crashes. */
  stateful: { baseMs: 1_000, maxMs: 5 * 60_000 },
} as const;

interface Delays {
  readonly baseMs: number;
  readonly maxMs: number;
}

interface Entry {
  readonly failures: number;
  readonly sinceMs: number;
}

/**
 * Remembers, per place of a set's pods, when a failed pod was replaced last. Only a courtesy to the node: losing it at
 * a restart costs one early replacement.
 */
export class FailedPodBackoff {
  readonly #entries = new Map<string, Entry>();
  readonly #delays: Delays;

  constructor(delays: Delays) {
    this.#delays = delays;
  }

  /** Milliseconds until a failed pod may be replaced; 0 for now, which counts as done. */
  delayMs(key: string, nowMs: number): number {
    const entry = this.#entries.get(key);
    const isStale = entry !== undefined && nowMs - entry.sinceMs > 2 * this.#delays.maxMs;
    if (entry && !isStale) {
      const waitMs = entry.sinceMs + backoffMs(this.#delays, entry.failures) - nowMs;
      if (waitMs > 0) return waitMs;
    }
    this.#entries.set(key, { failures: entry && !isStale ? entry.failures + 1 : 0, sinceMs: nowMs });
    this.#forgetStale(nowMs);
    return 0;
  }

  #forgetStale(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#entries) {
      if (nowMs - sinceMs > 2 * this.#delays.maxMs) this.#entries.delete(key);
    }
  }
}
