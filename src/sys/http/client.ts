import { request as httpRequest } from "node:http";
import { type ClientHttp2Session, type OutgoingHttpHeaders, connect, constants } from "node:http2";
import type { HttpTransport, OutgoingRequest, TransportResponse } from "#base/http.ts";
import { ReceivedBody } from "./received_body.ts";
import { requestHeaders } from "./request.ts";

/** How to reach a server, and as whom. */
export interface HttpsTransportOptions {
  /** For example `https://127.0.0.1:6443`; a path in it is put before every request's. */
  readonly server: string;
  /** Whom to believe, PEM. Without it, the machine's own list of authorities. */
  readonly ca?: string;
  /** Client certificate, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** Bearer token; a function is asked for each request, so that the token may be replaced. */
  readonly token?: string | (() => string);
}

export interface OpenTransport {
  readonly send: HttpTransport;
  /** Comes under another certificate from now on. What is open goes on under the old one to its own end. */
  renew(identity: { readonly cert: string; readonly key: string }): void;
  /** Breaks off what is open and refuses what comes. */
  close(): void;
}

interface Connection {
  readonly session: ClientHttp2Session;
  /** Requests whose streams have not closed. */
  open: number;
  /** What broke the connection: says more than the streams' own errors. */
  failure: Error | undefined;
}

/** The connection could not be made, or broke before an answer came: the request may or may not have been served. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/** Flow-control credit the server gets per response: a list of some megabytes should not wait for acknowledgements. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Node counts bodies that are not sent yet, forgets none that was broken off, and above this takes no answers. */
const SESSION_MEMORY_MIB_MAX = 4_096;
/** Requests at once on one connection; more open another, so that watches never keep others waiting. */
const STREAMS_PER_CONNECTION_MAX = 100;
const PING_AFTER_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

/** HTTPS over HTTP/2, with as many connections as the open requests need, made when first needed. */
export function httpsTransport(options: HttpsTransportOptions): OpenTransport {
  const connections = new Set<Connection>();
  /** Those that take no more requests, until the last they have is answered. */
  const retired = new Set<Connection>();
  const base = new URL(options.server);
  const prefix = base.pathname.replace(/\/$/, "");
  let closed = false;
  let identity = options;

  const connection = (): Connection => {
    for (const known of connections) {
      if (known.open < STREAMS_PER_CONNECTION_MAX && !known.session.closed && !known.session.destroyed) return known;
    }
    const made: Connection = { session: openSession(base.origin, identity), open: 0, failure: undefined };
    connections.add(made);
    made.session.on("error", (error) => (made.failure = error));
    made.session.once("goaway", () => connections.delete(made));
    made.session.once("close", () => connections.delete(made));
    return made;
  };

  const send: HttpTransport = async (request) => {
    if (closed) throw new TransportError(`Cannot reach ${options.server}: the transport is closed`);
    request.signal?.throwIfAborted();
    const headers = headersOf(request, prefix, options.token);
    return await exchange(connection(), headers, request, options.server);
  };

  return {
    send,
    renew({ cert, key }) {
      identity = { ...options, cert, key };
      for (const known of connections) {
        connections.delete(known);
        retired.add(known);
        known.session.once("close", () => retired.delete(known));
        known.session.close();
      }
    },
    close() {
      closed = true;
      for (const { session } of [...connections, ...retired]) session.destroy();
    },
  };
}

/** HTTP/1.1 over a unix socket: for a program's control channel. */
export function unixTransport(path: string): HttpTransport {
  return (request) =>
    new Promise((resolve, reject) => {
      const { method, target, signal, body } = request;
      const headers = { ...request.headers, ...(body && { "content-length": String(body.byteLength) }) };
      const outgoing = httpRequest({ socketPath: path, method, path: target, headers, ...(signal && { signal }) });
      outgoing.once("response", (incoming) =>
        resolve(readable(incoming.statusCode ?? 0, requestHeaders(incoming.headers), incoming)),
      );
      outgoing.on("error", (error) => {
        reject(signal?.aborted ? signal.reason : new TransportError(`Cannot reach ${path}: ${error.message}`));
      });
      outgoing.end(body);
    });
}

function openSession(origin: string, { ca, cert, key }: HttpsTransportOptions): ClientHttp2Session {
  const session = connect(origin, {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
    maxSessionMemory: SESSION_MEMORY_MIB_MAX,
  });
  session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
  // A server that vanished without a word (power, route) is found out by asking.
  session.setTimeout(PING_AFTER_MS, () => {
    const timer = setTimeout(() => session.destroy(), PING_TIMEOUT_MS).unref();
    if (!session.ping(() => clearTimeout(timer))) clearTimeout(timer);
  });
  session.unref();
  return session;
}

function headersOf(
  request: OutgoingRequest,
  prefix: string,
  token: HttpsTransportOptions["token"],
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ...request.headers,
    [constants.HTTP2_HEADER_METHOD]: request.method,
    [constants.HTTP2_HEADER_PATH]: prefix + request.target,
  };
  if (token !== undefined) headers["authorization"] = `Bearer ${typeof token === "function" ? token() : token}`;
  if (request.body !== undefined) headers["content-length"] = String(request.body.byteLength);
  return headers;
}

function exchange(
  connection: Connection,
  headers: OutgoingHttpHeaders,
  { body, signal }: OutgoingRequest,
  server: string,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const stream = connection.session.request(headers, { endStream: body === undefined });
    if (connection.open++ === 0) connection.session.ref(); // While something is awaited the process must live.
    const onAbort = () => {
      stream.close(constants.NGHTTP2_CANCEL);
      stream.destroy(new Error("the request was aborted")); // Else the body's reader would see a good end.
    };
    let failure: Error | undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    stream.on("error", (error) => (failure = error));
    stream.once("close", () => {
      if (--connection.open === 0) connection.session.unref();
      signal?.removeEventListener("abort", onAbort);
      if (signal?.aborted) reject(signal.reason);
      const why = connection.failure ?? failure;
      reject(new TransportError(`Cannot reach ${server}: ${why?.message ?? "the connection was closed"}`));
    });
    const received = new ReceivedBody(stream);
    stream.once("response", (head) => resolve(readable(Number(head[":status"]), requestHeaders(head), received)));
    if (body !== undefined) stream.end(body);
  });
}

function readable(
  status: number,
  headers: TransportResponse["headers"],
  body: AsyncIterable<Buffer>,
): TransportResponse {
  return {
    status,
    headers,
    body,
    async bytes() {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    },
  };
}
