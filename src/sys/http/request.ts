import type { Readable } from "node:stream";
import type { HttpRequest, Peer } from "#base/http.ts";
import type { ListenerBounds } from "./limits.ts";

const NO_BODY = new Uint8Array(0);

/**
 * The handler's view of one request.
 *
 * `query` and `signal` are made when first read: most requests never ask for the signal, and making one
 * costs more than everything else here. A copy by spread lacks both.
 */
export class ReceivedRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: HttpRequest["headers"];
  readonly peer: Peer;
  readonly body: Uint8Array;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #controller: AbortController | undefined;
  #isAborted = false;

  /** @param target The request target in origin form, for example `/api/v1/pods?limit=500`. */
  constructor(method: string, target: string, headers: HttpRequest["headers"], peer: Peer, body: Uint8Array = NO_BODY) {
    const mark = target.indexOf("?");
    this.method = method;
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.headers = headers;
    this.peer = peer;
    this.body = body;
    this.#search = mark < 0 ? "" : target.slice(mark + 1);
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Tells the handler that the client has gone. */
  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}

/** Copies Node's headers: names are in lower case already, pseudo-headers stay behind, lists are joined. */
export function requestHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): HttpRequest["headers"] {
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const name in raw) {
    const value = raw[name];
    if (name.charCodeAt(0) === 58 /* ":" */) {
      if (name === ":authority" && typeof value === "string") headers["host"] ??= value;
    } else headers[name] = typeof value === "string" ? value : value?.join(", ");
  }
  return headers;
}

/** So many pieces a body may always come in, as a client that types them. */
const PIECES_MIN = 10_000;

export type BodyOutcome = Uint8Array | "too large" | "too slow" | "gone";

/**
 * Collects a request body of at most `requestBytesMax`. Stops reading as soon as it is known to be longer, so a
 * client cannot make the listener hold more than that.
 */
export function readBody(
  source: Readable,
  declaredLength: string | undefined,
  limits: ListenerBounds,
): Promise<BodyOutcome> {
  const { requestBytesMax: bytesMax, bodyPiecesPerKibMax } = limits;
  if (declaredLength !== undefined && Number(declaredLength) > bytesMax) return Promise.resolve("too large");
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    let isSettled = false;
    const settle = (outcome: BodyOutcome) => {
      if (isSettled) return;
      isSettled = true;
      inTime();
      chunks = [];
      source.pause();
      resolve(outcome);
    };
    const inTime = limits.arriving.add(() => settle("too slow"));
    source.on("data", (chunk: Buffer) => {
      if (isSettled) return;
      length += chunk.length;
      chunks.push(chunk);
      const isScattered = chunks.length > PIECES_MIN && chunks.length * 1_024 > length * bodyPiecesPerKibMax;
      if (length > bytesMax || isScattered) settle("too large");
    });
    source.on("end", () => settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    source.on("close", () => settle("gone"));
  });
}
