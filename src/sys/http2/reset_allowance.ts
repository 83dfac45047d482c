/** Resets a client may cause at once, and in the long run: opening and breaking off streams costs us more than it. */
const BURST = 1_000;
const PER_SECOND = 33;

/** How many streams of a connection may still be reset by the client's doing (nghttp2 has the same numbers). */
export class ResetAllowance {
  #left = BURST;
  #at = performance.now();

  /** @returns Whether this one is allowed. */
  take(): boolean {
    const now = performance.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) * PER_SECOND) / 1_000) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
