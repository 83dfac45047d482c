import type { Readable } from "node:stream";

/** Bytes that wait for the reader, above which the sender is made to wait. */
const WAITING_BYTES_MAX = 256 * 1024;

/**
 * The body of a stream, kept from its first byte on until somebody reads it. An HTTP/2 stream of Node that is all
 * there before its reader is, as when this process was busy for a while, throws its body away.
 */
export class ReceivedBody implements AsyncIterable<Buffer> {
  readonly #stream: Readable;
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#waitingBytes > WAITING_BYTES_MAX) stream.pause();
      this.#wake?.();
    });
    stream.once("end", () => {
      this.#ended = true;
      this.#wake?.();
    });
    stream.once("error", (error: Error) => (this.#failure ??= error));
    stream.once("close", () => {
      this.#failure ??= new Error("the body broke off");
      this.#wake?.();
    });
  }

  /** Who stops reading before the end breaks the stream off. Throws when it broke off by itself. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunks = this.#chunks;
        this.#chunks = [];
        this.#waitingBytes = 0;
        if (this.#stream.isPaused()) this.#stream.resume();
        yield* chunks;
        if (this.#chunks.length > 0) continue;
        if (this.#ended) return;
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      if (!this.#ended) this.#stream.destroy();
    }
  }
}
