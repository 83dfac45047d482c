import type { ByteStream } from "#base/streams.ts";

/** Chunks handed from one side to the other, in order; an end, or a break. */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #broken = false;
  #wake: (() => void) | undefined;

  push(chunk: Uint8Array): void {
    if (this.#ended || this.#broken) throw new Error("the stream has ended");
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  break(): void {
    this.#broken = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#broken) throw new Error("the stream was broken off");
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Two ends of one connection within this process; nothing bounds what is under way. */
export function streamPair(): [ByteStream, ByteStream] {
  const there = new ChunkQueue();
  const back = new ChunkQueue();
  const end = (incoming: ChunkQueue, outgoing: ChunkQueue): ByteStream => ({
    incoming,
    async write(chunk) {
      outgoing.push(chunk);
    },
    end: () => outgoing.end(),
    destroy() {
      incoming.break();
      outgoing.break();
    },
  });
  return [end(back, there), end(there, back)];
}
