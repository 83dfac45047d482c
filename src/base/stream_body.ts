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
