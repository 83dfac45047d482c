/** What gathers frames during a turn of the event loop. */
interface Flushable {
  flush(): void;
}

/**
 * The connections that have something to send, sent at the end of the turn: those with the head of an answer first.
 * A write wakes its watchers before it is answered, and there may be thousands of them.
 */
export class FlushQueue {
  #answers: Flushable[] = [];
  #all: Flushable[] = [];

  /** To be called with the first frame of a turn. */
  add(output: Flushable): void {
    if (this.#all.push(output) === 1) setImmediate(() => this.#flush());
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
    for (const output of all) output.flush(); // Those that have been flushed have nothing more.
  }
}
