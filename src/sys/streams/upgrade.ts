import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpResponse } from "#base/http.ts";
import type { ByteStream, ExecSession, ExecStreams, PortForwardSession, UpgradeRequest } from "#base/streams.ts";
import { failure } from "../http/failure.ts";
import { byteStreamOf } from "../byte_stream.ts";
import { refuseUpgrade } from "../http/http1_server.ts";
import { PORT_FORWARD_PROTOCOL, SPDY_COMMAND_PROTOCOLS, UpgradeRefusedError, negotiate } from "./protocol.ts";
import { spdyExec } from "./spdy_exec.ts";
import { spdyPortForward } from "./spdy_portforward.ts";

/** kubectl 1.31 and later: the SPDY connection runs inside WebSocket messages. */
const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;
/** Finds out about clients that vanished without a word. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Lets `handler` decide over an upgrade as it came from the listener. When client and server have no protocol
 * in common, the client is told why and accepting rejects with UpgradeRefusedError. Never throws: whatever the
 * handler throws ends this connection only.
 */
export async function serveUpgrade(
  handler: (upgrade: UpgradeRequest) => Promise<void>,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
  let answered = false;
  const refuse = (response: HttpResponse) => {
    if (answered) return;
    answered = true;
    refuseUpgrade(socket, response);
  };
  const accepting = async <T>(session: Promise<T>): Promise<T> => {
    try {
      const accepted = await session;
      answered = true;
      return accepted;
    } catch (error) {
      if (error instanceof UpgradeRefusedError) {
        refuse(failure(error.status, error.status === 403 ? "Forbidden" : "BadRequest", error.message));
      }
      answered = true;
      throw error;
    }
  };
  const overWebSocket = raw.headers.upgrade?.toLowerCase() === "websocket";
  const execOver = overWebSocket ? execOverWebSocket : execOverSpdy;
  const portForwardOver = overWebSocket ? portForwardOverWebSocket : portForwardOverSpdy;
  try {
    await handler({
      refuse,
      acceptExec: (streams) => accepting(execOver(raw, socket, head, streams)),
      acceptPortForward: (ports) => accepting(portForwardOver(raw, socket, head, ports)),
      acceptRaw(headers) {
        answered = true;
        return switchToRaw(socket, head, headers);
      },
    });
    refuse(failure(500, "InternalError", "Internal error occurred: the upgrade was not answered"));
  } catch (error) {
    if (answered && !(error instanceof UpgradeRefusedError)) socket.destroy();
    refuse(failure(500, "InternalError", `Internal error occurred: ${error instanceof Error ? error.message : error}`));
  }
}

async function execOverSpdy(
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  streams: ExecStreams,
): Promise<ExecSession> {
  const protocol = negotiate(offered(raw), SPDY_COMMAND_PROTOCOLS);
  switchToSpdy(socket, protocol.name);
  return await spdyExec(socket, head, protocol, streams);
}

async function portForwardOverSpdy(raw: IncomingMessage, socket: Duplex, head: Buffer): Promise<PortForwardSession> {
  const protocol = negotiate(offered(raw), [{ name: PORT_FORWARD_PROTOCOL }]);
  switchToSpdy(socket, protocol.name);
  return spdyPortForward(socket, head);
}

// WebSocket's library is loaded with the first client that speaks it.

async function execOverWebSocket(
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  streams: ExecStreams,
): Promise<ExecSession> {
  const { acceptWebSocket, subprotocol } = await import("./websocket.ts");
  const { WEBSOCKET_COMMAND_PROTOCOLS, webSocketExec } = await import("./websocket_exec.ts");
  const protocol = subprotocol(raw, WEBSOCKET_COMMAND_PROTOCOLS);
  return await acceptWebSocket(raw, socket, head, protocol, (websocket) => webSocketExec(websocket, protocol, streams));
}

async function portForwardOverWebSocket(
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  ports: readonly number[],
): Promise<PortForwardSession> {
  const { acceptWebSocket, subprotocol, tunnelOf } = await import("./websocket.ts");
  const { WEBSOCKET_PORT_FORWARD_PROTOCOLS, webSocketPortForward } = await import("./websocket_portforward.ts");
  const protocol = subprotocol(raw, [TUNNEL_PROTOCOL, ...WEBSOCKET_PORT_FORWARD_PROTOCOLS]);
  const tunnelled = protocol === TUNNEL_PROTOCOL;
  if (!tunnelled && ports.length === 0) {
    throw new UpgradeRefusedError(400, 'query parameter "port" is required');
  }
  return await acceptWebSocket(raw, socket, head, protocol, (websocket) =>
    tunnelled
      ? spdyPortForward(tunnelOf(websocket), Buffer.alloc(0))
      : webSocketPortForward(websocket, protocol, ports),
  );
}

function switchToRaw(socket: Duplex, head: Buffer, headers: Readonly<Record<string, string>>): ByteStream {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n"), "latin1");
  if (head.length > 0) socket.unshift(head);
  return byteStreamOf(socket);
}

function offered(raw: IncomingMessage): string | undefined {
  const header = raw.headers["x-stream-protocol-version"];
  return Array.isArray(header) ? header.join(",") : header;
}

function switchToSpdy(socket: Duplex, protocol: string): void {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
    `X-Stream-Protocol-Version: ${protocol}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
}
