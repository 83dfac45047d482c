import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpHandler, HttpRequest, HttpResponse, Peer } from "#base/http.ts";
import { entityTooLarge, refusedBody, unreadable } from "./failure.ts";
import type { ListenerBounds } from "./limits.ts";
import { ReceivedRequest, readBody, requestHeaders } from "./request.ts";
import { type ResponseDoor, answer, sendResponse } from "./response.ts";

/** How long the rest of a refused body is swallowed, so that the client reads the answer and not a reset. */
const LINGER_MS = 2_000;
/** As HTTP/2's own bound on a request's head. */
const HEADER_BYTES_MAX = 64 * 1024;
/** Protocols a connection may be turned into. */
const UPGRADES = ["websocket", "spdy/3.1"];

/** A request for another protocol on the same connection, with whatever bytes came after its headers. */
export type OnUpgrade = (request: HttpRequest, raw: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

export interface Http1Options {
  readonly handler: HttpHandler;
  readonly limits: ListenerBounds;
  readonly peerOf: (socket: Socket) => Peer;
  /** Without it, and for protocols other than UPGRADES, an upgrade is served as a plain request (RFC 9110, 7.8). */
  readonly onUpgrade?: OnUpgrade;
}

/** An HTTP/1.1 server that does not listen yet: it can also be fed with `emit("connection", socket)`. */
export function http1Server(options: Http1Options): Server {
  const { limits, onUpgrade } = options;
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    requireHostHeader: false, // Node's own refusal is no Status.
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    keepAliveTimeout: limits.idleTimeoutMs,
    shouldUpgradeCallback: (raw) =>
      onUpgrade !== undefined && UPGRADES.includes(raw.headers.upgrade?.toLowerCase() ?? ""),
  });
  const answering = new WeakSet<Duplex>();
  const refused = new WeakSet<Duplex>();
  server.on("request", (raw, response) => {
    response.once("close", () => answering.delete(raw.socket));
    void serveRequest(raw, response, options, () => answering.add(raw.socket));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (refused.has(socket)) return; // The parser complains of all that follows, too.
    // In the middle of an answer nothing can be said any more; and who has gone hears nothing.
    if (answering.has(socket) || !socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    refused.add(socket);
    linger(socket);
    refuseUpgrade(socket, refusalOf(error, limits));
  });
  server.on("upgrade", (raw, socket, head) => {
    const request = receivedOf(raw, options);
    socket.once("close", () => request.abort());
    socket.on("error", () => {});
    void onUpgrade?.(request, raw, socket, head);
  });
  return server;
}

/** The answer to what Node's parser does not take for a request. */
function refusalOf({ code }: NodeJS.ErrnoException, limits: ListenerBounds): HttpResponse {
  if (code === "HPE_HEADER_OVERFLOW") return unreadable(431);
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return entityTooLarge(limits.requestBytesMax);
  return unreadable(code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400);
}

async function serveRequest(
  raw: IncomingMessage,
  response: ServerResponse,
  options: Http1Options,
  onAnswer: () => void,
): Promise<void> {
  const { limits } = options;
  const door = doorOf(response, onAnswer);
  response.on("error", () => {});
  const refused = (refusal: HttpResponse) => refuse(raw, response, refusal);
  if (raw.rawHeaders.length > limits.headersMax * 2) return refused(unreadable(431));
  if (raw.headers.host === undefined && raw.httpVersion === "1.1") return refused(unreadable(400));
  let body: Uint8Array | undefined;
  if (raw.headers["content-length"] !== undefined || raw.headers["transfer-encoding"] !== undefined) {
    const outcome = await readBody(raw, raw.headers["content-length"], limits);
    if (outcome === "gone") return; // The parser's complaint, if there is one, is still to be sent.
    if (typeof outcome === "string") return refused(refusedBody(outcome, limits));
    body = outcome;
  }
  const received = receivedOf(raw, options, body);
  response.once("close", () => {
    if (!response.writableFinished) received.abort();
  });
  sendResponse(door, received, await answer(options.handler, received), limits);
}

function receivedOf(raw: IncomingMessage, options: Http1Options, body?: Uint8Array): ReceivedRequest {
  const peer = options.peerOf(raw.socket);
  return new ReceivedRequest(raw.method ?? "", raw.url ?? "", requestHeaders(raw.headers), peer, body);
}

/** Lets the client send for a while what nobody wants: closing at once would reset the connection, answer and all. */
function linger(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** Answers without the request's body, which may still come: the connection stays until it has, or for LINGER_MS. */
function refuse(raw: IncomingMessage, response: ServerResponse, refusal: HttpResponse): void {
  const { socket } = raw;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  raw.once("end", end);
  socket.once("close", end);
  raw.resume();
  const body = refusal.body as Uint8Array; // The listener's own answers are no streams.
  response.writeHead(refusal.status, { ...refusal.headers, "content-length": body.byteLength });
  response.write(body);
}

function doorOf(response: ServerResponse, onHead: () => void): ResponseDoor {
  return {
    writable: response,
    head(status, headers, length, follows) {
      onHead();
      response.writeHead(status, length === undefined ? headers : { ...headers, "content-length": String(length) });
      if (follows === "nothing") response.end();
      else if (follows === "stream") response.flushHeaders();
    },
    abort: () => response.destroy(),
  };
}

/** Answers an upgrade, or what is no request, with a plain response and closes the connection. A body that streams is left out. */
export function refuseUpgrade(socket: Duplex, { status, headers, body }: HttpResponse): void {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${bytes.byteLength}`, "connection: close", "", "");
  socket.end(Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), bytes]));
}
