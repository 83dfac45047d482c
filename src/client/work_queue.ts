import { backoffMs, type Backoff } from "#base/backoff.ts";
import type { Clock, Timer } from "#base/clock.ts";

/** 5 ms doubled per failure, at most 1,000 s: client-go's default for one item (util/workqueue). */
const ITEM_BACKOFF: Backoff = { baseMs: 5, maxMs: 1_000_000 };

interface Delayed {
  readonly atMs: number;
  readonly timer: Timer;
}

/**
 * Keys to be worked on: each at most once at a time, and once more if it was added meanwhile. However often a
 * key is added while it waits, it is taken once.
 */
export class WorkQueue {
  readonly #clock: Clock;
  /** Keys waiting, oldest first. Invariant: every one is in `#dirty` and none in `#processing`. */
  readonly #queue = new Set<string>();
  /** Keys that need work: waiting, or added again while somebody works on them. */
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys waiting now, without those delayed or worked on. */
  get size(): number {
    return this.#queue.size;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (this.#processing.has(key)) return;
    this.#offer(key);
  }

  /** Adds after `delayMs`; of several delays of a key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#clock.monotonic() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending && pending.atMs <= atMs) return;
    pending?.timer.cancel();
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { atMs, timer });
  }

  /** Adds after a failure: later each time, until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, backoffMs(ITEM_BACKOFF, failures));
  }

  /** The work on `key` succeeded: its next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures of `key` in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, for this caller alone until it says `done`. Undefined when the queue was closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const key of this.#queue) {
      this.#queue.delete(key);
      this.#begin(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key) && !this.#closed) this.#offer(key);
  }

  /** Drops what waits; every `take` gives undefined from now on. */
  close(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#dirty.clear();
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #offer(key: string): void {
    const taker = this.#takers.shift();
    if (!taker) {
      this.#queue.add(key);
      return;
    }
    this.#begin(key);
    taker(key);
  }

  #begin(key: string): void {
    // Cleared before the work starts: a change that lands meanwhile must bring the key back, not be lost.
    this.#dirty.delete(key);
    this.#processing.add(key);
  }
}
