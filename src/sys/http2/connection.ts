import type { Duplex } from "node:stream";
import { ClosedStreams, END, type End } from "./closed_streams.ts";
import { windowOfSettings } from "./client_settings.ts";
import { CODE, ConnectionError } from "./connection_error.ts";
import { FloodGuard } from "./flood_guard.ts";
import { FrameInput } from "./frame_input.ts";
import { checkFrame } from "./frame_rules.ts";
import {
  FLAG,
  FRAME,
  FRAME_BYTES_MAX,
  SETTING,
  WINDOW_BYTES,
  WINDOW_BYTES_MAX,
  numbersFrame,
  settingsFrame,
  unpadded,
  windowUpdate,
  type FrameHeader,
} from "./frames.ts";
import { HeaderBlocks } from "./header_blocks.ts";
import { FrameOutput } from "./output.ts";
import type { RequestFields } from "./request_fields.ts";
import { ServerStream, type StreamDoor } from "./stream.ts";

/** Flow-control credit given to a client per request body, and to all of them on one connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 2 * 1024 * 1024;
/** Bodies wait while so much of the connection has not left this process. */
const UNSENT_BYTES_MAX = 512 * 1024;
/** One that has so much unsent, though bodies wait, has been asked too much and told too little. */
const ANSWERS_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of one body sent before it is the next one's turn. */
const TURN_BYTES = 64 * 1024;
/** Credit below this brings next to nothing. */
const CREDIT_BYTES_MIN = 64;
/** How long a client that broke the rules has to take the reason. */
const LAST_WORD_MS = 1_000;

const NOTHING = new Uint8Array(0);

/** How long a client may take, in milliseconds. */
export interface ConnectionTimes {
  readonly idleTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

/** One HTTP/2 connection at its server's end (RFC 9113). */
export class ServerConnection implements StreamDoor {
  readonly #socket: Duplex;
  readonly #onStream: (stream: ServerStream) => void;
  readonly #onClose: () => void;
  readonly #streamsMax: number;
  readonly #output: FrameOutput;
  readonly #blocks = new HeaderBlocks();
  readonly #input = new FrameInput((header, payload) => this.#take(header, payload));
  readonly #closed = new ClosedStreams();
  readonly #guard = new FloodGuard();
  readonly #streams = new Map<number, ServerStream>();
  /** Streams whose answers are out but have not left this process. */
  readonly #leaving = new Set<ServerStream>();
  /** Streams whose bodies wait for credit or for the socket, in the order of their turns. */
  readonly #waiting = new Set<ServerStream>();
  #isSet = false;
  #framesTaken = 0;
  /** Since when a frame, a header block or the greeting is not whole, by `performance.now`. */
  #halfSince: number | undefined = performance.now();
  /** Whether bodies that wait may go on. */
  #hasCredit = false;
  #sendWindow = WINDOW_BYTES;
  #streamSendWindow = WINDOW_BYTES;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #unacknowledged = 0;
  #isOver = false;
  /** Whether no further request is taken. */
  isClosing = false;
  /** Requests whose answers have not all left this process. */
  #open = 0;
  /** Since when no request is open, milliseconds of `performance.now`; undefined while one is. */
  idleSince: number | undefined = performance.now();

  constructor(
    socket: Duplex,
    options: { readonly streamsMax: number; onStream(stream: ServerStream): void; onClose(): void },
  ) {
    this.#socket = socket;
    this.#streamsMax = options.streamsMax;
    this.#onStream = (stream) => options.onStream(stream);
    this.#onClose = () => options.onClose();
    this.#output = new FrameOutput(socket, () => this.#pumpAll());
    this.#output.push(
      settingsFrame([
        [SETTING.maxConcurrentStreams, options.streamsMax],
        [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
      ]),
    );
    this.#output.push(windowUpdate(0, CONNECTION_WINDOW_BYTES - WINDOW_BYTES));
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("close", () => this.#ended());
  }

  /** Takes no further request, and closes the connection when those in hand are answered. */
  close(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.#goaway(CODE.noError);
    this.#endIfDone();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  sendHead(id: number, block: string, isLast: boolean): void {
    this.#output.head(id, block, isLast);
  }

  pump(stream: ServerStream): void {
    if (stream.destroyed) return;
    for (let turn = TURN_BYTES; stream.hasQueue;) {
      if (turn <= 0 && this.#waiting.size === 0) turn = TURN_BYTES; // Nobody else waits.
      const room = Math.min(FRAME_BYTES_MAX, stream.sendWindow, this.#sendWindow, turn);
      if (room <= 0 || this.#output.unsentBytes > UNSENT_BYTES_MAX) {
        this.#waiting.delete(stream);
        this.#waiting.add(stream);
        return;
      }
      const { piece, onTaken } = stream.next(room);
      const isLast = stream.writableEnded && !stream.hasQueue;
      stream.sendWindow -= piece.length;
      this.#sendWindow -= piece.length;
      turn -= piece.length;
      this.#data(stream, piece, isLast, onTaken);
    }
    this.#waiting.delete(stream);
    if (stream.writableEnded && !stream.isLocalEnded) this.#data(stream, NOTHING, true);
    if (stream.isLocalEnded) this.#settle(stream);
  }

  reset(stream: ServerStream, code: number): void {
    if (stream.destroyed) return;
    this.#output.push(numbersFrame(FRAME.rstStream, stream.id, code));
    this.#drop(stream, code !== CODE.noError);
  }

  #data(stream: ServerStream, piece: Uint8Array, isLast: boolean, onTaken?: () => void): void {
    const flags = isLast ? FLAG.endStream : 0;
    const header = { length: piece.length, type: FRAME.data, flags, stream: stream.id };
    this.#output.frame(header, piece, onTaken, stream.isNews && !isLast);
    if (isLast) stream.isLocalEnded = true;
  }

  /** A stream whose answer is out counts as open until the client can have it. */
  #settle(stream: ServerStream): void {
    if (!this.#streams.delete(stream.id)) return;
    this.#closed.ended(stream.id, stream.isRemoteEnded ? END.byClient : END.byUs);
    this.#leaving.add(stream);
    this.#output.push(NOTHING, () => {
      // What is still to come of the request is not wanted; NO_ERROR lets the client read the answer (RFC 9113, 8.1).
      if (stream.isRemoteEnded) this.#drop(stream, false);
      else this.reset(stream, CODE.noError);
    });
  }

  #drop(stream: ServerStream, isAborted: boolean, end: End = stream.isRemoteEnded ? END.byClient : END.byUs): void {
    if (stream.destroyed) return;
    this.#closed.ended(stream.id, end);
    this.#streams.delete(stream.id);
    this.#leaving.delete(stream);
    this.#waiting.delete(stream);
    stream.close(isAborted);
    if (--this.#open === 0) this.idleSince = performance.now();
    this.#endIfDone();
  }

  #dropAll(): void {
    for (const stream of this.#streams.values()) this.#drop(stream, true);
    for (const stream of this.#leaving) this.#drop(stream, true);
  }

  #endIfDone(): void {
    if (!this.isClosing || this.#open > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#output.flush();
    this.#socket.end();
  }

  #ended(): void {
    this.#isOver = true;
    this.isClosing = true;
    this.#dropAll();
    this.#onClose();
  }

  #goaway(code: number): void {
    this.#output.push(numbersFrame(FRAME.goaway, 0, this.#closed.last, code));
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return;
    const framesTaken = this.#framesTaken;
    try {
      this.#input.read(chunk);
    } catch (error) {
      this.#fail(error instanceof ConnectionError ? error.code : CODE.internalError);
      return;
    }
    this.#noteHalf(this.#framesTaken > framesTaken);
    if (this.#hasCredit) {
      this.#hasCredit = false;
      this.#pumpAll();
    }
    if (this.#output.unsentBytes > ANSWERS_BYTES_MAX) this.#fail(CODE.enhanceYourCalm);
  }

  /** @param isNext Whether what is not whole may have begun just now, as something else ended. */
  #noteHalf(isNext: boolean): void {
    const isBlockOpen = this.#blocks.openStream !== 0 || !this.#isSet;
    if (!isBlockOpen && !this.#input.isPartial) this.#halfSince = undefined;
    else if (this.#halfSince === undefined || (isNext && !isBlockOpen)) this.#halfSince = performance.now();
  }

  /** To be called every few seconds: ends what the client leaves half done or lets lie. */
  sweep({ idleTimeoutMs, headersTimeoutMs, stallTimeoutMs }: ConnectionTimes): void {
    const now = performance.now();
    if (this.#halfSince !== undefined && now - this.#halfSince >= headersTimeoutMs) this.#fail(CODE.enhanceYourCalm);
    for (const streams of [this.#waiting, this.#leaving]) {
      for (const stream of streams) if (stream.isStalled(now, stallTimeoutMs)) this.reset(stream, CODE.internalError);
    }
    if (this.idleSince === undefined || now - this.idleSince < idleTimeoutMs) return;
    // Asked to go a whole period ago and still here: no more waiting.
    if (this.isClosing) this.destroy();
    else this.close();
  }

  /** Says why, and goes. */
  #fail(code: number): void {
    if (this.#isOver) return;
    this.isClosing = true;
    this.#isOver = true;
    this.#socket.removeAllListeners("data");
    this.#dropAll();
    this.#goaway(code);
    this.#output.flush();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LAST_WORD_MS).unref();
  }

  #take(header: FrameHeader, payload: Buffer): void {
    const { type, flags, stream } = header;
    this.#framesTaken++;
    if (this.#isOver) return;
    if (!this.#isSet && type !== FRAME.settings) throw protocolError("no settings");
    if (this.#blocks.openStream !== 0 && (type !== FRAME.continuation || stream !== this.#blocks.openStream)) {
      throw protocolError("a header block is broken off");
    }
    checkFrame(header);
    switch (type) {
      case FRAME.data:
        return this.#takeData(header, payload);
      case FRAME.headers:
        this.#blocks.begin(header, payload);
        this.#halfSince = undefined;
        if ((flags & FLAG.endHeaders) !== 0) this.#takeBlock();
        return;
      case FRAME.continuation:
        this.#blocks.goOn(header, payload);
        if ((flags & FLAG.endHeaders) !== 0) this.#takeBlock();
        return;
      case FRAME.rstStream:
        return this.#takeReset(stream);
      case FRAME.settings:
        return this.#takeSettings(flags, payload);
      case FRAME.windowUpdate:
        return this.#takeCredit(stream, payload);
      case FRAME.ping:
        if ((flags & FLAG.ack) === 0) return this.#acknowledge(FRAME.ping, payload);
        break;
      case FRAME.goaway:
        this.close();
    }
    this.#guard.onIdleFrame(); // Priorities, and what we do not know, are nothing to us.
  }

  #acknowledge(type: number, payload: Uint8Array): void {
    const header = { length: payload.length, type, flags: FLAG.ack, stream: 0 };
    this.#output.frame(header, payload, this.#guard.onReply());
  }

  #takeBlock(): void {
    const { id, fields, isEnd } = this.#blocks.finish();
    const known = this.#streams.get(id);
    if (known !== undefined) return this.#takeTrailers(known, fields, isEnd);
    if (id <= this.#closed.last) {
      const end = this.#closed.endOf(id);
      if (end === END.never) throw protocolError("a stream is older than the last one");
      if (end === END.byClient) throw new ConnectionError(CODE.streamClosed, "headers after the end");
      return; // One that we are done with, and whose trailers were on their way, is no offence.
    }
    this.#closed.opened(id);
    if (this.#isOver) return;
    const stream = this.#begin(id, fields, isEnd);
    const declared = fields.declaredLength;
    const isLong = isEnd && declared !== undefined && declared !== 0;
    // Of answers that have not left, a client may have seen some: it is in the right to count these as ended.
    const isFull = this.#streams.size > this.#streamsMax || this.#open > 2 * this.#streamsMax;
    if (this.isClosing || isFull) this.#refuse(stream, CODE.refusedStream);
    else if (!fields.isTooLarge && (!fields.end() || Number.isNaN(declared) || isLong)) {
      this.#refuse(stream, CODE.protocolError);
    } else this.#onStream(stream);
  }

  #begin(id: number, fields: RequestFields, isEnd: boolean): ServerStream {
    const stream = new ServerStream(id, fields, isEnd, [this.#streamSendWindow, STREAM_WINDOW_BYTES], this);
    this.#streams.set(id, stream);
    this.#open++;
    this.idleSince = undefined;
    return stream;
  }

  /** Resets a stream by the client's fault, which it may not cause too often. */
  #refuse(stream: ServerStream, code: number): void {
    this.reset(stream, code);
    this.#guard.onReset();
  }

  #takeTrailers(stream: ServerStream, fields: RequestFields, isEnd: boolean): void {
    if (stream.isRemoteEnded) return this.#refuse(stream, CODE.streamClosed);
    if (!isEnd || !fields.areTrailers) return this.#refuse(stream, CODE.protocolError);
    this.#endOfBody(stream);
  }

  #takeData({ stream: id, flags, length }: FrameHeader, payload: Buffer): void {
    if (this.#isIdle(id)) throw protocolError("data on no stream");
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new ConnectionError(CODE.flowControlError, "more data than credit");
    this.#unacknowledged += length;
    if (this.#unacknowledged > CONNECTION_WINDOW_BYTES / 2) {
      this.#output.push(windowUpdate(0, this.#unacknowledged));
      this.#receiveWindow += this.#unacknowledged;
      this.#unacknowledged = 0;
    }
    const piece = unpaddedOr(payload, flags);
    const stream = this.#streams.get(id);
    if (piece.length === 0 && (flags & FLAG.endStream) === 0) this.#guard.onIdleFrame();
    if (stream === undefined) return this.#takeLateData(id);
    stream.receiveWindow -= length;
    if (stream.isRemoteEnded) return this.#refuse(stream, CODE.streamClosed);
    if (stream.receiveWindow < 0) return this.#refuse(stream, CODE.flowControlError);
    stream.receivedBytes += piece.length;
    const declared = stream.fields.declaredLength;
    if (declared !== undefined && stream.receivedBytes > declared) return this.#refuse(stream, CODE.protocolError);
    if (piece.length > 0) stream.taker?.take(ownPiece(piece));
    if ((flags & FLAG.endStream) !== 0) return this.#endOfBody(stream);
    stream.unacknowledged += length;
    // Who takes the body no longer, as it is too long, gives no credit for more.
    if (stream.taker === undefined || stream.unacknowledged <= STREAM_WINDOW_BYTES / 2) return;
    this.#output.push(windowUpdate(id, stream.unacknowledged));
    stream.receiveWindow += stream.unacknowledged;
    stream.unacknowledged = 0;
  }

  /** Data on a stream that is closed: on its way when we ended it, or an offence. */
  #takeLateData(id: number): void {
    const end = this.#closed.endOf(id);
    if (end === END.byUs || end === END.unknown) return;
    this.#output.push(numbersFrame(FRAME.rstStream, id, CODE.streamClosed));
    this.#guard.onReset();
  }

  #isIdle(id: number): boolean {
    return id > this.#closed.last || (id % 2 === 0 && id !== 0);
  }

  #endOfBody(stream: ServerStream): void {
    const declared = stream.fields.declaredLength;
    if (declared !== undefined && stream.receivedBytes !== declared) return this.#refuse(stream, CODE.protocolError);
    stream.isRemoteEnded = true;
    stream.taker?.end();
  }

  #takeReset(id: number): void {
    if (this.#isIdle(id)) throw protocolError("a reset of no stream");
    this.#guard.onReset();
    const stream = this.#streams.get(id);
    if (stream) this.#drop(stream, true, END.byClient);
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ack) !== 0) return this.#guard.onIdleFrame();
    this.#isSet = true;
    const window = windowOfSettings(payload);
    if (window !== undefined) this.#setWindow(window);
    this.#acknowledge(FRAME.settings, NOTHING);
    this.#hasCredit = true;
  }

  #setWindow(bytes: number): void {
    for (const stream of this.#streams.values()) {
      stream.sendWindow += bytes - this.#streamSendWindow;
      if (stream.sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "too much credit");
    }
    this.#streamSendWindow = bytes;
  }

  #takeCredit(id: number, payload: Buffer): void {
    if (this.#isIdle(id)) throw protocolError("credit for no stream");
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    if (increment < CREDIT_BYTES_MIN) this.#guard.onIdleFrame();
    if (id === 0) {
      if (increment === 0) throw protocolError("credit of nothing");
      this.#sendWindow += increment;
      if (this.#sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "too much credit");
      this.#hasCredit = true;
      return;
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.sendWindow += increment;
    if (increment === 0) this.#refuse(stream, CODE.protocolError);
    else if (stream.sendWindow > WINDOW_BYTES_MAX) this.#refuse(stream, CODE.flowControlError);
    else this.#hasCredit = true; // Taken up when all that was read is: many small ones make one.
  }

  /** Gives each waiting body its turn until none can go on. */
  #pumpAll(): void {
    if (this.#waiting.size === 0) return;
    const turns = Array.from(this.#waiting); // Who goes on waiting comes again at the end.
    for (const stream of turns) this.pump(stream);
  }
}

function protocolError(message: string): ConnectionError {
  return new ConnectionError(CODE.protocolError, message);
}

function unpaddedOr(payload: Buffer, flags: number): Buffer {
  const piece = unpadded(payload, flags & FLAG.padded);
  if (piece === undefined) throw protocolError("padding is longer than its frame");
  return piece;
}

/** A piece that does not hold on to much more than itself. */
function ownPiece(piece: Buffer): Buffer {
  return piece.length * 4 < piece.buffer.byteLength ? Buffer.from(piece) : piece;
}
