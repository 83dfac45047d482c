import { constants, performServerHandshake } from "node:http2";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import type { HttpHandler, HttpRequest, HttpResponse, Peer } from "#base/http.ts";
import { entityTooLarge, unreadable } from "./failure.ts";
import type { ListenerBounds } from "./limits.ts";
import { type BodyOutcome, ReceivedRequest, readBody, requestHeaders } from "./request.ts";
import { type ResponseDoor, answer, sendResponse } from "./response.ts";

/** Flow-control credit given to a client per request body, and to all of them on one connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 2 * 1024 * 1024;

/**
 * Beyond this Node refuses requests and answers on a connection. Its own account counts what is written and not yet
 * sent, and never forgets what was not sent when a stream was broken off; our bounds are those of each stream.
 */
const SESSION_MEMORY_MIB_MAX = 4_096;

/** One HTTP/2 connection as the listener keeps it. */
export interface Http2Connection {
  readonly session: ServerHttp2Session;
  /** Since when no request is open, milliseconds of `performance.now`; undefined while one is. */
  readonly idleSince: number | undefined;
}

/** Serves HTTP/2 on a connection whose ALPN has settled on it. */
export function serveHttp2(socket: Duplex, peer: Peer, handler: HttpHandler, limits: ListenerBounds): Http2Connection {
  const session = performServerHandshake(socket, {
    settings: {
      maxConcurrentStreams: limits.streamsPerConnectionMax,
      initialWindowSize: STREAM_WINDOW_BYTES,
      enablePush: false,
    },
    maxHeaderListPairs: limits.headersMax * 4, // Beyond it the stream is reset without an answer.
    maxSessionMemory: SESSION_MEMORY_MIB_MAX,
  });
  session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
  let open = 0;
  const connection: { session: ServerHttp2Session; idleSince: number | undefined } = {
    session,
    idleSince: performance.now(),
  };
  session.on("error", ignore); // What a client breaks is its own affair; `close` follows.
  session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) => {
    open++;
    connection.idleSince = undefined;
    const exchange = new Http2Exchange(stream, headers, peer);
    stream.destroy = destroyWhenWritten;
    stream.on("error", ignore);
    stream.on("close", () => {
      if (--open === 0) connection.idleSince = performance.now();
      exchange.closed();
    });
    const isTooMuch = raw.length > limits.headersMax * 2;
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    void serveStream(exchange, handler, limits, isTooMuch, hasBody);
  });
  return connection;
}

function ignore(): void {}

/** One request and the answer to it. */
class Http2Exchange implements ResponseDoor {
  readonly writable: ServerHttp2Stream;
  readonly #raw: IncomingHttpHeaders;
  readonly #headers: HttpRequest["headers"];
  readonly #peer: Peer;
  #request: ReceivedRequest | undefined;

  constructor(stream: ServerHttp2Stream, raw: IncomingHttpHeaders, peer: Peer) {
    this.writable = stream;
    this.#raw = raw;
    this.#headers = requestHeaders(raw);
    this.#peer = peer;
  }

  readBody(limits: ListenerBounds): Promise<BodyOutcome> {
    return readBody(this.writable, this.#headers["content-length"], limits);
  }

  request(body?: Uint8Array): ReceivedRequest {
    const method = this.#raw[":method"] ?? "";
    this.#request = new ReceivedRequest(method, this.#raw[":path"] ?? "", this.#headers, this.#peer, body);
    return this.#request;
  }

  /** Tells the request's handler when the client went before the answer had gone out. */
  closed(): void {
    const stream = this.writable;
    // Node ends the writable half itself when the client resets, so "finished" alone says nothing.
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.#request?.abort();
  }

  head(
    status: number,
    headers: Readonly<Record<string, string>>,
    length: number | undefined,
    follows: "nothing" | "bytes" | "stream",
  ): void {
    // As a list, which Node takes as it is, where an object is copied first.
    const list = [":status", String(status)];
    for (const name in headers) list.push(name, headers[name] ?? "");
    if (length !== undefined) list.push("content-length", String(length));
    this.writable.respond(list, follows === "nothing" ? ENDS : GOES_ON);
  }

  /** Not by `close`: that would end the body well before it resets the stream. */
  abort(): void {
    this.writable.destroy(new Error("the response was broken off"));
  }
}

const ENDS = { endStream: true };
const GOES_ON = { endStream: false };

/**
 * Node destroys a stream when both of its ends were sent, which is before it knows that its last write went out; the
 * write's acknowledgement then makes an error object, stack and all, that nobody gets. It is put off until then.
 */
function destroyWhenWritten(this: ServerHttp2Stream, error?: Error): ServerHttp2Stream {
  const isOnlyUnacknowledged = this.closed && this.rstCode === constants.NGHTTP2_NO_ERROR && this.writableEnded;
  if (error === undefined && isOnlyUnacknowledged && !this.writableFinished && this.session?.destroyed === false) {
    return this.once("finish", destroyNow);
  }
  return destroyNow.call(this, error);
}

function destroyNow(this: ServerHttp2Stream, error?: Error): ServerHttp2Stream {
  return Duplex.prototype.destroy.call(this, error) as ServerHttp2Stream;
}

async function serveStream(
  exchange: Http2Exchange,
  handler: HttpHandler,
  limits: ListenerBounds,
  isTooMuch: boolean,
  hasBody: boolean,
): Promise<void> {
  if (isTooMuch) return refuse(exchange, unreadable(431), limits);
  let body: Uint8Array | undefined;
  if (hasBody) {
    const outcome = await exchange.readBody(limits);
    if (outcome === "gone") return void exchange.writable.destroy();
    if (outcome === "too slow") return refuse(exchange, unreadable(408), limits);
    if (outcome === "too large") return refuse(exchange, entityTooLarge(limits.requestBytesMax), limits);
    body = outcome;
  }
  const request = exchange.request(body);
  sendResponse(exchange, request, await answer(handler, request), limits);
}

function refuse(exchange: Http2Exchange, refusal: HttpResponse, limits: ListenerBounds): void {
  const { writable } = exchange;
  if (writable.destroyed) return;
  // After the answer the rest of the body is not wanted: NO_ERROR lets the client read the answer (RFC 9113, 8.1).
  writable.once("finish", () => writable.close(constants.NGHTTP2_NO_ERROR));
  sendResponse(exchange, exchange.request(), refusal, limits);
}
