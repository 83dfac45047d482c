import type { Clock, Timer } from "./clock.ts";
import { Heap } from "./heap.ts";
import { turnsWaiting } from "./turn.ts";

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Turns of the event loop after which a world that is still busy is taken for one that will never rest. */
const SETTLE_TURNS_MAX = 1_000_000;

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

  /**
   * Lets everything run that can without time moving on. One turn of the event loop runs promises until none is ready;
   * what gave up its turn on purpose (`turn.ts`) gets as many as it needs. Work outside this process is not waited for.
   *
   * @throws {Error} When it never ends.
   */
  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS_MAX; turn++) {
      await new Promise<void>(setImmediate);
      if (turnsWaiting() === 0) return;
    }
    throw new Error(`Cannot settle: there is still work after ${SETTLE_TURNS_MAX} turns of the event loop`);
  }

  /** Milliseconds until the next timer falls due; undefined when none is set. */
  get nextDelayMs(): number | undefined {
    for (let next = this.#pending.peek(); next; next = this.#pending.peek()) {
      if (!next.cancelled) return Math.max(0, next.at - this.#now);
      this.#pending.pop();
    }
    return undefined;
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
