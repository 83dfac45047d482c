import type { Readable } from "node:stream";
import type { HttpRequest, Peer } from "#base/http.ts";
import { CollectedBody, type BodyOutcome } from "./collected_body.ts";
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

/**
 * Collects a request body. Stops reading as soon as it is known to be longer than it may be.
 */
export function readBody(
  source: Readable,
  declaredLength: string | undefined,
  limits: ListenerBounds,
): Promise<BodyOutcome> {
  if (declaredLength !== undefined && Number(declaredLength) > limits.requestBytesMax) {
    return Promise.resolve("too large");
  }
  return new Promise((resolve) => {
    const body = new CollectedBody(limits);
    const settle = (outcome: BodyOutcome) => {
      inTime();
      source.removeListener("data", onData);
      source.pause();
      body.end();
      resolve(outcome);
    };
    const inTime = limits.arriving.add(() => settle("too slow"));
    const onData = (piece: Buffer) => {
      const refusal = body.add(piece);
      if (refusal !== undefined) settle(refusal);
    };
    source.on("data", onData);
    source.once("end", () => settle(body.whole()));
    source.once("close", () => settle("gone"));
  });
}
