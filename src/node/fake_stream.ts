import type { ByteStream } from "#base/streams.ts";
import { ChunkQueue } from "./chunk_queue.ts";

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
      incoming.break(new Error("the connection was dropped"));
      outgoing.break(new Error("the connection was dropped"));
    },
  });
  return [end(back, there), end(there, back)];
}
