import { CODE, ConnectionError } from "./connection_error.ts";
import { FLAG, unpadded, type FrameHeader } from "./frames.ts";
import { HeaderDecoder } from "./header_decoder.ts";
import { RequestFields } from "./request_fields.ts";

/** As HTTP/1.1's own bound on a request's head; what is longer is answered 431, as long as its block is not. */
const HEADER_BYTES_MAX = 64 * 1024;
const BLOCK_BYTES_MAX = 128 * 1024;
/** Frames of one block: empty ones cost nothing to send. */
const FRAMES_MAX = 32;

/** Puts the header blocks of a connection together from their frames and decodes them. */
export class HeaderBlocks {
  readonly #decoder = new HeaderDecoder();
  /** The stream whose block goes on, or 0. */
  openStream = 0;
  #isEnd = false;
  #parts: Buffer[] = [];
  #bytes = 0;

  begin({ stream, flags }: FrameHeader, payload: Buffer): void {
    const part = unpadded(payload, flags);
    if (part === undefined) throw new ConnectionError(CODE.protocolError, "padding is longer than its frame");
    this.openStream = stream;
    this.#isEnd = (flags & FLAG.endStream) !== 0;
    this.#parts = [part];
    this.#bytes = part.length;
  }

  goOn({ stream }: FrameHeader, payload: Buffer): void {
    if (this.openStream !== stream || stream === 0) throw new ConnectionError(CODE.protocolError, "nothing goes on");
    this.#parts.push(payload);
    this.#bytes += payload.length;
    if (this.#bytes > BLOCK_BYTES_MAX || this.#parts.length > FRAMES_MAX) {
      throw new ConnectionError(CODE.enhanceYourCalm, "a header block is too long");
    }
  }

  /** To be called when the block is whole. @throws {ConnectionError} When it cannot be decoded. */
  finish(): { readonly id: number; readonly fields: RequestFields; readonly isEnd: boolean } {
    const [only] = this.#parts;
    const block = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts, this.#bytes);
    const fields = new RequestFields(HEADER_BYTES_MAX);
    try {
      this.#decoder.decode(block, fields.add);
    } catch (error) {
      throw new ConnectionError(CODE.compressionError, String(error));
    }
    const id = this.openStream;
    this.openStream = 0;
    this.#parts = [];
    return { id, fields, isEnd: this.#isEnd };
  }
}
