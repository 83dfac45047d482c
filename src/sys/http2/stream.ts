import type { BodyWritable } from "../http/response.ts";
import type { RequestFields } from "./request_fields.ts";

/** What a stream needs of its connection. */
export interface StreamDoor {
  sendHead(id: number, block: string, isLast: boolean): void;
  /** Sends what windows and socket take of a stream's body. */
  pump(stream: ServerStream): void;
  reset(stream: ServerStream, code: number): void;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly onTaken: (() => void) | undefined;
}

/** What takes a request's body. */
export interface BodyTaker {
  take(piece: Buffer): void;
  end(): void;
  gone(): void;
}

/** One request on a connection, and the answer on its way. */
export class ServerStream implements BodyWritable {
  readonly id: number;
  readonly fields: RequestFields;
  readonly #door: StreamDoor;
  /** The client has sent all of its request. */
  isRemoteEnded: boolean;
  /** All of the answer was handed to the connection. */
  isLocalEnded = false;
  destroyed = false;
  writableEnded = false;
  /** What is sent is news, as of a watch: some of it may wait for more. */
  isNews = false;
  sendWindow: number;
  receiveWindow: number;
  /** Bytes received that the client got no new credit for. */
  unacknowledged = 0;
  receivedBytes = 0;
  taker: BodyTaker | undefined;
  /** Chunks of which not all was handed to the connection, the first from `#offset` on. */
  #queue: Chunk[] = [];
  #offset = 0;
  #closers: (() => void)[] = [];
  writableLength = 0;
  /** What was on its way when the connection last looked, and since when it has been as much. */
  #lengthSeen = -1;
  #seenAt = 0;
  /** The client reset the stream, or broke the connection, before the answer was out. */
  isAborted = false;

  constructor(
    id: number,
    fields: RequestFields,
    isRemoteEnded: boolean,
    windows: [send: number, receive: number],
    door: StreamDoor,
  ) {
    this.id = id;
    this.fields = fields;
    this.isRemoteEnded = isRemoteEnded;
    [this.sendWindow, this.receiveWindow] = windows;
    this.#door = door;
  }

  /** Says that the body is awaited (RFC 9110, 10.1.1), to a client that asked. */
  interim(block: string): void {
    if (!this.destroyed) this.#door.sendHead(this.id, block, false);
  }

  head(block: string, isLast: boolean): void {
    if (this.destroyed) return;
    this.writableEnded = isLast;
    this.isLocalEnded = isLast;
    this.#door.sendHead(this.id, block, isLast);
    if (isLast) this.#door.pump(this);
  }

  write(bytes: Uint8Array, onTaken?: () => void): void {
    if (this.destroyed || this.writableEnded) return;
    this.#queue.push({ bytes, onTaken });
    this.writableLength += bytes.length;
    this.#door.pump(this);
  }

  end(bytes?: Uint8Array): void {
    if (this.destroyed || this.writableEnded) return;
    if (bytes !== undefined && bytes.length > 0) {
      this.#queue.push({ bytes, onTaken: undefined });
      this.writableLength += bytes.length;
    }
    this.writableEnded = true;
    this.#door.pump(this);
  }

  once(_event: "close", run: () => void): void {
    if (this.destroyed) run();
    else this.#closers.push(run);
  }

  /** Breaks the answer off. */
  reset(code: number): void {
    if (!this.destroyed) this.#door.reset(this, code);
  }

  get hasQueue(): boolean {
    return this.#queue.length > 0;
  }

  /** The next piece of the body, at most so many bytes; `onTaken` is to be called when it has left this process. */
  next(bytesMax: number): { readonly piece: Uint8Array; readonly onTaken: () => void } {
    const [{ bytes, onTaken }] = this.#queue as [Chunk];
    const end = Math.min(bytes.length, this.#offset + bytesMax);
    const piece = bytes.subarray(this.#offset, end);
    this.#offset = end;
    const isWhole = end === bytes.length;
    if (isWhole) {
      this.#queue.shift();
      this.#offset = 0;
    }
    return {
      piece,
      onTaken: () => {
        this.writableLength -= piece.length;
        if (isWhole && !this.destroyed) onTaken?.();
      },
    };
  }

  /** Whether the client has for so long taken nothing of an answer that is all there. */
  isStalled(now: number, timeoutMs: number): boolean {
    if (!this.writableEnded) return false;
    if (this.writableLength !== this.#lengthSeen) {
      this.#lengthSeen = this.writableLength;
      this.#seenAt = now;
    }
    return now - this.#seenAt >= timeoutMs;
  }

  /** To be called once, when nothing more comes and nothing more goes. */
  close(isAborted: boolean): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.isAborted = isAborted;
    this.#queue = [];
    this.taker?.gone();
    for (const run of this.#closers.splice(0)) run();
  }
}
