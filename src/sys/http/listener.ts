import { chmod, rm } from "node:fs/promises";
import type { Server as Http1Server } from "node:http";
import { type Server, type Socket, connect } from "node:net";
import { type TLSSocket, createServer as createTlsServer } from "node:tls";
import type { HttpHandler, HttpRequest } from "#base/http.ts";
import type { UpgradeRequest } from "#base/streams.ts";
import { type OnUpgrade, http1Server } from "./http1_server.ts";
import type { ServerConnection } from "../http2/connection.ts";
import { serveHttp2 } from "./http2_session.ts";
import { boundsOf, type ListenerLimits } from "./limits.ts";
import { peerOf } from "./peer.ts";

/** Key and certificates in PEM. */
export interface ListenerTls {
  readonly key: string;
  readonly cert: string;
  /** Whom to believe about clients; without it every client certificate is unknown. */
  readonly clientCa?: string;
}

/** Decides over one HTTP/1.1 Upgrade; must refuse or accept it. */
export type UpgradeHandler = (request: HttpRequest, upgrade: UpgradeRequest) => Promise<void>;

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly tls: ListenerTls;
  readonly handler: HttpHandler;
  /** Without it, upgrades are served as plain requests. */
  readonly upgrade?: UpgradeHandler;
  readonly limits?: Partial<ListenerLimits>;
}

export interface Listener {
  readonly port: number;
  /** Takes new connections with this certificate from now on. */
  replaceTls(tls: ListenerTls): void;
  /** Stops taking connections, lets open requests end for `graceMs`, then breaks off what is left. Idempotent. */
  close(graceMs?: number): Promise<void>;
}

/** Someone else listens there already. */
export class AddressInUseError extends Error {
  override readonly name = "AddressInUseError";
  readonly address: string;

  constructor(address: string) {
    super(`Cannot listen on ${address}: the address is in use`);
    this.address = address;
  }
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Serves HTTPS, HTTP/2 and HTTP/1.1 by ALPN on one port. Client certificates are asked for, never required:
 * one that does not verify leaves its reason in `peer.certificateError`.
 *
 * @throws {AddressInUseError} If the port is taken.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = boundsOf(options.limits);
  const http1 = http1Server({
    handler: options.handler,
    limits,
    peerOf: (socket) => peerOf(socket as TLSSocket), // Only fed from the TLS server below.
    ...(options.upgrade && { onUpgrade: onUpgrade(options.upgrade) }),
  });
  const http2 = new Set<ServerConnection>();
  const sockets = new Set<Socket>();
  const server = createTlsServer({
    ...secureContext(options.tls),
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2", "http/1.1"],
    minVersion: "TLSv1.2",
    handshakeTimeout: Math.min(HANDSHAKE_TIMEOUT_MS, limits.headersTimeoutMs),
    noDelay: true,
  });
  server.on("connection", (socket) => track(sockets, socket));
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    if (socket.alpnProtocol !== "h2") {
      http1.emit("connection", socket);
      return;
    }
    const forget = () => void http2.delete(connection);
    const connection = serveHttp2(socket, peerOf(socket), options.handler, limits, forget);
    http2.add(connection);
  });
  await bind(server, { port: options.port, host: options.host }, `${options.host}:${options.port}`);
  http1.emit("listening"); // Starts its watch over slow headers, which only `listen` does otherwise.
  const sweep = setInterval(
    () => {
      for (const connection of http2) connection.sweep(limits);
      limits.unsent.sweep();
    },
    Math.min(5_000, limits.idleTimeoutMs, limits.stallTimeoutMs, limits.headersTimeoutMs),
  ).unref();
  return {
    port: portOf(server),
    replaceTls: (tls) => server.setSecureContext(secureContext(tls)),
    close: async (graceMs = 0) => {
      clearInterval(sweep);
      for (const connection of http2) connection.close();
      await closeServer(server, http1, sockets, graceMs);
    },
  };
}

export interface ListenUnixOptions {
  readonly path: string;
  readonly handler: HttpHandler;
  readonly limits?: Partial<ListenerLimits>;
}

/**
 * Serves plain HTTP/1.1 on a unix socket that only this user may open. A socket file nobody listens on any
 * more, as a killed process leaves it, is replaced.
 *
 * @throws {AddressInUseError} If a living process listens there.
 */
export async function listenUnix(options: ListenUnixOptions): Promise<Pick<Listener, "close">> {
  const limits = boundsOf(options.limits);
  if (await answers(options.path)) throw new AddressInUseError(options.path);
  await rm(options.path, { force: true });
  const server = http1Server({
    handler: options.handler,
    limits,
    peerOf: () => ({ address: "unix" }),
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => track(sockets, socket));
  await bind(server, { path: options.path }, options.path);
  await chmod(options.path, 0o600);
  return { close: (graceMs = 0) => closeServer(server, server, sockets, graceMs) };
}

function secureContext(tls: ListenerTls) {
  return { key: tls.key, cert: tls.cert, ca: tls.clientCa ?? [] };
}

function onUpgrade(handler: UpgradeHandler): OnUpgrade {
  return async (request, raw, socket, head) => {
    // Loaded with the first exec, not with the program: most runs never need it.
    const { serveUpgrade } = await import("../streams/upgrade.ts");
    await serveUpgrade((upgrade) => handler(request, upgrade), raw, socket, head);
  };
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}

function bind(server: Server, where: { port: number; host: string } | { path: string }, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new AddressInUseError(name) : error);
    server.once("error", onError);
    server.listen(where, () => {
      server.removeListener("error", onError);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

async function closeServer(server: Server, http1: Http1Server, sockets: Set<Socket>, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  http1.close(() => {}); // Also ends its idle connections; "not running" is no news for one that never listened.
  http1.closeIdleConnections();
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(timer);
}
