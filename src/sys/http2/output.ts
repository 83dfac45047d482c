import type { Duplex } from "node:stream";
import { type Flushable, FlushQueue } from "./flush_queue.ts";
import { FLAG, FRAME, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, writeFrameHeader, type FrameHeader } from "./frames.ts";

/** Payloads below this are copied behind their headers, whatever else is written with them. */
const COPIED_BYTES_MAX = 4 * 1024;
/** Writes up to this are put together here; of longer ones the socket makes one. */
const JOINED_BYTES_MAX = 64 * 1024;

/** More than this is sent at once. */
const WAITING_BYTES_MAX = 16 * 1024;

/** One for the process, as answers on one connection go before watches on another. */
const processQueue = new FlushQueue();

interface Frame {
  /** Undefined where the payload brings its own. */
  readonly header: FrameHeader | undefined;
  /** A string is of Latin-1. */
  readonly payload: string | Uint8Array;
}

/** The frames of a connection on their way: what one turn of the event loop says goes out in one write. */
export class FrameOutput implements Flushable {
  readonly #socket: Duplex;
  readonly #onTaken: () => void;
  readonly #queue: FlushQueue;
  /** Written down only when they are flushed: a connection that waits for its turn needs no buffer. */
  #frames: Frame[] = [];
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

  /** One or more whole frames, which stay as they are until they have left. */
  push(frames: Uint8Array, onTaken?: () => void): void {
    this.#add(undefined, frames, onTaken, false);
  }

  #add(header: FrameHeader | undefined, payload: string | Uint8Array, onTaken?: () => void, mayWait = false): void {
    if (onTaken) this.#callbacks.push(onTaken);
    this.#frameBytes += payload.length + (header ? FRAME_HEADER_BYTES : 0);
    const isFirst = this.#frames.push({ header, payload }) === 1;
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

  /**
   * A frame whose payload is a string of Latin-1, or bytes that stay as they are until they have left.
   *
   * @param onTaken Called when this frame has left, not when it was broken off.
   * @param mayWait Whether it is news, which may wait for others of their like.
   */
  frame(header: FrameHeader, payload: string | Uint8Array, onTaken?: () => void, mayWait = false): void {
    this.#add(header, payload, onTaken, mayWait);
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
    const chunks = chunksOf(frames, bytes <= JOINED_BYTES_MAX ? Infinity : COPIED_BYTES_MAX);
    this.#writtenBytes += bytes;
    this.#write(chunks, (error) => {
      this.#writtenBytes -= bytes;
      if (error) return;
      for (const run of callbacks) run();
      this.#onTaken();
    });
  }

  #write(chunks: readonly Uint8Array[], onWritten: (error?: Error | null) => void): void {
    const last = chunks.length - 1;
    if (last > 0) this.#socket.cork();
    for (const [index, chunk] of chunks.entries()) {
      if (index < last) this.#socket.write(chunk);
      else this.#socket.write(chunk, onWritten);
    }
    if (last > 0) this.#socket.uncork();
  }
}

function copiedLength(frames: readonly Frame[], copiedMax: number): number {
  let length = 0;
  for (const { header, payload } of frames) {
    if (header) length += FRAME_HEADER_BYTES;
    if (typeof payload === "string" || payload.length < copiedMax) length += payload.length;
  }
  return length;
}

/** The frames one after the other, all but payloads of `copiedMax` bytes and more copied into one buffer. */
function chunksOf(frames: readonly Frame[], copiedMax: number): Uint8Array[] {
  const buffer = Buffer.allocUnsafe(copiedLength(frames, copiedMax));
  const chunks: Uint8Array[] = [];
  let from = 0;
  let at = 0;
  for (const { header, payload } of frames) {
    if (header) at = writeFrameHeader(buffer, at, header);
    if (typeof payload === "string") at += buffer.write(payload, at, "latin1");
    else if (payload.length < copiedMax) {
      buffer.set(payload, at);
      at += payload.length;
    } else {
      chunks.push(buffer.subarray(from, at), payload);
      from = at;
    }
  }
  if (at > from || chunks.length === 0) chunks.push(buffer.subarray(from, at));
  return chunks;
}
