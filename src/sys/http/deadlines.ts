/** One thing that must have happened by some moment. */
interface Deadline {
  readonly at: number;
  readonly onLate: () => void;
}

/** Deadlines that are all equally far ahead: one timer serves them all, as most are met and a timer each costs more. */
export class Deadlines {
  readonly #aheadMs: number;
  /** In the order in which they come. */
  readonly #waiting = new Set<Deadline>();
  #isArmed = false;

  constructor(aheadMs: number) {
    this.#aheadMs = aheadMs;
  }

  /** Calls `onLate` once, unless what is returned is called before. */
  add(onLate: () => void): () => void {
    const deadline = { at: performance.now() + this.#aheadMs, onLate };
    this.#waiting.add(deadline);
    if (!this.#isArmed) this.#arm(this.#aheadMs);
    return () => void this.#waiting.delete(deadline);
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    setTimeout(() => this.#expire(), delayMs).unref();
  }

  #expire(): void {
    this.#isArmed = false;
    const now = performance.now();
    for (const deadline of this.#waiting) {
      // A timer may come up to a millisecond early; one that is armed again for less would come at once.
      if (deadline.at > now + 1) return this.#arm(deadline.at - now);
      this.#waiting.delete(deadline);
      deadline.onLate();
    }
  }
}
