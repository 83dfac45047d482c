import type { Clock } from "#base/clock.ts";
import type { Random } from "#base/random.ts";

/** How a server comes to its end, in order: it says so, then its watches end, one after the other. */
export class Shutdown {
  readonly #clock: Clock;
  readonly #random: Random;
  /** How to end each watch whose client is elsewhere. */
  readonly #watches = new Set<() => void>();
  #begun = false;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** From now on `/readyz` fails, while requests are still served. */
  begin(): void {
    this.#begun = true;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Watches open now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Has a watch ended by `end` when the server ends. Returns how to take it back. */
  onEnd(end: () => void): () => void {
    this.#watches.add(end);
    return () => this.#watches.delete(end);
  }

  /** Ends the watches within `overMs`, each at a moment of its own, so that not all come back at the same. */
  endWatches(overMs: number): void {
    for (const end of this.#watches) this.#clock.after(this.#random.below(Math.max(1, overMs)), end);
  }
}
