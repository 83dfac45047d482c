import type { Duplex } from "node:stream";
import type { ForwardedConnection, PortForwardSession } from "#base/streams.ts";
import { Queue } from "./queue.ts";
import { SpdySession, type SpdyStream } from "./spdy_session.ts";

/**
 * Port-forward over SPDY: for each connection the client opens an error stream, then a data stream, with the
 * same `requestid` and `port` (k8s.io/client-go portforward.go).
 */
export function spdyPortForward(connection: Duplex, head: Buffer): PortForwardSession {
  const gone = new AbortController();
  const connections = new Queue<ForwardedConnection>();
  /** Error streams whose data stream has not come yet, by request. */
  const waiting = new Map<string, SpdyStream>();
  const session = new SpdySession(connection, {
    role: "server",
    head,
    onStream(stream) {
      const port = Number(stream.headers.get("port"));
      if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
      const type = stream.headers.get("streamtype");
      // Clients older than 1.3 send no request number and open the pair one directly after the other.
      const request = stream.headers.get("requestid") ?? String(type === "data" ? stream.id - 2 : stream.id);
      if (type === "error") {
        waiting.set(request, stream);
        return true;
      }
      const error = waiting.get(request);
      if (type !== "data" || error === undefined) return false;
      waiting.delete(request);
      connections.push(forwarded(port, stream, error));
      return true;
    },
    onClose() {
      gone.abort();
      connections.end();
    },
  });
  return { connections, signal: gone.signal, close: () => session.finish() };
}

function forwarded(port: number, data: SpdyStream, error: SpdyStream): ForwardedConnection {
  error.incoming.discard();
  return {
    port,
    data: {
      incoming: data.incoming,
      write: (chunk) => data.write(chunk),
      // kubectl reads errors to their end once its local connection is through.
      end() {
        data.end();
        error.end();
      },
      destroy() {
        data.destroy();
        error.end();
      },
    },
    async fail(message) {
      try {
        await error.write(Buffer.from(message));
      } finally {
        error.end();
        data.incoming.discard();
        data.end();
      }
    },
  };
}
