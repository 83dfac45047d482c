/** Frames of HTTP/2 (RFC 9113) as both of its ends write and read them. */

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

export const FRAME_HEADER_BYTES = 9;
/** SETTINGS_MAX_FRAME_SIZE until a side says otherwise; we never do. */
export const FRAME_BYTES_MAX = 16_384;
/** SETTINGS_INITIAL_WINDOW_SIZE until a side says otherwise, and what a connection starts with. */
export const WINDOW_BYTES = 65_535;
export const WINDOW_BYTES_MAX = 0x7fffffff;

export const CLIENT_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export interface FrameHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

export function readFrameHeader(bytes: Buffer, at: number): FrameHeader {
  return {
    length: bytes.readUIntBE(at, 3),
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
  };
}

/** @returns Where the payload begins. */
export function writeFrameHeader(bytes: Buffer, at: number, header: FrameHeader): number {
  bytes.writeUIntBE(header.length, at, 3);
  bytes[at + 3] = header.type;
  bytes[at + 4] = header.flags;
  bytes.writeUInt32BE(header.stream, at + 5);
  return at + FRAME_HEADER_BYTES;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.byteLength);
  bytes.set(payload, writeFrameHeader(bytes, 0, { length: payload.byteLength, type, flags, stream }));
  return bytes;
}

/** A frame of numbers of four bytes each, as RST_STREAM and GOAWAY are. */
export function numbersFrame(type: number, stream: number, ...numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * numbers.length);
  for (const [index, number] of numbers.entries()) payload.writeUInt32BE(number, 4 * index);
  return frame(type, 0, stream, payload);
}

export function windowUpdate(stream: number, increment: number): Buffer {
  return numbersFrame(FRAME.windowUpdate, stream, increment);
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

/** What a client says first: the preface, its settings, and how much more it takes on the whole connection. */
export function clientPreface(settings: readonly (readonly [id: number, value: number])[], credit: number): Buffer {
  return Buffer.concat([CLIENT_PREFACE, settingsFrame(settings), windowUpdate(0, credit)]);
}

/** The parameters of a SETTINGS frame; of several with one identifier the last holds. */
export function settingsOf(payload: Buffer): ReadonlyMap<number, number> {
  const settings = new Map<number, number>();
  for (let at = 0; at + 6 <= payload.length; at += 6)
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  return settings;
}

/** A payload without its padding and without the priority that HEADERS may carry; undefined if they exceed it. */
export function unpadded(payload: Buffer, flags: number): Buffer | undefined {
  const isPadded = (flags & FLAG.padded) !== 0;
  const start = (isPadded ? 1 : 0) + ((flags & FLAG.priority) === 0 ? 0 : 5);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  return start > end ? undefined : payload.subarray(start, end);
}
