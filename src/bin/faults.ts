import type { HttpHandler, HttpResponse, SharedEvent, StreamBody, StreamSink } from "#base/http.ts";
import type { Clock } from "#base/clock.ts";

/** One write on its way from a component to the API server. */
export interface ComponentWrite {
  /** Who writes: `controllers/NAME`, `scheduler`, or the name of a node. */
  readonly component: string;
  readonly method: string;
  /** For example `/api/v1/namespaces/default/pods/web-0/status`. */
  readonly path: string;
}

/**
 * What becomes of a write:
 * - `refuse`: it never reaches the server;
 * - `loseReply`: it is done, and who asked hears that the connection broke;
 * - `crash`: it is done, and controllers and scheduler die before they hear of it. They come back a second later with
 *   empty memories. Of a node's writes only the reply is lost.
 */
export type WriteFault = "refuse" | "loseReply" | "crash";

/** What becomes of something a watch has to say: it is `break`: the watch ends instead; a number: milliseconds late. */
export type WatchFault = "break" | number;

/** Where a cluster goes wrong, decided by whoever started it. Undefined lets things go well. */
export interface Faults {
  write?(write: ComponentWrite): WriteFault | undefined;
  /**
   * Asked whenever a watch has something to say to a component; `managers` are the caches that controllers and
   * scheduler share. What comes after something late comes after it.
   */
  watch?(watch: { readonly component: string; readonly path: string }): WatchFault | undefined;
}

/** The connection broke: nobody knows whether what was asked for was done. */
class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/**
 * The API as `component` reaches it.
 *
 * @param faults Read anew for each request, so that they may change.
 * @param crash Called when the component shall die.
 */
export function faultyDoor(handle: HttpHandler, { component, faults, clock, crash }: FaultyDoorOptions): HttpHandler {
  return async (request) => {
    const { method, path } = request;
    if (method === "GET") {
      const response = await handle(request);
      if (request.query.get("watch") !== "true" || !("start" in response.body)) return response;
      const decide = () => faults()?.watch?.({ component, path });
      return { ...response, body: faultyStream(response.body, clock, decide) } satisfies HttpResponse;
    }
    const fault = faults()?.write?.({ component, method, path });
    if (fault === "refuse") throw new ConnectionLost(`${method} ${path}: the connection was refused`);
    const response = await handle(request);
    if (fault === undefined) return response;
    if (fault === "crash") crash();
    throw new ConnectionLost(`${method} ${path}: the connection was lost`);
  };
}

interface FaultyDoorOptions {
  readonly component: string;
  readonly faults: () => Faults | undefined;
  readonly clock: Clock;
  readonly crash: () => void;
}

/** A stream whose chunks may come late, in their order, or be the end of it. */
function faultyStream(body: StreamBody, clock: Clock, decide: () => WatchFault | undefined): StreamBody {
  return {
    start(sink) {
      const late = new LateSink(sink, clock, decide);
      const stop = body.start(late);
      late.stop = stop;
      return () => {
        late.cancel();
        stop();
      };
    },
  };
}

class LateSink implements StreamSink {
  stop: () => void = () => {};
  readonly writeEvents?: (events: readonly SharedEvent[]) => boolean;
  readonly #sink: StreamSink;
  readonly #clock: Clock;
  readonly #decide: () => WatchFault | undefined;
  /** When the last chunk that is under way arrives, by the monotonic clock. */
  #arrivesMs = -Infinity;
  #underWay = 0;
  #isBroken = false;

  constructor(sink: StreamSink, clock: Clock, decide: () => WatchFault | undefined) {
    this.#sink = sink;
    this.#clock = clock;
    this.#decide = decide;
    if (sink.writeEvents) this.writeEvents = (events) => this.#pass(() => sink.writeEvents?.(events) ?? true);
  }

  write(chunk: Uint8Array): boolean {
    let bytes = chunk;
    // The writer may use its buffer again.
    const keep = () => (bytes = chunk.slice());
    return this.#pass(() => this.#sink.write(bytes), keep);
  }

  /** Hands something on by `arrive`: at once, late (after `keep`), or never. */
  #pass(arrive: () => boolean, keep?: () => void): boolean {
    if (this.#isBroken) return true;
    const fault = this.#decide();
    if (fault === "break") {
      this.cancel();
      this.#sink.abort();
      this.stop();
      return true;
    }
    const delayMs = Math.max(this.#arrivesMs - this.#clock.monotonic(), fault ?? 0);
    if (this.#underWay === 0 && delayMs <= 0) return arrive();
    keep?.();
    this.#later(delayMs, arrive);
    return true;
  }

  drained(): Promise<void> {
    return this.#sink.drained();
  }

  end(): void {
    this.#later(this.#arrivesMs - this.#clock.monotonic(), () => this.#sink.end());
  }

  abort(): void {
    this.#later(this.#arrivesMs - this.#clock.monotonic(), () => this.#sink.abort());
  }

  /** What is under way never arrives. */
  cancel(): void {
    this.#isBroken = true;
  }

  /** In order: what is due at the same time as something under way still comes after it. */
  #later(delayMs: number, arrive: () => void): void {
    this.#underWay++;
    this.#arrivesMs = this.#clock.monotonic() + Math.max(0, delayMs);
    this.#clock.after(delayMs, () => {
      this.#underWay--;
      if (!this.#isBroken) arrive();
    });
  }
}
