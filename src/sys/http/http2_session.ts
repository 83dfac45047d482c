import type { Socket } from "node:net";
import type { HttpHandler, HttpResponse, Peer } from "#base/http.ts";
import { ServerConnection } from "../http2/connection.ts";
import { CODE } from "../http2/connection_error.ts";
import { responseBlock } from "../http2/header_encoder.ts";
import type { ServerStream } from "../http2/stream.ts";
import { CollectedBody, type BodyOutcome } from "./collected_body.ts";
import { refusedBody, unreadable } from "./failure.ts";
import type { ListenerBounds } from "./limits.ts";
import { ReceivedRequest } from "./request.ts";
import { type ResponseDoor, answer, sendResponse } from "./response.ts";

/** Serves HTTP/2 on a connection whose ALPN has settled on it. */
export function serveHttp2(
  socket: Socket,
  peer: Peer,
  handler: HttpHandler,
  limits: ListenerBounds,
  onClose: () => void,
): ServerConnection {
  return new ServerConnection(socket, {
    streamsMax: limits.streamsPerConnectionMax,
    onStream: (stream) => void serveStream(stream, peer, handler, limits),
    onClose,
  });
}

async function serveStream(
  stream: ServerStream,
  peer: Peer,
  handler: HttpHandler,
  limits: ListenerBounds,
): Promise<void> {
  const { fields } = stream;
  const { method, target, headers } = fields;
  const door = new Http2Door(stream, method === "HEAD");
  const refuse = (refusal: HttpResponse) => {
    if (!stream.destroyed) sendResponse(door, new ReceivedRequest(method, target, headers, peer), refusal, limits);
  };
  if (fields.isTooLarge || fields.count > limits.headersMax) return refuse(unreadable(431));
  let body: Uint8Array | undefined;
  if (!stream.isRemoteEnded) {
    const outcome = await readBody(stream, limits);
    if (outcome === "gone") return;
    if (typeof outcome === "string") return refuse(refusedBody(outcome, limits));
    body = outcome;
  }
  const request = new ReceivedRequest(method, target, headers, peer, body);
  stream.once("close", () => {
    if (stream.isAborted) request.abort();
  });
  sendResponse(door, request, await answer(handler, request), limits);
}

/** Collects a body, as `readBody` of a stream of Node's does. */
function readBody(stream: ServerStream, limits: ListenerBounds): Promise<BodyOutcome> {
  const { requestBytesMax } = limits;
  if ((stream.fields.declaredLength ?? 0) > requestBytesMax) return Promise.resolve("too large");
  if (stream.fields.headers["expect"]?.toLowerCase() === "100-continue")
    stream.interim(responseBlock(100, {}, undefined));
  return new Promise((resolve) => {
    const collected = new CollectedBody(limits);
    const settle = (outcome: BodyOutcome) => {
      inTime();
      stream.taker = undefined;
      collected.end();
      resolve(outcome);
    };
    const inTime = limits.arriving.add(() => settle("too slow"));
    stream.taker = {
      take: (piece) => {
        const refusal = collected.add(piece);
        if (refusal !== undefined) settle(refusal);
      },
      end: () => settle(collected.whole()),
      gone: () => settle("gone"),
    };
  });
}

class Http2Door implements ResponseDoor {
  readonly writable: ServerStream;
  readonly #isHead: boolean;

  constructor(stream: ServerStream, isHead: boolean) {
    this.writable = stream;
    this.#isHead = isHead;
  }

  head(
    status: number,
    headers: Readonly<Record<string, string>>,
    length: number | undefined,
    follows: "nothing" | "bytes" | "stream",
  ): void {
    this.writable.isNews = follows === "stream";
    this.writable.head(responseBlock(status, headers, length), follows === "nothing" || this.#isHead);
  }

  abort(): void {
    this.writable.reset(CODE.internalError);
  }
}
