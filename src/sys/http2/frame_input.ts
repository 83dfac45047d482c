import { CODE, ConnectionError } from "./connection_error.ts";
import { CLIENT_PREFACE, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, readFrameHeader, type FrameHeader } from "./frames.ts";

const NONE = Buffer.alloc(0);

/** What a client sends, cut into its frames. Each byte is copied at most once, in whatever pieces it comes. */
export class FrameInput {
  readonly #onFrame: (header: FrameHeader, payload: Buffer) => void;
  #isGreeted = false;
  /** The frame, its header or the preface, that has begun; of its length once that is known. */
  #part = NONE;
  #filled = 0;

  /** @param onFrame Takes each frame; the payload is a piece of what was read. */
  constructor(onFrame: (header: FrameHeader, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether a frame, or the preface, has begun and is not whole. */
  get isPartial(): boolean {
    return this.#filled > 0;
  }

  /** @throws {ConnectionError} For what is no HTTP/2, or whatever `onFrame` throws. Nothing is to be read then. */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#filled === 0) {
        const end = this.#whole(chunk, at);
        if (end > at) {
          at = end;
          continue;
        }
      }
      at = this.#fill(chunk, at);
    }
  }

  /** Takes a frame that is all in `chunk`, and says where it ends; otherwise makes room for it. */
  #whole(chunk: Buffer, at: number): number {
    const left = chunk.length - at;
    if (!this.#isGreeted) this.#begin(CLIENT_PREFACE.length);
    else if (left < FRAME_HEADER_BYTES) this.#begin(FRAME_HEADER_BYTES);
    else {
      const header = headerAt(chunk, at);
      const bytes = FRAME_HEADER_BYTES + header.length;
      if (bytes <= left) {
        this.#onFrame(header, chunk.subarray(at + FRAME_HEADER_BYTES, at + bytes));
        return at + bytes;
      }
      this.#begin(bytes);
    }
    return at;
  }

  #begin(bytes: number): void {
    this.#part = Buffer.allocUnsafe(bytes);
    this.#filled = 0;
  }

  /** @returns Where the chunk goes on. */
  #fill(chunk: Buffer, from: number): number {
    const at = from + chunk.copy(this.#part, this.#filled, from);
    this.#filled += at - from;
    if (!this.#isGreeted) {
      const isPreface = this.#part.subarray(0, this.#filled).equals(CLIENT_PREFACE.subarray(0, this.#filled));
      if (!isPreface) throw new ConnectionError(CODE.protocolError, "no preface");
    }
    if (this.#filled < this.#part.length) return at;
    const part = this.#part;
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.#filled = 0;
      this.#part = NONE;
      return at;
    }
    const header = headerAt(part, 0);
    if (part.length < FRAME_HEADER_BYTES + header.length) {
      this.#part = Buffer.allocUnsafe(FRAME_HEADER_BYTES + header.length);
      part.copy(this.#part);
      return at;
    }
    this.#filled = 0;
    this.#part = NONE;
    this.#onFrame(header, part.subarray(FRAME_HEADER_BYTES));
    return at;
  }
}

function headerAt(bytes: Buffer, at: number): FrameHeader {
  const header = readFrameHeader(bytes, at);
  if (header.length > FRAME_BYTES_MAX) throw new ConnectionError(CODE.frameSizeError, "a frame is too long");
  return header;
}
