import type { Duplex } from "node:stream";
import type { ByteStream } from "#base/streams.ts";
import { Queue } from "./queue.ts";
import {
  FrameReader,
  RESET,
  type SpdyFrame,
  dataFrame,
  goAwayFrame,
  pingFrame,
  resetFrame,
  synReplyFrame,
  synStreamFrame,
} from "./spdy_frames.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./spdy_headers.ts";

/** Received and not yet consumed bytes above which nothing more is read from the connection. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** Streams open at once; kubectl port-forward opens two for each connection. */
const STREAMS_MAX = 2_000;
/** Longer writes are cut, so that streams share the connection. */
const FRAME_BYTES_MAX = 64 * 1024;
/** How long a peer may take to close after everything was ended. */
const CLOSE_TIMEOUT_MS = 3_000;

/** One stream of a session. */
export interface SpdyStream extends ByteStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly incoming: Queue<Uint8Array>;
}

export interface SpdyOptions {
  /** The server answers streams with even numbers of its own, the client with odd ones. */
  readonly role: "server" | "client";
  /** Bytes that came together with the handshake. */
  readonly head?: Buffer;
  /** A stream the other side opened; false refuses it. */
  readonly onStream: (stream: SpdyStream) => boolean;
  /** The connection is gone, for whatever reason. Called once. */
  readonly onClose: () => void;
}

/**
 * A SPDY/3.1 connection.
 *
 * Neither kubectl nor the kubelet (moby/spdystream) sends or heeds WINDOW_UPDATE: a sender that waited for one
 * would stop for ever after 64 KiB. Back-pressure is therefore the connection's own: writing waits for the
 * socket, and reading pauses while more than a bound is unread.
 */
export class SpdySession {
  readonly #connection: Duplex;
  readonly #options: SpdyOptions;
  readonly #frames = new FrameReader();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, Stream>();
  #nextId: number;
  #lastPeerId = 0;
  #unread = 0;
  #closed = false;
  #closeTimer: NodeJS.Timeout | undefined;
  #writable: PromiseWithResolvers<void> | undefined;

  constructor(connection: Duplex, options: SpdyOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#nextId = options.role === "client" ? 1 : 2;
    connection.on("error", () => {}); // After our GOAWAY a reset or a broken pipe is to be expected; `close` follows.
    connection.once("close", () => this.#closeNow());
    connection.once("end", () => this.#closeNow());
    connection.on("drain", () => this.#settleWritable());
    connection.on("data", (bytes: Buffer) => this.#receive(bytes));
    if (options.head !== undefined && options.head.length > 0) this.#receive(options.head);
  }

  /** Opens a stream to the other side. */
  open(headers: SpdyHeaders): SpdyStream {
    const stream = this.#stream(this.#nextId, headers);
    this.#nextId += 2;
    this.#send(synStreamFrame(stream.id, this.#headerWriter.write(headers)));
    return stream;
  }

  /**
   * Ends our half of every stream and says that no more are taken; the connection goes when the other side
   * closes it, at the latest after some seconds. Closing first could lose what the other side has not read.
   */
  finish(): void {
    if (this.#closed || this.#closeTimer !== undefined) return;
    for (const stream of this.#streams.values()) {
      stream.incoming.discard();
      stream.end();
    }
    this.#send(goAwayFrame(this.#lastPeerId));
    this.#closeTimer = setTimeout(() => this.#closeNow(), CLOSE_TIMEOUT_MS);
  }

  /** Breaks everything off. */
  destroy(): void {
    this.#closeNow();
  }

  #receive(bytes: Buffer): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#frames.read(bytes)) this.#handle(frame);
    } catch {
      // Not SPDY, or a header block that cannot be read: nothing after it can be understood.
      this.#closeNow();
    }
  }

  #handle(frame: SpdyFrame): void {
    switch (frame.type) {
      case "synStream":
        this.#accept(frame.stream, this.#headerReader.read(frame.block), frame.fin);
        break;
      case "synReply":
      case "headers":
        this.#headerReader.read(frame.block); // Read in any case: the blocks share one compression state.
        if (frame.fin) this.#streams.get(frame.stream)?.receiveEnd();
        break;
      case "data":
        this.#streams.get(frame.stream)?.receive(frame.chunk, frame.fin);
        break;
      case "reset":
        this.#streams.get(frame.stream)?.receiveReset();
        break;
      case "ping":
        // A ping with a number of our parity would be an answer, and we ask none.
        if (frame.id % 2 !== this.#nextId % 2) this.#send(pingFrame(frame.id));
        break;
      case "goAway":
        break; // The other side opens no more streams and will close; what is open goes on.
    }
  }

  #accept(id: number, headers: SpdyHeaders, fin: boolean): void {
    if (id % 2 === this.#nextId % 2 || id <= this.#lastPeerId) {
      this.#send(resetFrame(id, RESET.protocolError));
      return;
    }
    this.#lastPeerId = id;
    if (this.#closeTimer !== undefined || this.#streams.size >= STREAMS_MAX) {
      this.#send(resetFrame(id, RESET.refusedStream));
      return;
    }
    const stream = this.#stream(id, headers);
    if (fin) stream.receiveEnd();
    this.#send(synReplyFrame(id, this.#headerWriter.write(new Map())));
    if (!this.#options.onStream(stream)) stream.destroy();
  }

  #stream(id: number, headers: SpdyHeaders): Stream {
    const stream = new Stream(id, headers, {
      send: async (frame) => {
        if (this.#closed) throw new Error("the connection is closed");
        this.#send(frame);
        await this.#untilWritable();
      },
      unread: (bytes) => this.#countUnread(bytes),
      closed: () => this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    return stream;
  }

  #send(frame: Buffer): void {
    if (!this.#closed && this.#connection.writable) this.#connection.write(frame);
  }

  #untilWritable(): Promise<void> {
    if (!this.#connection.writableNeedDrain) return Promise.resolve();
    this.#writable ??= Promise.withResolvers<void>();
    return this.#writable.promise;
  }

  #settleWritable(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  #countUnread(bytes: number): void {
    const before = this.#unread;
    this.#unread += bytes;
    if (before <= BUFFER_BYTES_MAX && this.#unread > BUFFER_BYTES_MAX) this.#connection.pause();
    if (before > BUFFER_BYTES_MAX && this.#unread <= BUFFER_BYTES_MAX) this.#connection.resume();
  }

  #closeNow(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#closeTimer);
    for (const stream of this.#streams.values()) stream.sessionGone();
    this.#streams.clear();
    this.#settleWritable();
    this.#connection.end();
    this.#connection.destroy();
    this.#options.onClose();
  }
}

/** What a stream needs of its session. */
interface Carrier {
  /** Resolves when the connection takes more. */
  send(frame: Buffer): Promise<void>;
  /** More (or, below zero, fewer) received bytes wait to be consumed. */
  unread(bytes: number): void;
  /** Both halves have ended. */
  closed(): void;
}

class Stream implements SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly incoming: Queue<Uint8Array>;
  readonly #carrier: Carrier;
  #endedHere = false;
  #endedThere = false;

  constructor(id: number, headers: SpdyHeaders, carrier: Carrier) {
    this.id = id;
    this.headers = headers;
    this.#carrier = carrier;
    this.incoming = new Queue((chunk) => carrier.unread(-chunk.byteLength));
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; at += FRAME_BYTES_MAX) {
      if (this.#endedHere) throw new Error("the stream is closed");
      await this.#carrier.send(dataFrame(this.id, chunk.subarray(at, at + FRAME_BYTES_MAX), false));
    }
  }

  end(): void {
    if (this.#endedHere) return;
    this.#endedHere = true;
    this.#carrier.send(dataFrame(this.id, new Uint8Array(0), true)).catch(() => {}); // Gone is ended too.
    this.#forgetIfEnded();
  }

  destroy(): void {
    const open = !this.#endedHere || !this.#endedThere;
    this.#endedHere = this.#endedThere = true;
    this.incoming.discard();
    if (open) this.#carrier.send(resetFrame(this.id, RESET.cancel)).catch(() => {});
    this.#carrier.closed();
  }

  receive(chunk: Buffer, fin: boolean): void {
    if (chunk.length > 0 && !this.#endedThere) {
      this.#carrier.unread(chunk.length);
      this.incoming.push(chunk);
    }
    if (fin) this.receiveEnd();
  }

  receiveEnd(): void {
    this.#endedThere = true;
    this.incoming.end();
    this.#forgetIfEnded();
  }

  receiveReset(): void {
    this.#endedHere = this.#endedThere = true;
    this.incoming.fail(new Error("the stream was reset"));
    this.#carrier.closed();
  }

  sessionGone(): void {
    this.#endedHere = true;
    if (!this.#endedThere) this.incoming.fail(new Error("the connection was closed"));
  }

  #forgetIfEnded(): void {
    if (this.#endedHere && this.#endedThere) this.#carrier.closed();
  }
}
