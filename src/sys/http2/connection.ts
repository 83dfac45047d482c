import type { Socket } from "node:net";
import { CODE, ConnectionError } from "./connection_error.ts";
import {
  CLIENT_PREFACE,
  FLAG,
  FRAME,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  SETTING,
  WINDOW_BYTES,
  readFrameHeader,
  settingsFrame,
  unpadded,
  windowUpdate,
  type FrameHeader,
} from "./frames.ts";
import { HeaderBlocks } from "./header_blocks.ts";
import { FrameOutput } from "./output.ts";
import type { RequestFields } from "./request_fields.ts";
import { ResetAllowance } from "./reset_allowance.ts";
import { ServerStream, type StreamDoor } from "./stream.ts";

/** Flow-control credit given to a client per request body, and to all of them on one connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 2 * 1024 * 1024;
const WINDOW_BYTES_MAX = 0x7fffffff;
/** Bodies wait while so much of the connection has not left this process. */
const UNSENT_BYTES_MAX = 512 * 1024;
/** One that has so much unsent, though bodies wait, has been asked too much and told too little. */
const ANSWERS_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of one body sent before it is the next one's turn. */
const TURN_BYTES = 64 * 1024;
/** How long a client that broke the rules has to take the reason. */
const LAST_WORD_MS = 1_000;

const NOTHING = new Uint8Array(0);
const EMPTY = Buffer.alloc(0);

/** One HTTP/2 connection at its server's end (RFC 9113). */
export class ServerConnection implements StreamDoor {
  readonly #socket: Socket;
  readonly #onStream: (stream: ServerStream) => void;
  readonly #onClose: () => void;
  readonly #streamsMax: number;
  readonly #output: FrameOutput;
  readonly #blocks = new HeaderBlocks();
  readonly #resets = new ResetAllowance();
  readonly #streams = new Map<number, ServerStream>();
  /** Streams whose answers are out but have not left this process. */
  readonly #leaving = new Set<ServerStream>();
  /** Streams whose bodies wait for credit or for the socket, in the order of their turns. */
  readonly #waiting = new Set<ServerStream>();
  #rest: Buffer = EMPTY;
  #isGreeted = false;
  #isSet = false;
  #lastStream = 0;
  #sendWindow = WINDOW_BYTES;
  #streamSendWindow = WINDOW_BYTES;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #unacknowledged = 0;
  #frameBytesMax = FRAME_BYTES_MAX;
  #isOver = false;
  /** Whether no further request is taken. */
  isClosing = false;
  /** Requests whose answers have not all left this process. */
  #open = 0;
  /** Since when no request is open, milliseconds of `performance.now`; undefined while one is. */
  idleSince: number | undefined = performance.now();

  constructor(
    socket: Socket,
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
    const end = isLast ? FLAG.endStream : 0;
    let type: number = FRAME.headers;
    for (let at = 0; ; at += this.#frameBytesMax) {
      const part = block.length <= this.#frameBytesMax ? block : block.slice(at, at + this.#frameBytesMax);
      const isWhole = at + this.#frameBytesMax >= block.length;
      const flags = (type === FRAME.headers ? end : 0) | (isWhole ? FLAG.endHeaders : 0);
      this.#output.frame({ length: part.length, type, flags, stream: id }, part);
      if (isWhole) return;
      type = FRAME.continuation;
    }
  }

  pump(stream: ServerStream): void {
    if (stream.destroyed) return;
    for (let turn = TURN_BYTES; stream.hasQueue;) {
      if (turn <= 0 && this.#waiting.size === 0) turn = TURN_BYTES; // Nobody else waits.
      const room = Math.min(this.#frameBytesMax, stream.sendWindow, this.#sendWindow, turn);
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
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(code);
    this.#output.frame({ length: 4, type: FRAME.rstStream, flags: 0, stream: stream.id }, payload);
    this.#drop(stream, code !== CODE.noError);
  }

  #data(stream: ServerStream, piece: Uint8Array, isLast: boolean, onTaken?: () => void): void {
    const flags = isLast ? FLAG.endStream : 0;
    this.#output.body({ length: piece.length, type: FRAME.data, flags, stream: stream.id }, piece, onTaken);
    if (isLast) stream.isLocalEnded = true;
  }

  /** A stream whose answer is out counts as open until the client can have it. */
  #settle(stream: ServerStream): void {
    if (!this.#streams.delete(stream.id)) return;
    this.#leaving.add(stream);
    this.#output.push(NOTHING, () => {
      // What is still to come of the request is not wanted; NO_ERROR lets the client read the answer (RFC 9113, 8.1).
      if (stream.isRemoteEnded) this.#drop(stream, false);
      else this.reset(stream, CODE.noError);
    });
  }

  #drop(stream: ServerStream, isAborted: boolean): void {
    if (stream.destroyed) return;
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
    const payload = Buffer.allocUnsafe(8);
    payload.writeUInt32BE(this.#lastStream);
    payload.writeUInt32BE(code, 4);
    this.#output.frame({ length: 8, type: FRAME.goaway, flags: 0, stream: 0 }, payload);
  }

  #read(chunk: Buffer): void {
    if (this.#isOver && this.#open === 0) return;
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    try {
      if (!this.#isGreeted) {
        const greeting = bytes.subarray(0, CLIENT_PREFACE.length);
        if (!greeting.equals(CLIENT_PREFACE.subarray(0, greeting.length))) throw protocolError("no preface");
        if (greeting.length < CLIENT_PREFACE.length) {
          this.#rest = bytes;
          return;
        }
        this.#isGreeted = true;
        bytes = bytes.subarray(CLIENT_PREFACE.length);
      }
      while (at + FRAME_HEADER_BYTES <= bytes.length) {
        const header = readFrameHeader(bytes, at);
        if (header.length > FRAME_BYTES_MAX) throw new ConnectionError(CODE.frameSizeError, "a frame is too long");
        const start = at + FRAME_HEADER_BYTES;
        if (start + header.length > bytes.length) break;
        at = start + header.length;
        this.#take(header, bytes.subarray(start, at));
      }
    } catch (error) {
      this.#fail(error instanceof ConnectionError ? error.code : CODE.internalError);
      return;
    }
    this.#rest = at === bytes.length ? EMPTY : bytes.subarray(at); // Else it would hold on to what was read.
    if (this.#output.unsentBytes > ANSWERS_BYTES_MAX) this.#fail(CODE.enhanceYourCalm);
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
    if (!this.#isSet && type !== FRAME.settings) throw protocolError("no settings");
    if (this.#blocks.openStream !== 0 && (type !== FRAME.continuation || stream !== this.#blocks.openStream)) {
      throw protocolError("a header block is broken off");
    }
    switch (type) {
      case FRAME.data:
        return this.#takeData(header, payload);
      case FRAME.headers:
        if (stream % 2 === 0) throw protocolError("headers without a stream of the client's");
        this.#blocks.begin(header, payload);
        if ((flags & FLAG.endHeaders) !== 0) this.#takeBlock();
        return;
      case FRAME.continuation:
        this.#blocks.goOn(header, payload);
        if ((flags & FLAG.endHeaders) !== 0) this.#takeBlock();
        return;
      case FRAME.rstStream:
        return this.#takeReset(header);
      case FRAME.settings:
        return this.#takeSettings(header, payload);
      case FRAME.pushPromise:
        throw protocolError("a client does not push");
      case FRAME.ping:
        if (stream !== 0) throw protocolError("a ping on a stream");
        if (header.length !== 8) throw new ConnectionError(CODE.frameSizeError, "a ping has eight bytes");
        if ((flags & FLAG.ack) === 0) this.#output.frame({ ...header, flags: FLAG.ack }, payload);
        return;
      case FRAME.goaway:
        return this.close();
      case FRAME.windowUpdate:
        return this.#takeCredit(header, payload);
    }
  }

  #takeBlock(): void {
    const { id, fields, isEnd } = this.#blocks.finish();
    const known = this.#streams.get(id);
    if (known !== undefined) return this.#takeTrailers(known, isEnd);
    if (id <= this.#lastStream) {
      // One that we are done with, and whose trailers were on their way, is no offence.
      return;
    }
    this.#lastStream = id;
    if (this.#isOver || (this.isClosing && this.#open === 0)) return;
    const stream = this.#begin(id, fields, isEnd);
    const declared = fields.declaredLength;
    const isLong = isEnd && declared !== undefined && declared !== 0;
    if (this.isClosing || this.#streams.size > this.#streamsMax) this.#refuse(stream, CODE.refusedStream);
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
    if (!this.#resets.take()) throw new ConnectionError(CODE.enhanceYourCalm, "too many streams were reset");
  }

  #takeTrailers(stream: ServerStream, isEnd: boolean): void {
    if (!isEnd || stream.isRemoteEnded) return this.#refuse(stream, CODE.protocolError);
    this.#endOfBody(stream);
  }

  #takeData({ stream: id, flags, length }: FrameHeader, payload: Buffer): void {
    if (id === 0 || id % 2 === 0 || id > this.#lastStream) throw protocolError("data on no stream");
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
    if (stream === undefined) return; // What was on its way when its stream ended.
    stream.receiveWindow -= length;
    if (stream.isRemoteEnded) return this.#refuse(stream, CODE.streamClosed);
    if (stream.receiveWindow < 0) return this.#refuse(stream, CODE.flowControlError);
    stream.receivedBytes += piece.length;
    const declared = stream.fields.declaredLength;
    if (declared !== undefined && stream.receivedBytes > declared) return this.#refuse(stream, CODE.protocolError);
    stream.taker?.take(piece);
    if ((flags & FLAG.endStream) !== 0) return this.#endOfBody(stream);
    stream.unacknowledged += length;
    // Who takes the body no longer, as it is too long, gives no credit for more.
    if (stream.taker === undefined || stream.unacknowledged <= STREAM_WINDOW_BYTES / 2) return;
    this.#output.push(windowUpdate(id, stream.unacknowledged));
    stream.receiveWindow += stream.unacknowledged;
    stream.unacknowledged = 0;
  }

  #endOfBody(stream: ServerStream): void {
    const declared = stream.fields.declaredLength;
    if (declared !== undefined && stream.receivedBytes !== declared) return this.#refuse(stream, CODE.protocolError);
    stream.isRemoteEnded = true;
    stream.taker?.end();
  }

  #takeReset({ stream: id, length }: FrameHeader): void {
    if (length !== 4) throw new ConnectionError(CODE.frameSizeError, "a reset has four bytes");
    if (id === 0 || id > this.#lastStream) throw protocolError("a reset of no stream");
    if (!this.#resets.take()) throw new ConnectionError(CODE.enhanceYourCalm, "too many streams were reset");
    const stream = this.#streams.get(id);
    if (stream) this.#drop(stream, true);
  }

  #takeSettings({ stream, flags, length }: FrameHeader, payload: Buffer): void {
    const isAck = (flags & FLAG.ack) !== 0;
    if (stream !== 0) throw protocolError("settings on a stream");
    if (isAck ? length !== 0 : length % 6 !== 0) throw new ConnectionError(CODE.frameSizeError, "settings are cut off");
    if (isAck) return;
    this.#isSet = true;
    for (let at = 0; at < length; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#output.frame({ length: 0, type: FRAME.settings, flags: FLAG.ack, stream: 0 }, NOTHING);
    this.#pumpAll();
  }

  #set(setting: number, value: number): void {
    if (setting === SETTING.enablePush && value > 1) throw protocolError("a switch is 0 or 1");
    if (setting === SETTING.maxFrameSize) {
      if (value < FRAME_BYTES_MAX || value > 0xffffff) throw protocolError("no size of frames");
    } else if (setting === SETTING.initialWindowSize) {
      if (value > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "a window is too large");
      for (const stream of this.#streams.values()) stream.sendWindow += value - this.#streamSendWindow;
      this.#streamSendWindow = value;
    }
  }

  #takeCredit({ stream: id, length }: FrameHeader, payload: Buffer): void {
    if (length !== 4) throw new ConnectionError(CODE.frameSizeError, "credit has four bytes");
    if (id > this.#lastStream) throw protocolError("credit for no stream");
    const increment = payload.readUInt32BE(0) & 0x7fffffff;
    if (id === 0) {
      if (increment === 0) throw protocolError("credit of nothing");
      this.#sendWindow += increment;
      if (this.#sendWindow > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "too much credit");
      this.#pumpAll();
      return;
    }
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.sendWindow += increment;
    if (increment === 0) this.#refuse(stream, CODE.protocolError);
    else if (stream.sendWindow > WINDOW_BYTES_MAX) this.#refuse(stream, CODE.flowControlError);
    else if (this.#waiting.has(stream)) this.pump(stream);
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
