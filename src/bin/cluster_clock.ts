import { sleep, type Clock, type Timer } from "#base/clock.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { durationMs } from "#api/duration.ts";

/** The clock of a cluster in this process, virtual or real: either can be told to let time pass. */
export class ClusterClock implements Clock {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, run);
  }

  /**
   * Lets time pass: virtual time at once, with everything that falls due on the way; real time by waiting.
   *
   * @param by A Go duration such as `90s` or `1h30m`, or milliseconds.
   * @throws {DurationError} When the text is no duration.
   */
  async advance(by: string | number): Promise<void> {
    const byMs = this.millisecondsOf(by);
    if (this.#clock instanceof VirtualClock) await this.#clock.advance(byMs);
    else await sleep(this.#clock, byMs);
  }

  /** Lets everything run that needs no time. On real time there is no telling, and this does nothing. */
  async settle(): Promise<void> {
    if (this.#clock instanceof VirtualClock) await this.#clock.settle();
  }

  /** Waits for `work`, letting time pass where it cannot go on without. Rejects as `work` does. */
  async during<T>(work: Promise<T>): Promise<T> {
    const progress = { over: false };
    const done = () => void (progress.over = true);
    work.then(done, done);
    await this.settle();
    while (!progress.over && this.#clock instanceof VirtualClock)
      await this.#clock.advance(this.#clock.nextDelayMs ?? 0);
    return work;
  }

  millisecondsOf(duration: string | number): number {
    return typeof duration === "number" ? duration : durationMs(duration);
  }
}
