import type { BodyWritable } from "./response.ts";

/** A body on its way to its client. */
export interface PacedBody {
  /** Bytes the client is still to take. */
  readonly unsentBytes: number;
  /** Bytes that have left this process: while something is unsent and this stands still, the client does not read. */
  readonly takenBytes: number;
}

/**
 * Writes a response's body at its client's pace. What the client has not taken yet is held by reference, never copied:
 * watchers of one kind share their frames.
 */
export class PacedWriter implements PacedBody {
  readonly #writable: BodyWritable;
  readonly #bufferBytes: number;
  readonly #pieceBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #handedBytes = 0;
  #ending = false;
  #waiting: (() => void)[] = [];
  readonly #onWritten = () => this.#pump();

  /**
   * @param bufferBytes Unsent bytes above which the client counts as behind.
   * @param pieceBytes Bytes handed to the connection at once: what its client takes shows by the piece.
   */
  constructor(writable: BodyWritable, bufferBytes: number, pieceBytes: number) {
    this.#writable = writable;
    this.#bufferBytes = bufferBytes;
    this.#pieceBytes = pieceBytes;
    writable.once("close", () => this.#drop());
  }

  /** Whether the client keeps up. */
  write(chunk: Uint8Array): boolean {
    if (this.#writable.destroyed) return true;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#pump();
    return this.unsentBytes < this.#bufferBytes;
  }

  /** Resolves when the client has nearly caught up, or is gone. */
  drained(): Promise<void> {
    if (this.#isDrained()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the body when all of it has been handed over. */
  end(): void {
    this.#ending = true;
    this.#pump();
  }

  get unsentBytes(): number {
    return this.#heldBytes + (this.#writable.destroyed ? 0 : this.#writable.writableLength);
  }

  get takenBytes(): number {
    return this.#handedBytes - this.#writable.writableLength;
  }

  #pump(): void {
    const writable = this.#writable;
    while (this.#held.length > 0 && !writable.destroyed && writable.writableLength < this.#pieceBytes) {
      // Told by the callback: "drain" comes only after more was written than the stream itself calls too much.
      writable.write(this.#nextPiece(), this.#onWritten);
    }
    if (this.#ending && this.#held.length === 0 && !writable.destroyed && !writable.writableEnded) writable.end();
    if (this.#isDrained()) for (const wake of this.#waiting.splice(0)) wake();
  }

  #nextPiece(): Uint8Array {
    const [first = new Uint8Array()] = this.#held;
    const piece = first.length <= this.#pieceBytes ? first : first.subarray(0, this.#pieceBytes);
    if (piece === first) this.#held.shift();
    else this.#held[0] = first.subarray(this.#pieceBytes);
    this.#heldBytes -= piece.length;
    this.#handedBytes += piece.length;
    return piece;
  }

  #isDrained(): boolean {
    return this.#writable.destroyed || this.unsentBytes < this.#bufferBytes / 2;
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

interface Watched {
  readonly body: PacedBody;
  readonly abort: () => void;
  takenBytes: number;
  /** When `takenBytes` last changed or nothing was unsent, by `performance.now`. */
  movedAt: number;
}

/** The bodies on their way: those of clients that take nothing for too long are broken off. */
export class UnsentBodies {
  readonly #timeoutMs: number;
  readonly #bodies = new Set<Watched>();

  /** @param timeoutMs How long a client may take nothing while there is something for it. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Watches over a body until its connection or stream closes. `abort` breaks it off. */
  add(writable: BodyWritable, body: PacedBody, abort: () => void): void {
    const watched: Watched = { body, abort, takenBytes: 0, movedAt: performance.now() };
    this.#bodies.add(watched);
    writable.once("close", () => this.#bodies.delete(watched));
  }

  /** To be called every few seconds. */
  sweep(): void {
    const now = performance.now();
    for (const watched of this.#bodies) {
      const { body } = watched;
      if (body.unsentBytes === 0 || body.takenBytes !== watched.takenBytes) {
        watched.takenBytes = body.takenBytes;
        watched.movedAt = now;
      } else if (now - watched.movedAt >= this.#timeoutMs) watched.abort();
    }
  }
}
