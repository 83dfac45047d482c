import type { LongBody } from "#base/long_body.ts";
import type { BodyWritable } from "./response.ts";
import type { PacedBody } from "./unsent.ts";

/** Sends a long body at its client's pace, through one buffer that is filled anew when the connection has taken it. */
export class LongBodyWriter implements PacedBody {
  readonly #writable: BodyWritable;
  readonly #body: LongBody;
  readonly #buffer: Uint8Array;
  readonly #next = (): void => this.#write();
  #handedBytes = 0;

  /** @param pieceBytes Bytes handed to the connection at once. */
  constructor(writable: BodyWritable, body: LongBody, pieceBytes: number) {
    this.#writable = writable;
    this.#body = body;
    this.#buffer = new Uint8Array(Math.min(pieceBytes, body.byteLength));
  }

  start(): void {
    this.#write();
  }

  get unsentBytes(): number {
    return this.#writable.destroyed ? 0 : this.#body.byteLength - this.takenBytes;
  }

  get takenBytes(): number {
    return this.#handedBytes - this.#writable.writableLength;
  }

  #write(): void {
    const writable = this.#writable;
    if (writable.destroyed) return;
    const length = this.#body.read(this.#buffer);
    this.#handedBytes += length;
    // The buffer is the connection's until it calls back.
    if (length > 0) writable.write(this.#buffer.subarray(0, length), this.#next);
    else writable.end();
  }
}
