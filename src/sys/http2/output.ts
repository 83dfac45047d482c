import type { Duplex } from "node:stream";
import { type Flushable, FlushQueue } from "./flush_queue.ts";
import { FLAG, FRAME, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, writeFrameHeader, type FrameHeader } from "./frames.ts";

/** Payloads below this are copied behind their headers. */
const COPIED_BYTES_MAX = 4 * 1024;
/** Writes up to this are put together first; of longer ones the socket makes one. */
const JOINED_BYTES_MAX = 64 * 1024;

/** More than this is sent at once. */
const WAITING_BYTES_MAX = 16 * 1024;

/** One for the process, as answers on one connection go before watches on another. */
const processQueue = new FlushQueue();

/** The frames of a connection on their way: what one turn of the event loop says goes out in one write. */
export class FrameOutput implements Flushable {
  readonly #socket: Duplex;
  readonly #onTaken: () => void;
  readonly #queue: FlushQueue;
  #frames: Uint8Array[] = [];
  #frameBytes = 0;
  #callbacks: (() => void)[] = [];
  #writtenBytes = 0;
  #isExpedited = false;
  #isQueued = false;
  #hasNews = false;
  #isUrgent = false;
  newsAt = -Infinity;

  /** @param onTaken Called whenever some of it has left this process. */
  constructor(socket: Duplex, onTaken: () => void, queue = processQueue) {
    this.#socket = socket;
    this.#onTaken = onTaken;
    this.#queue = queue;
  }

  /** Bytes that have not left this process. */
  get unsentBytes(): number {
    return this.#frameBytes + this.#writtenBytes;
  }

  /**
   * @param onTaken Called when this frame has left, not when it was broken off.
   * @param mayWait Whether it is news, which may wait for others of their like.
   */
  push(frame: Uint8Array, onTaken?: () => void, mayWait = false): void {
    if (onTaken) this.#callbacks.push(onTaken);
    this.#frameBytes += frame.length;
    const isFirst = this.#frames.push(frame) === 1;
    if (mayWait) this.#hasNews = true;
    if (!mayWait || this.#frameBytes > WAITING_BYTES_MAX) this.#isUrgent = true;
    if (this.#isQueued || !(isFirst || this.#isUrgent)) return;
    this.#isQueued = true;
    this.#queue.add(this);
  }

  get mayWait(): boolean {
    return this.#hasNews && !this.#isUrgent;
  }

  waits(): void {
    this.#isQueued = false;
  }

  /** The header block of an answer, which goes before whatever else waits to be flushed. */
  head(stream: number, block: string, isLast: boolean): void {
    let type: number = FRAME.headers;
    let isWhole = false;
    for (let at = 0; !isWhole; at += FRAME_BYTES_MAX) {
      const part = block.slice(at, at + FRAME_BYTES_MAX);
      isWhole = at + part.length === block.length;
      const end = type === FRAME.headers && isLast ? FLAG.endStream : 0;
      this.frame({ length: part.length, type, flags: end | (isWhole ? FLAG.endHeaders : 0), stream }, part);
      type = FRAME.continuation;
    }
    if (this.#isExpedited) return;
    this.#isExpedited = true;
    this.#queue.expedite(this);
  }

  /** A frame whose payload is one string of Latin-1, or bytes that are copied. */
  frame(header: FrameHeader, payload: string | Uint8Array, onTaken?: () => void, mayWait = false): void {
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + header.length);
    const at = writeFrameHeader(frame, 0, header);
    if (typeof payload === "string") frame.write(payload, at, "latin1");
    else frame.set(payload, at);
    this.push(frame, onTaken, mayWait);
  }

  /** A frame whose payload stays as it is until it has left, and is not copied when it is long. */
  body(header: FrameHeader, payload: Uint8Array, onTaken?: () => void, mayWait = false): void {
    if (payload.length < COPIED_BYTES_MAX) return this.frame(header, payload, onTaken, mayWait);
    const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
    writeFrameHeader(head, 0, header);
    this.push(head, undefined, mayWait);
    this.push(payload, onTaken, mayWait);
  }

  flush(): void {
    const frames = this.#frames;
    this.#isQueued = false;
    if (frames.length === 0) return;
    const callbacks = this.#callbacks;
    const bytes = this.#frameBytes;
    this.#frames = [];
    this.#callbacks = [];
    this.#frameBytes = 0;
    this.#isExpedited = false;
    if (this.#hasNews) this.newsAt = this.#queue.now;
    this.#hasNews = false;
    this.#isUrgent = false;
    if (this.#socket.destroyed) return;
    this.#writtenBytes += bytes;
    this.#write(frames, bytes, (error) => {
      this.#writtenBytes -= bytes;
      if (error) return;
      for (const run of callbacks) run();
      this.#onTaken();
    });
  }

  #write(frames: readonly Uint8Array[], bytes: number, onWritten: (error?: Error | null) => void): void {
    const [only] = frames;
    if (frames.length === 1 && only) this.#socket.write(only, onWritten);
    else if (bytes <= JOINED_BYTES_MAX) this.#socket.write(Buffer.concat(frames, bytes), onWritten);
    else {
      this.#socket.cork();
      for (const [index, frame] of frames.entries()) {
        if (index + 1 < frames.length) this.#socket.write(frame);
        else this.#socket.write(frame, onWritten);
      }
      this.#socket.uncork();
    }
  }
}
