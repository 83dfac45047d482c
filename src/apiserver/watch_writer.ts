import type { StreamSink } from "#base/http.ts";
import { nextTurn } from "#base/turn.ts";

/**
 * Writes frames to one watcher in order. While the watcher is behind, or the initial objects are being written,
 * frames wait; when they take more than the bound, the watcher is given up.
 */
export class WatchWriter {
  readonly #sink: StreamSink;
  readonly #bytesMax: number;
  readonly #onOverflow: () => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** True while somebody else writes to the sink or waits for it. */
  #busy = false;
  #closed = false;

  constructor(sink: StreamSink, bytesMax: number, onOverflow: () => void) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#onOverflow = onOverflow;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(frames: Uint8Array): void {
    if (this.#closed || frames.length === 0) return;
    if (!this.#busy) {
      if (!this.#sink.write(frames)) void this.#catchUp();
      return;
    }
    this.#waiting.push(frames);
    this.#waitingBytes += frames.length;
    if (this.#waitingBytes > this.#bytesMax) this.#onOverflow();
  }

  /** Writes `chunks` before anything that is written from now on, one a turn, at the watcher's pace. */
  async writeFirst(chunks: Iterable<Uint8Array>): Promise<void> {
    this.#busy = true;
    for (const chunk of chunks) {
      if (this.#closed) return;
      if (this.#sink.write(chunk)) await nextTurn();
      else await this.#sink.drained();
    }
    await this.#flush();
  }

  /** Ends the body; what waits is still written first if the watcher is not behind. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#busy) this.#sink.end();
    else if (this.#waitingBytes > this.#bytesMax) this.#sink.abort();
    else {
      for (const chunk of this.#waiting) this.#sink.write(chunk);
      this.#sink.end();
    }
    this.#waiting = [];
  }

  /** The client went away: nothing is written any more. */
  drop(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  async #catchUp(): Promise<void> {
    this.#busy = true;
    await this.#sink.drained();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const chunk = joined(this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (!this.#sink.write(chunk)) await this.#sink.drained();
    }
    this.#busy = false;
  }
}

/** All of `chunks` in one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
