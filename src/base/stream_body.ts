import { joined } from "./bytes.ts";
import type { StreamBody } from "./http.ts";

/** A response that is written as it comes, no faster than it is taken. */
export function streamOf(produce: (abort: AbortSignal) => AsyncIterable<Uint8Array>): StreamBody {
  return {
    start(sink) {
      const abort = new AbortController();
      void (async () => {
        try {
          for await (const chunk of produce(abort.signal)) if (!sink.write(chunk)) await sink.drained();
          sink.end();
        } catch {
          sink.abort();
        }
      })();
      return () => abort.abort();
    },
  };
}

/** All of a response that comes by pieces. Rejects when it breaks off. */
export function collected(body: StreamBody): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    body.start({
      write: (chunk) => chunks.push(chunk) > 0,
      drained: () => Promise.resolve(),
      end: () => resolve(joined(chunks)),
      abort: () => reject(new Error("the response broke off")),
    });
  });
}
