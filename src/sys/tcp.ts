import { connect, createServer, type Socket } from "node:net";
import type { ByteStream } from "#base/streams.ts";
import { byteStreamOf } from "./byte_stream.ts";

/**
 * Connects to a TCP port. Rejects with the system's error, whose `code` is ECONNREFUSED, EHOSTUNREACH and so on, or
 * with one of code ETIMEDOUT after `timeoutMs`.
 */
export function dialTcp(host: string, port: number, timeoutMs: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const late = setTimeout(() => {
      const error = new Error(`connect ETIMEDOUT ${host}:${port}`);
      socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    }, timeoutMs);
    socket.on("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(late);
      resolve(byteStreamOf(socket));
    });
  });
}

/** Whether a failed `dialTcp` was refused: the host is there, nothing listens. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}

export interface TcpListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on a TCP port (0: any). Connections beyond `connectionsMax`, and those silent for `idleMs`, are dropped;
 * what breaks a connection is seen by its reader only.
 */
export function listenTcp(
  at: { readonly address: string; readonly port: number },
  limits: { readonly connectionsMax: number; readonly idleMs: number },
  accept: (stream: ByteStream) => void,
): Promise<TcpListener> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
      socket.setTimeout(limits.idleMs, () => socket.destroy());
      accept(byteStreamOf(socket));
    });
    server.maxConnections = limits.connectionsMax;
    server.once("error", reject);
    server.listen({ host: at.address, port: at.port }, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address ? address.port : at.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}
