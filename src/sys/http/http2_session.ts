import { constants, performServerHandshake } from "node:http2";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import type { HttpHandler, HttpRequest, HttpResponse, Peer } from "#base/http.ts";
import { entityTooLarge, unreadable } from "./failure.ts";
import type { ListenerBounds } from "./limits.ts";
import { readBody, receivedRequest, requestHeaders } from "./request.ts";
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
  session.on("error", () => {}); // What a client breaks is its own affair; `close` follows.
  session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => {
    open++;
    connection.idleSince = undefined;
    stream.on("error", () => {});
    stream.once("close", () => {
      if (--open === 0) connection.idleSince = performance.now();
    });
    void serveStream(stream, headers, flags, peer, handler, limits);
  });
  return connection;
}

async function serveStream(
  stream: ServerHttp2Stream,
  rawHeaders: IncomingHttpHeaders,
  flags: number,
  peer: Peer,
  handler: HttpHandler,
  limits: ListenerBounds,
): Promise<void> {
  const headers = requestHeaders(rawHeaders);
  const method = rawHeaders[":method"] ?? "";
  const target = rawHeaders[":path"] ?? "";
  const door = doorOf(stream);
  const refused = (refusal: HttpResponse) =>
    refuse(stream, receivedRequest(method, target, headers, peer).request, refusal, limits);
  if (Object.keys(rawHeaders).length > limits.headersMax) {
    refused(unreadable(431));
    return;
  }
  let body: Uint8Array | undefined;
  if ((flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) {
    const outcome = await readBody(stream, headers["content-length"], limits);
    if (outcome === "gone") {
      stream.destroy();
      return;
    }
    if (typeof outcome === "string") {
      refused(outcome === "too slow" ? unreadable(408) : entityTooLarge(limits.requestBytesMax));
      return;
    }
    body = outcome;
  }
  const received = receivedRequest(method, target, headers, peer, body);
  stream.once("close", () => {
    // Node ends the writable half itself when the client resets, so "finished" alone says nothing.
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) received.abort();
  });
  await sendResponse(door, received.request, await answer(handler, received.request), limits);
}

function refuse(stream: ServerHttp2Stream, request: HttpRequest, response: HttpResponse, limits: ListenerBounds): void {
  if (stream.destroyed) return;
  // After the answer the rest of the body is not wanted: NO_ERROR lets the client read the answer (RFC 9113, 8.1).
  stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  void sendResponse(doorOf(stream), request, response, limits);
}

function doorOf(stream: ServerHttp2Stream): ResponseDoor {
  return {
    writable: stream,
    head: (status, headers, follows) =>
      stream.respond({ ":status": status, ...headers }, { endStream: follows === "nothing" }),
    // Not `close`: that would end the body well before it resets the stream.
    abort: () => void stream.destroy(new Error("the response was broken off")),
  };
}
