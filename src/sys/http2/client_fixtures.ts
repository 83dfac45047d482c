/** For tests: what a client says, frame by frame, and what it hears. */
import { Duplex } from "node:stream";
import { ServerConnection } from "./connection.ts";
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEADER_BYTES, frame, readFrameHeader, settingsFrame } from "./frames.ts";
import type { ServerStream } from "./stream.ts";

export const hello = Buffer.concat([CLIENT_PREFACE, settingsFrame([])]);
/** `GET https:/`, and `POST https:/`. */
export const GET = Buffer.of(0x82, 0x87, 0x84);
export const POST = Buffer.of(0x83, 0x87, 0x84);
export const WHOLE = FLAG.endHeaders | FLAG.endStream;

export const field = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
export const headers = (stream: number, flags: number, ...blocks: Uint8Array[]): Buffer =>
  frame(FRAME.headers, flags, stream, Buffer.concat(blocks));
export const reset = (stream: number): Buffer => frame(FRAME.rstStream, 0, stream, Buffer.alloc(4));

/** One frame of a server's in a few words. */
export function frameLine(type: number, flags: number, stream: number, payload: Buffer): string {
  if (type === FRAME.goaway) return `goaway ${payload.readUInt32BE(4)}`;
  if (type === FRAME.rstStream) return `reset ${stream} ${payload.readUInt32BE(0)}`;
  if (type === FRAME.headers) return `headers ${stream} ${payload[0]?.toString(16)}`;
  if (type === FRAME.data) return `data ${stream} ${payload.length}${(flags & FLAG.endStream) === 0 ? "" : " end"}`;
  return `${Object.entries(FRAME).find(([, code]) => code === type)?.[0]} ${flags}`;
}

/** A client in memory, at the other end of a connection of its own. */
export class MemoryClient extends Duplex {
  readonly connection: ServerConnection;
  readonly streams: ServerStream[] = [];
  /** Streams of which the connection has said that they are closed. */
  closedStreams = 0;
  isForgotten = false;
  #heard: Buffer[] = [];
  #isReading = true;
  #taken: (() => void) | undefined;

  constructor(onStream: (stream: ServerStream) => void, streamsMax = 250) {
    super({ allowHalfOpen: false });
    this.on("error", () => {});
    this.connection = new ServerConnection(this, {
      streamsMax,
      onStream: (stream) => {
        this.streams.push(stream);
        stream.once("close", () => this.closedStreams++);
        onStream(stream);
      },
      onClose: () => (this.isForgotten = true),
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    this.#heard.push(Buffer.from(chunk));
    if (this.#isReading) taken();
    else this.#taken = taken;
  }

  /** Ends as soon as the server has. */
  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  /** Takes what comes, or leaves it with the server. */
  reads(isReading: boolean): void {
    this.#isReading = isReading;
    const taken = this.#taken;
    this.#taken = undefined;
    if (isReading) taken?.();
  }

  /** Says so, and waits until it was heard and answered. */
  async say(...parts: readonly Uint8Array[]): Promise<readonly string[]> {
    for (const part of parts) if (!this.readableEnded && !this.destroyed) this.push(part);
    return this.heard();
  }

  /** All that the server has said so far. */
  async heard(): Promise<readonly string[]> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    const bytes = Buffer.concat(this.#heard);
    const lines: string[] = [];
    for (let at = 0; at + FRAME_HEADER_BYTES <= bytes.length;) {
      const { length, type, flags, stream } = readFrameHeader(bytes, at);
      const start = at + FRAME_HEADER_BYTES;
      at = start + length;
      lines.push(frameLine(type, flags, stream, bytes.subarray(start, at)));
    }
    return lines;
  }
}
