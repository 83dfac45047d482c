import { connect, type TLSSocket } from "node:tls";
import { nextTick } from "node:process";
import type { Credentials } from "#cli/kubeconfig.ts";
import {
  FLAG,
  FRAME,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  SETTING,
  WINDOW_BYTES,
  clientPreface,
  frame,
  readFrameHeader,
  settingsOf,
  unpadded,
  windowUpdate,
  writeFrameHeader,
  type FrameHeader,
} from "#sys/http2/frames.ts";
import { requestBlock, statusOf } from "./header_block.ts";

export interface LoadRequest {
  readonly method: string;
  readonly target: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** Takes the body of a good answer by pieces, which are its own only during the call. Without it they are dropped. */
  readonly onData?: (piece: Buffer) => void;
  /** Told when a good answer has begun. */
  readonly onBegin?: () => void;
}

export interface LoadAnswer {
  readonly status: number;
  /** Bytes of the body. */
  readonly length: number;
  /** The body of an answer of 300 and above; empty otherwise. */
  readonly refusal: string;
}

/** A request on its way, or an answer of which not all is here. */
interface Exchange {
  readonly request: LoadRequest;
  readonly resolve: (answer: LoadAnswer) => void;
  readonly reject: (error: Error) => void;
  /** 0 until the answer's final HEADERS. */
  status: number;
  length: number;
  refusal: Buffer[];
  /** Bytes of the body that were sent, and may yet be by the stream's window. */
  sent: number;
  sendWindow: number;
  /** Bytes the server sent since it last got credit for them. */
  unacknowledged: number;
}

/** Flow-control credit the server gets per answer and for all of them, as the components' own client gives it. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** A server that says nothing for so long is asked whether it lives, and has failed when it says nothing again. */
const SILENCE_MS = 30_000;

/**
 * One connection of HTTP/2 over TLS that costs a load little: it knows what a benchmark asks and nothing more. Headers
 * go out as literals, of an answer the status is read and the body counted, and all that one turn of the event loop
 * asks for goes out in one write. Flow control is kept in both directions. Whatever the protocol does not allow, and a
 * connection that ends, fails every request on its way.
 */
export class LoadConnection {
  readonly #socket: TLSSocket;
  readonly #authority: string;
  readonly #exchanges = new Map<number, Exchange>();
  #nextStream = 1;
  #out: Buffer[] = [];
  /** What came of a frame that is not all here. */
  #rest: Buffer = Buffer.alloc(0);
  #sendWindow = WINDOW_BYTES;
  #streamSendWindow = WINDOW_BYTES;
  #frameBytesMax = FRAME_BYTES_MAX;
  #streamsMax = Infinity;
  #unacknowledged = 0;
  /** The stream whose header block goes on, or 0. */
  #continued = 0;
  #isAsked = false;
  #failure: Error | undefined;

  private constructor(socket: TLSSocket, authority: string) {
    this.#socket = socket;
    this.#authority = authority;
    const settings = [
      [SETTING.headerTableSize, 0],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
    ] as const;
    this.#write(clientPreface(settings, CONNECTION_WINDOW_BYTES - WINDOW_BYTES));
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection was closed")));
    socket.setTimeout(SILENCE_MS, () => this.#ask());
  }

  /** @throws {Error} When it cannot be made, the server is not whom its certificate should name, or no HTTP/2 is spoken. */
  static open({
    server,
    ca,
    cert,
    key,
  }: Pick<Credentials, "server" | "ca"> & Partial<Credentials>): Promise<LoadConnection> {
    const { hostname: host, port, host: authority } = new URL(server);
    const identity = cert === undefined || key === undefined ? {} : { cert, key };
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), ca, ...identity, ALPNProtocols: ["h2"] });
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        socket.off("error", reject);
        if (socket.alpnProtocol === "h2") resolve(new LoadConnection(socket, authority));
        else reject(new Error(`${server} does not speak HTTP/2`));
      });
    });
  }

  /** Resolves when the answer has ended. @throws {Error} When none came whole. */
  send(request: LoadRequest): Promise<LoadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      if (this.#exchanges.size >= this.#streamsMax)
        return reject(new Error("the server allows no more requests at once"));
      const { method, target, body, contentType } = request;
      const stream = this.#nextStream;
      this.#nextStream += 2;
      const windows = { sendWindow: this.#streamSendWindow, unacknowledged: 0 };
      const exchange = { request, resolve, reject, status: 0, length: 0, refusal: [], sent: 0, ...windows };
      this.#exchanges.set(stream, exchange);
      const block = requestBlock({
        method,
        target,
        authority: this.#authority,
        ...(contentType !== undefined && { contentType }),
        ...(body && { contentLength: body.byteLength }),
      });
      const flags = FLAG.endHeaders | (body ? 0 : FLAG.endStream);
      const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + block.length);
      bytes.write(
        block,
        writeFrameHeader(bytes, 0, { length: block.length, type: FRAME.headers, flags, stream }),
        "latin1",
      );
      this.#write(bytes);
      if (body) this.#sendBody(stream, exchange, body);
    });
  }

  close(): void {
    this.#fail(new Error("the connection was closed by us"));
  }

  /** Sends what the windows allow of a body; the rest when they open. */
  #sendBody(stream: number, exchange: Exchange, body: Uint8Array): void {
    for (;;) {
      const left = body.byteLength - exchange.sent;
      const length = Math.min(left, this.#frameBytesMax, exchange.sendWindow, this.#sendWindow);
      if (length <= 0 && left > 0) return;
      const flags = length === left ? FLAG.endStream : 0;
      this.#write(frame(FRAME.data, flags, stream, body.subarray(exchange.sent, exchange.sent + length)));
      exchange.sent += length;
      exchange.sendWindow -= length;
      this.#sendWindow -= length;
      if (length === left) return;
    }
  }

  #sendBodies(): void {
    for (const [stream, exchange] of this.#exchanges) {
      const { body } = exchange.request;
      if (body && exchange.sent < body.byteLength) this.#sendBody(stream, exchange, body);
    }
  }

  /** Everything that is written in one turn goes out at its end, in one write. */
  #write(bytes: Buffer): void {
    if (this.#out.push(bytes) > 1) return;
    nextTick(() => {
      const [only] = this.#out;
      const all = this.#out.length === 1 && only ? only : Buffer.concat(this.#out);
      this.#out = [];
      if (!this.#socket.destroyed) this.#socket.write(all);
    });
  }

  #ask(): void {
    if (this.#isAsked) this.#fail(new Error(`the server said nothing for ${2 * SILENCE_MS} ms`));
    else this.#write(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
    this.#isAsked = true;
  }

  #read(chunk: Buffer): void {
    this.#isAsked = false;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    try {
      while (at + FRAME_HEADER_BYTES <= bytes.length) {
        const header = readFrameHeader(bytes, at);
        if (header.length > FRAME_BYTES_MAX) throw new Error(`the server sent a frame of ${header.length} bytes`);
        const start = at + FRAME_HEADER_BYTES;
        if (start + header.length > bytes.length) break;
        at = start + header.length;
        this.#take(header, bytes.subarray(start, at));
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#rest = bytes.subarray(at);
  }

  #take(header: FrameHeader, payload: Buffer): void {
    const { type, flags, stream } = header;
    const isContinued = type === FRAME.continuation && stream === this.#continued;
    if (this.#continued !== 0 && !isContinued) throw new Error("the server broke off a header block");
    switch (type) {
      case FRAME.data:
        return this.#takeData(header, bodyOf(payload, flags & FLAG.padded));
      case FRAME.headers:
        return this.#takeHeaders(header, bodyOf(payload, flags));
      case FRAME.continuation: // Its fields are not the status, which was in the first piece of the block.
        if ((flags & FLAG.endHeaders) !== 0) this.#continued = 0;
        return;
      case FRAME.rstStream:
        return this.#reset(stream, payload.readUInt32BE(0));
      case FRAME.settings:
        if ((flags & FLAG.ack) === 0) this.#takeSettings(payload);
        return;
      case FRAME.ping:
        if ((flags & FLAG.ack) === 0) this.#write(frame(FRAME.ping, FLAG.ack, 0, payload));
        return;
      case FRAME.goaway:
        throw new Error(`the server sent GOAWAY with code ${payload.readUInt32BE(4)}`);
      case FRAME.windowUpdate:
        return this.#takeCredit(stream, payload.readUInt32BE(0) & 0x7fffffff);
      case FRAME.pushPromise:
        throw new Error("the server pushed, which it was told not to");
    }
  }

  #takeHeaders({ stream, flags }: FrameHeader, block: Buffer): void {
    if ((flags & FLAG.endHeaders) === 0) this.#continued = stream;
    const exchange = this.#exchanges.get(stream);
    if (exchange === undefined) return;
    if (exchange.status === 0) {
      const status = statusOf(block);
      if (status >= 200) exchange.status = status; // Below it another block follows.
      if (status >= 200 && status < 300) exchange.request.onBegin?.();
    }
    if ((flags & FLAG.endStream) !== 0) this.#end(stream, exchange);
  }

  #takeData({ stream, flags, length }: FrameHeader, piece: Buffer): void {
    this.#unacknowledged += length;
    if (this.#unacknowledged > CONNECTION_WINDOW_BYTES / 2) {
      this.#write(windowUpdate(0, this.#unacknowledged));
      this.#unacknowledged = 0;
    }
    const exchange = this.#exchanges.get(stream);
    if (exchange === undefined) return;
    if (exchange.status === 0) throw new Error("the server sent a body before its headers");
    exchange.length += piece.length;
    if (exchange.status >= 300) exchange.refusal.push(Buffer.from(piece));
    else exchange.request.onData?.(piece);
    exchange.unacknowledged += length;
    if ((flags & FLAG.endStream) !== 0) this.#end(stream, exchange);
    else if (exchange.unacknowledged > STREAM_WINDOW_BYTES / 2) {
      this.#write(windowUpdate(stream, exchange.unacknowledged));
      exchange.unacknowledged = 0;
    }
  }

  #end(stream: number, { status, length, refusal, resolve }: Exchange): void {
    if (status === 0) throw new Error("an answer ended without a status");
    this.#exchanges.delete(stream);
    resolve({ status, length, refusal: refusal.length === 0 ? "" : Buffer.concat(refusal).toString() });
  }

  /** After a whole answer a reset only says that no more of the request's body is wanted. */
  #reset(stream: number, code: number): void {
    this.#exchanges.get(stream)?.reject(new Error(`the server reset the stream with code ${code}`));
    this.#exchanges.delete(stream);
  }

  #takeSettings(payload: Buffer): void {
    const settings = settingsOf(payload);
    const window = settings.get(SETTING.initialWindowSize) ?? this.#streamSendWindow;
    for (const exchange of this.#exchanges.values()) exchange.sendWindow += window - this.#streamSendWindow;
    this.#streamSendWindow = window;
    this.#frameBytesMax = settings.get(SETTING.maxFrameSize) ?? this.#frameBytesMax;
    this.#streamsMax = settings.get(SETTING.maxConcurrentStreams) ?? this.#streamsMax;
    this.#write(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    this.#sendBodies();
  }

  #takeCredit(stream: number, increment: number): void {
    if (stream === 0) this.#sendWindow += increment;
    else {
      const exchange = this.#exchanges.get(stream);
      if (exchange) exchange.sendWindow += increment;
    }
    this.#sendBodies();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#exchanges.values()) reject(this.#failure);
    this.#exchanges.clear();
    this.#socket.destroy();
  }
}

function bodyOf(payload: Buffer, flags: number): Buffer {
  const body = unpadded(payload, flags);
  if (body === undefined) throw new Error("a frame's padding is longer than the frame");
  return body;
}
