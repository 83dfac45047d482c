import { connect } from "node:net";
import type { ByteStream } from "#base/streams.ts";

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
      resolve({
        incoming: socket,
        write: (chunk) =>
          new Promise((done, failed) => socket.write(chunk, (error) => (error ? failed(error) : done()))),
        end: () => void socket.end(),
        destroy: () => void socket.destroy(),
      });
    });
  });
}

/** Whether a failed `dialTcp` was refused: the host is there, nothing listens. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
