import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { HttpHandler, HttpRequest, HttpResponse, StreamBody, StreamSink } from "#base/http.ts";
import { failure } from "./failure.ts";
import type { ListenerLimits } from "./limits.ts";

const gzipBytes = promisify(gzip);

/** What HTTP/1.1 and HTTP/2 do differently when a response is written. */
export interface ResponseDoor {
  readonly writable: Writable;
  /** Sends status and headers: at once, unless `bytes` follow in the same turn. */
  head(status: number, headers: Readonly<Record<string, string>>, follows: "nothing" | "bytes" | "stream"): void;
  /** Breaks the response off so that the client sees an error. */
  abort(): void;
}

/** Sends `response`; returns as soon as everything is handed to the connection or the stream has begun. */
export async function sendResponse(
  door: ResponseDoor,
  request: HttpRequest,
  response: HttpResponse,
  limits: ListenerLimits,
): Promise<void> {
  if (!(response.body instanceof Uint8Array)) {
    if (door.writable.destroyed) response.body.start(goneSink)();
    else sendStream(door, response, response.body, limits);
    return;
  }
  let body = response.body;
  let headers = response.headers;
  if (body.byteLength >= limits.gzipBytesMin && mayGzip(request, response)) {
    // Level 1, as k8s.io/apiserver: the wire gains most of it, and the work is off this thread.
    body = await gzipBytes(body, { level: 1 });
    headers = { ...headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
  }
  if (door.writable.destroyed) return;
  sendBytes(door, request, response.status, headers, body, limits);
}

function sendBytes(
  door: ResponseDoor,
  request: HttpRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  limits: ListenerLimits,
): void {
  const bodiless = status === 204 || status === 304;
  const sized = bodiless ? headers : { ...headers, "content-length": String(body.byteLength) };
  const last = bodiless || body.byteLength === 0 || request.method === "HEAD";
  door.head(status, sized, last ? "nothing" : "bytes");
  if (last) return;
  if (body.byteLength <= limits.streamBufferBytes) door.writable.end(body);
  else void sendSlices(door.writable, body, limits.streamBufferBytes);
}

/**
 * Hands over a long body piece by piece as the client takes it: TLS encrypts what it is given at one go, and HTTP/2
 * holds it all against the connection's other requests.
 */
async function sendSlices(writable: Writable, body: Uint8Array, sliceBytes: number): Promise<void> {
  for (let at = 0; at < body.byteLength && !writable.destroyed; at += sliceBytes) {
    if (!writable.write(body.subarray(at, at + sliceBytes))) await drained(writable);
  }
  if (!writable.destroyed) writable.end();
}

function mayGzip(request: HttpRequest, response: HttpResponse): boolean {
  if (response.headers["content-encoding"] !== undefined) return false;
  const accepted = request.headers["accept-encoding"];
  return accepted !== undefined && accepted.split(",").some((coding) => coding.trim() === "gzip");
}

function sendStream(door: ResponseDoor, response: HttpResponse, body: StreamBody, limits: ListenerLimits): void {
  const { writable } = door;
  door.head(response.status, response.headers, "stream");
  let ended = false;
  const sink: StreamSink = {
    write(chunk) {
      if (ended || writable.destroyed) return true;
      writable.write(chunk);
      return writable.writableLength < limits.streamBufferBytes;
    },
    drained: () => drained(writable),
    end() {
      if (ended) return;
      ended = true;
      if (!writable.destroyed) writable.end();
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

function drained(writable: Writable): Promise<void> {
  if (!writable.writableNeedDrain || writable.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      writable.removeListener("drain", settle);
      writable.removeListener("close", settle);
      resolve();
    };
    writable.once("drain", settle);
    writable.once("close", settle);
  });
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
