/**
 * SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00, 2.2 and 2.6), as far as Kubernetes' streaming protocols
 * use them. Header blocks stay compressed here.
 */

const VERSION = 3;
const HEADER_BYTES = 8;
/** Control frames hold a few headers; longer ones are an attack. Data frames are handed on in pieces instead. */
const CONTROL_BYTES_MAX = 64 * 1024;
const FLAG_FIN = 0x01;

const TYPE = {
  synStream: 1,
  synReply: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** RST_STREAM's reasons (2.6.3). */
export const RESET = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const;

export type SpdyFrame =
  | { readonly type: "data"; readonly stream: number; readonly chunk: Buffer; readonly fin: boolean }
  | { readonly type: "synStream"; readonly stream: number; readonly block: Buffer; readonly fin: boolean }
  | { readonly type: "synReply"; readonly stream: number; readonly block: Buffer; readonly fin: boolean }
  | { readonly type: "headers"; readonly stream: number; readonly block: Buffer; readonly fin: boolean }
  | { readonly type: "reset"; readonly stream: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway" };

/** The bytes on the wire are not SPDY/3.1. */
export class SpdyProtocolError extends Error {
  override readonly name = "SpdyProtocolError";
}

/**
 * Cuts a byte stream into frames. A data frame comes out in as many pieces as its bytes arrive in, the last
 * one carrying its `fin`, so that nothing is held back and no frame length matters. Frames that change
 * nothing for us (SETTINGS, WINDOW_UPDATE) are left out.
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  /** The data frame being read, and how much of it has not come yet. */
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;

  /** @throws {SpdyProtocolError} If the other side does not speak SPDY/3.1. */
  read(bytes: Buffer): SpdyFrame[] {
    const frames: SpdyFrame[] = [];
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      if (this.#data !== undefined) {
        rest = this.#readData(this.#data, rest, frames);
        if (this.#data !== undefined) break;
      }
      if (rest.length < HEADER_BYTES) break;
      const length = rest.readUIntBE(5, 3);
      if ((rest.readUInt8(0) & 0x80) === 0) {
        this.#data = { stream: rest.readUInt32BE(0), fin: (rest.readUInt8(4) & FLAG_FIN) !== 0, left: length };
        rest = rest.subarray(HEADER_BYTES);
        continue;
      }
      if (length > CONTROL_BYTES_MAX) throw new SpdyProtocolError(`Cannot read a control frame of ${length} bytes`);
      if (rest.length < HEADER_BYTES + length) break;
      const frame = controlFrame(rest.subarray(0, HEADER_BYTES + length));
      if (frame !== undefined) frames.push(frame);
      rest = rest.subarray(HEADER_BYTES + length);
    }
    this.#pending = rest;
    return frames;
  }

  #readData(
    data: { readonly stream: number; readonly fin: boolean; left: number },
    rest: Buffer,
    frames: SpdyFrame[],
  ): Buffer {
    if (rest.length === 0 && data.left > 0) return rest;
    const chunk = rest.subarray(0, data.left);
    data.left -= chunk.length;
    const last = data.left === 0;
    frames.push({ type: "data", stream: data.stream, chunk, fin: data.fin && last });
    if (last) this.#data = undefined;
    return rest.subarray(chunk.length);
  }
}

function controlFrame(frame: Buffer): SpdyFrame | undefined {
  const version = frame.readUInt16BE(0) & 0x7fff;
  if (version !== VERSION) throw new SpdyProtocolError(`Cannot read SPDY version ${version}`);
  const type = frame.readUInt16BE(2);
  const fin = (frame.readUInt8(4) & FLAG_FIN) !== 0;
  const body = frame.subarray(HEADER_BYTES);
  const least = MINIMUM_BYTES[type] ?? 0;
  if (body.length < least) throw new SpdyProtocolError(`Cannot read a frame of type ${type} with ${body.length} bytes`);
  switch (type) {
    case TYPE.synStream:
      return { type: "synStream", stream: streamId(body), block: body.subarray(10), fin };
    case TYPE.synReply:
      return { type: "synReply", stream: streamId(body), block: body.subarray(4), fin };
    case TYPE.headers:
      return { type: "headers", stream: streamId(body), block: body.subarray(4), fin };
    case TYPE.reset:
      return { type: "reset", stream: streamId(body), status: body.readUInt32BE(4) };
    case TYPE.ping:
      return { type: "ping", id: body.readUInt32BE(0) };
    case TYPE.goAway:
      return { type: "goAway" };
    default:
      return undefined; // Unknown types are to be ignored (2.2.1).
  }
}

const MINIMUM_BYTES: Readonly<Record<number, number>> = {
  [TYPE.synStream]: 10,
  [TYPE.synReply]: 4,
  [TYPE.headers]: 4,
  [TYPE.reset]: 8,
  [TYPE.ping]: 4,
  [TYPE.goAway]: 8,
};

function streamId(body: Buffer): number {
  return body.readUInt32BE(0) & 0x7fff_ffff;
}

export function dataFrame(stream: number, chunk: Uint8Array, fin: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(stream);
  header.writeUInt8(fin ? FLAG_FIN : 0, 4);
  header.writeUIntBE(chunk.byteLength, 5, 3);
  return Buffer.concat([header, chunk]);
}

/** Opens a stream at priority 0. */
export function synStreamFrame(stream: number, block: Uint8Array): Buffer {
  return control(TYPE.synStream, uint32s(stream, 0), Buffer.alloc(2), block);
}

export function synReplyFrame(stream: number, block: Uint8Array): Buffer {
  return control(TYPE.synReply, uint32s(stream), block);
}

export function resetFrame(stream: number, status: number): Buffer {
  return control(TYPE.reset, uint32s(stream, status));
}

export function pingFrame(id: number): Buffer {
  return control(TYPE.ping, uint32s(id));
}

/** @param lastStream The highest stream of the other side that was taken. */
export function goAwayFrame(lastStream: number): Buffer {
  return control(TYPE.goAway, uint32s(lastStream, 0));
}

function control(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(0x8000 | VERSION);
  header.writeUInt16BE(type, 2);
  header.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([header, body]);
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}
