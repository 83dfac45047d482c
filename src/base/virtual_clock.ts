import type { Clock, Timer } from "./clock.ts";
import { Heap } from "./heap.ts";

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** How many turns of the event loop count as "everything that was ready has run". */
const SETTLE_TURNS = 25;

/**
 * A clock that moves only when told, so a day of cluster life runs in milliseconds and always in the
 * same order: timers fire by due time, then by the order in which they were set.
 */
export class VirtualClock implements Clock {
  #now: number;
  readonly #origin: number;
  #order = 0;
  readonly #pending = new Heap<Pending>((a, b) => a.at - b.at || a.order - b.order);

  /** @param startMs Wall clock at the start, milliseconds since the Unix epoch. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
    this.#origin = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#origin;
  }

  after(delayMs: number, run: () => void): Timer {
    const pending: Pending = {
      at: this.#now + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancelled: false,
    };
    this.#pending.push(pending);
    return {
      cancel: () => {
        pending.cancelled = true;
      },
    };
  }

  /** Lets promises and immediates that are ready run, without moving time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise<void>(setImmediate);
  }

  /** Moves time forward by `byMs`, firing every timer that falls due, letting the world settle between. */
  async advance(byMs: number): Promise<void> {
    const until = this.#now + byMs;
    await this.settle();
    for (let next = this.#pending.peek(); next && next.at <= until; next = this.#pending.peek()) {
      this.#pending.pop();
      if (next.cancelled) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.settle();
    }
    this.#now = until;
  }
}
