/** A watcher that frames wait for. */
export interface Behind {
  giveUp(): void;
}

/**
 * The frames that wait for watchers which are behind, over all of a server. Frames are shared between watchers and
 * counted once. When they take more than the bound, those longest behind are given up until they do not.
 */
export class WatchBacklog {
  readonly #bytesMax: number;
  /** How many watchers wait for each frame. */
  readonly #held = new Map<Uint8Array, number>();
  /** Longest behind first. */
  readonly #behind = new Set<Behind>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes held for all watchers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Watchers that frames wait for. */
  get watchers(): number {
    return this.#behind.size;
  }

  hold(watcher: Behind, frame: Uint8Array): void {
    this.#behind.add(watcher);
    const holders = this.#held.get(frame) ?? 0;
    this.#held.set(frame, holders + 1);
    if (holders > 0) return;
    this.#bytes += frame.length;
    for (const longest of this.#behind) {
      if (this.#bytes <= this.#bytesMax) return;
      longest.giveUp();
    }
  }

  release(frames: Iterable<Uint8Array>): void {
    for (const frame of frames) {
      const holders = this.#held.get(frame) ?? 0;
      if (holders > 1) this.#held.set(frame, holders - 1);
      else if (this.#held.delete(frame)) this.#bytes -= frame.length;
    }
  }

  /** The watcher has caught up or is gone. What it still held is to be released before. */
  caughtUp(watcher: Behind): void {
    this.#behind.delete(watcher);
  }
}
