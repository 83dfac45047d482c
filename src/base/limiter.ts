/** Runs at most `width` tasks at a time, the others in the order in which they came. */
export class Limiter {
  readonly #width: number;
  #running = 0;
  /** Oldest first. */
  readonly #queue = new Set<() => void>();

  constructor(width: number) {
    this.#width = width;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    // The place of a finished task is handed on directly, so a newcomer cannot overtake the queue.
    if (this.#running >= this.#width) await new Promise<void>((resolve) => this.#queue.add(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      this.#handOn();
    }
  }

  #handOn(): void {
    for (const next of this.#queue) {
      this.#queue.delete(next);
      next();
      return;
    }
    this.#running--;
  }
}
