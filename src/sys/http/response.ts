import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { HttpHandler, HttpRequest, HttpResponse, StreamBody, StreamSink } from "#base/http.ts";
import { type LongBody, wholeBody } from "#base/long_body.ts";
import { failure } from "./failure.ts";
import type { ListenerBounds } from "./limits.ts";
import { LongBodyWriter } from "./long_body_writer.ts";
import { PacedWriter } from "./unsent.ts";

/** Small, as what is handed over cannot be taken back: a thousand watchers that do not read hold that much each. */
const STREAM_PIECE_BYTES = 16 * 1024;
/**
 * Larger, as each piece costs a turn of the event loop; not whole, as TLS encrypts what it is given at one go, and
 * HTTP/2 holds it all against the connection's other requests.
 */
const BODY_PIECE_BYTES = 256 * 1024;

const gzipBytes = promisify(gzip);

/** What a body is written to. */
export interface BodyWritable {
  /** Nothing is taken any more. */
  readonly destroyed: boolean;
  /** Whether `end` was called. */
  readonly writableEnded: boolean;
  /** Bytes that have not left this process. */
  readonly writableLength: number;
  /** Calls `onTaken` when the chunk has left this process; until then its bytes must stay as they are. */
  write(chunk: Uint8Array, onTaken: () => void): void;
  end(chunk?: Uint8Array): void;
  once(event: "close", run: () => void): void;
}

/** What HTTP/1.1 and HTTP/2 do differently when a response is written. */
export interface ResponseDoor {
  readonly writable: BodyWritable;
  /**
   * Sends status and headers: at once, unless `bytes` follow in the same turn.
   *
   * @param length Of the body, where it is known and may be said.
   */
  head(
    status: number,
    headers: Readonly<Record<string, string>>,
    length: number | undefined,
    follows: "nothing" | "bytes" | "stream",
  ): void;
  /** Breaks the response off so that the client sees an error. */
  abort(): void;
}

/** Sends `response`: everything is handed to the connection, or its stream begun, at once or after its compression. */
export function sendResponse(
  door: ResponseDoor,
  request: HttpRequest,
  response: HttpResponse,
  bounds: ListenerBounds,
): void {
  const { status, headers, body } = response;
  if (!(body instanceof Uint8Array) && "start" in body) {
    if (door.writable.destroyed) body.start(goneSink)();
    else sendStream(door, response, body, bounds);
  } else if (body.byteLength >= bounds.gzipBytesMin && mayGzip(request, response)) {
    void gzipped(body).then((zipped) => {
      const coded = { ...headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
      sendBytes(door, request, status, coded, zipped, bounds);
    });
  } else sendBytes(door, request, status, headers, body, bounds);
}

/** Level 1, as k8s.io/apiserver: the wire gains most of it, and the work is off this thread. */
async function gzipped(body: Uint8Array | LongBody): Promise<Uint8Array> {
  return gzipBytes(body instanceof Uint8Array ? body : await wholeBody(body), { level: 1 });
}

function sendBytes(
  door: ResponseDoor,
  request: HttpRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | LongBody,
  bounds: ListenerBounds,
): void {
  if (door.writable.destroyed) return;
  const bodiless = status === 204 || status === 304;
  const last = bodiless || body.byteLength === 0 || request.method === "HEAD";
  door.head(status, headers, bodiless ? undefined : body.byteLength, last ? "nothing" : "bytes");
  if (last) return;
  if (!(body instanceof Uint8Array)) {
    const long = new LongBodyWriter(door.writable, body, BODY_PIECE_BYTES);
    bounds.unsent.add(door.writable, long, () => door.abort());
    long.start();
    return;
  }
  if (body.byteLength <= bounds.streamBufferBytes) {
    door.writable.end(body);
    return;
  }
  const paced = new PacedWriter(door.writable, bounds.streamBufferBytes, BODY_PIECE_BYTES);
  bounds.unsent.add(door.writable, paced, () => door.abort());
  paced.write(body);
  paced.end();
}

function mayGzip(request: HttpRequest, response: HttpResponse): boolean {
  if (response.headers["content-encoding"] !== undefined) return false;
  const accepted = request.headers["accept-encoding"];
  return accepted !== undefined && accepted.split(",").some((coding) => coding.trim() === "gzip");
}

function sendStream(door: ResponseDoor, response: HttpResponse, body: StreamBody, bounds: ListenerBounds): void {
  const { writable } = door;
  door.head(response.status, response.headers, undefined, "stream");
  const paced = new PacedWriter(writable, bounds.streamBufferBytes, STREAM_PIECE_BYTES);
  bounds.unsent.add(writable, paced, () => door.abort());
  let ended = false;
  const sink: StreamSink = {
    patient: true,
    write: (chunk) => ended || paced.write(chunk),
    drained: () => paced.drained(),
    end() {
      if (ended) return;
      ended = true;
      paced.end();
    },
    abort() {
      if (ended) return;
      ended = true;
      door.abort();
    },
  };
  const stop = body.start(sink);
  const onClose = () => {
    if (ended) return;
    ended = true;
    stop();
  };
  if (writable.destroyed) onClose();
  else writable.once("close", onClose);
}

/** For a stream whose client left before it began: it is started and stopped, so that it can tidy up. */
const goneSink: StreamSink = { write: () => true, drained: () => Promise.resolve(), end() {}, abort() {} };

/** Handlers do not throw; one that does all the same must not take the connection along. */
export async function answer(handler: HttpHandler, request: HttpRequest): ReturnType<HttpHandler> {
  try {
    return await handler(request);
  } catch (error) {
    return failure(500, "InternalError", `Internal error occurred: ${error instanceof Error ? error.message : error}`);
  }
}
