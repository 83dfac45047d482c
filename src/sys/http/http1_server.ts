import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpHandler, HttpRequest, HttpResponse, Peer } from "#base/http.ts";
import { entityTooLarge } from "./failure.ts";
import type { ListenerLimits } from "./limits.ts";
import { readBody, receivedRequest, requestHeaders } from "./request.ts";
import { type ResponseDoor, answer, sendResponse } from "./response.ts";

/** How long the rest of a refused body is swallowed, so that the client reads the answer and not a reset. */
const LINGER_MS = 2_000;
/** Protocols a connection may be turned into. */
const UPGRADES = ["websocket", "spdy/3.1"];

/** A request for another protocol on the same connection, with whatever bytes came after its headers. */
export type OnUpgrade = (request: HttpRequest, raw: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

export interface Http1Options {
  readonly handler: HttpHandler;
  readonly limits: ListenerLimits;
  readonly peerOf: (socket: Socket) => Peer;
  /** Without it, and for protocols other than UPGRADES, an upgrade is served as a plain request (RFC 9110, 7.8). */
  readonly onUpgrade?: OnUpgrade;
}

/** An HTTP/1.1 server that does not listen yet: it can also be fed with `emit("connection", socket)`. */
export function http1Server(options: Http1Options): Server {
  const { limits, onUpgrade } = options;
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    keepAliveTimeout: limits.idleTimeoutMs,
    shouldUpgradeCallback: (raw) =>
      onUpgrade !== undefined && UPGRADES.includes(raw.headers.upgrade?.toLowerCase() ?? ""),
  });
  server.on("request", (raw, response) => void serveRequest(raw, response, options));
  server.on("upgrade", (raw, socket, head) => {
    const { request, abort } = receivedOf(raw, options);
    socket.once("close", abort);
    socket.on("error", () => {});
    void onUpgrade?.(request, raw, socket, head);
  });
  return server;
}

async function serveRequest(raw: IncomingMessage, response: ServerResponse, options: Http1Options): Promise<void> {
  const { limits } = options;
  response.on("error", () => {});
  let body: Uint8Array | undefined;
  if (raw.headers["content-length"] !== undefined || raw.headers["transfer-encoding"] !== undefined) {
    const outcome = await readBody(raw, raw.headers["content-length"], {
      bytesMax: limits.requestBytesMax,
      timeoutMs: limits.bodyTimeoutMs,
    });
    if (outcome === "too large") {
      refuseBody(raw, response, options);
      return;
    }
    if (typeof outcome === "string") {
      raw.socket.destroy();
      return;
    }
    body = outcome;
  }
  const received = receivedOf(raw, options, body);
  response.once("close", () => {
    if (!response.writableFinished) received.abort();
  });
  await sendResponse(doorOf(response), received.request, await answer(options.handler, received.request), limits);
}

function receivedOf(raw: IncomingMessage, options: Http1Options, body?: Uint8Array) {
  const peer = options.peerOf(raw.socket);
  return receivedRequest(raw.method ?? "", raw.url ?? "", requestHeaders(raw.headers), peer, body);
}

function refuseBody(raw: IncomingMessage, response: ServerResponse, options: Http1Options): void {
  const { socket } = raw;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  raw.resume();
  response.setHeader("connection", "close");
  void sendResponse(
    doorOf(response),
    receivedOf(raw, options).request,
    entityTooLarge(options.limits.requestBytesMax),
    options.limits,
  );
}

function doorOf(response: ServerResponse): ResponseDoor {
  return {
    writable: response,
    head(status, headers, follows) {
      response.writeHead(status, headers);
      if (follows === "nothing") response.end();
      else if (follows === "stream") response.flushHeaders();
    },
    abort: () => response.destroy(),
  };
}

/** Answers an upgrade with a plain response and closes the connection. A body that streams is left out. */
export function refuseUpgrade(socket: Duplex, { status, headers, body }: HttpResponse): void {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${bytes.byteLength}`, "connection: close", "", "");
  socket.write(lines.join("\r\n"), "latin1");
  socket.end(bytes);
}
