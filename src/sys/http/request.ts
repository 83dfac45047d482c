import type { Readable } from "node:stream";
import type { HttpRequest, Peer } from "#base/http.ts";
import type { ListenerLimits } from "./limits.ts";

const NO_BODY = new Uint8Array(0);

/** A request together with the listener's means to tell its handler that the client has gone. */
export interface ReceivedRequest {
  readonly request: HttpRequest;
  abort(): void;
}

/**
 * Makes the handler's view of one request.
 *
 * `query` and `signal` are made when first read: most requests never ask for the signal, and making one
 * costs more than the rest of this function.
 *
 * @param target The request target in origin form, for example `/api/v1/pods?limit=500`.
 */
export function receivedRequest(
  method: string,
  target: string,
  headers: HttpRequest["headers"],
  peer: Peer,
  body: Uint8Array = NO_BODY,
): ReceivedRequest {
  const mark = target.indexOf("?");
  let query: URLSearchParams | undefined;
  let controller: AbortController | undefined;
  let aborted = false;
  // Accessors on the object itself, so that a copy by spread keeps them.
  const request: HttpRequest = {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    headers,
    peer,
    body,
    get query() {
      return (query ??= new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)));
    },
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        if (aborted) controller.abort();
      }
      return controller.signal;
    },
  };
  return {
    request,
    abort() {
      aborted = true;
      controller?.abort();
    },
  };
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
 * Collects a request body of at most `bytesMax`. Stops reading as soon as it is known to be longer, so a
 * client cannot make the listener hold more than that.
 */
export function readBody(
  source: Readable,
  declaredLength: string | undefined,
  limits: ListenerLimits,
): Promise<BodyOutcome> {
  const { requestBytesMax: bytesMax, bodyPiecesPerKibMax } = limits;
  if (declaredLength !== undefined && Number(declaredLength) > bytesMax) return Promise.resolve("too large");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => settle("too slow"), limits.bodyTimeoutMs);
    const settle = (outcome: BodyOutcome) => {
      clearTimeout(timer);
      source.removeListener("data", onData);
      source.pause();
      resolve(outcome);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      const isScattered = chunks.length > PIECES_MIN && chunks.length * 1_024 > length * bodyPiecesPerKibMax;
      if (length > bytesMax || isScattered) settle("too large");
    };
    source.on("data", onData);
    source.once("end", () => settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    source.once("close", () => settle("gone"));
  });
}
