/** What gathers frames during a turn of the event loop. */
export interface Flushable {
  flush(): void;
  /** Whether what it gathered may wait for more: it is news that nobody asked for just now, and little. */
  readonly mayWait: boolean;
  /** When news were flushed last, milliseconds of the queue's clock; minus infinity at first. */
  readonly newsAt: number;
  /** Told that it has to be added again for what it gathers from now on, if that is not to wait. */
  waits(): void;
}

/** What a queue needs of its surroundings. */
export interface FlushTimes {
  /** Milliseconds that never go back. */
  now(): number;
  endOfTurn(run: () => void): void;
  later(ms: number, run: () => void): void;
}

/**
 * How long news wait that come right after others, milliseconds: with small writes one after the other each of them
 * would be a record of TLS and a system call for every watcher.
 */
const PACE_MS = 4;

const TIMES: FlushTimes = {
  now: () => performance.now(),
  endOfTurn: (run) => void setImmediate(run),
  later: (ms, run) => void setTimeout(run, ms),
};

/**
 * The connections that have something to send, sent at the end of the turn: those with the head of an answer first.
 * A write wakes its watchers before it is answered, and there may be thousands of them.
 */
export class FlushQueue {
  readonly #times: FlushTimes;
  #answers: Flushable[] = [];
  #all: Flushable[] = [];
  #waiting: Flushable[] = [];

  constructor(times: FlushTimes = TIMES) {
    this.#times = times;
  }

  get now(): number {
    return this.#times.now();
  }

  /** To be called with the first frame of a turn. */
  add(output: Flushable): void {
    if (this.#all.push(output) === 1) this.#times.endOfTurn(() => this.#flush());
  }

  /** Lets one that was added go before those that were not expedited. */
  expedite(output: Flushable): void {
    this.#answers.push(output);
  }

  #flush(): void {
    const answers = this.#answers;
    const all = this.#all;
    this.#answers = [];
    this.#all = [];
    for (const output of answers) output.flush();
    const paceFrom = this.#times.now() - PACE_MS;
    for (const output of all) {
      if (output.mayWait && output.newsAt > paceFrom) this.#wait(output);
      else output.flush(); // Those that have been flushed have nothing more.
    }
  }

  #wait(output: Flushable): void {
    output.waits();
    if (this.#waiting.push(output) > 1) return;
    this.#times.later(PACE_MS, () => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const each of waiting) each.flush();
    });
  }
}
