import type { ForwardedConnection, PortForwardSession } from "#base/streams.ts";
import { PORT_FORWARD_PROTOCOL } from "./protocol.ts";
import { Queue } from "./queue.ts";
import { ChannelConnection } from "./websocket.ts";
import { receive } from "./websocket_exec.ts";
import type { WebSocket } from "ws";

const BASE64_PROTOCOL = "v4.base64.channel.k8s.io";

/** One channel pair for each port of the query. */
export const WEBSOCKET_PORT_FORWARD_PROTOCOLS: readonly string[] = [
  "v4.channel.k8s.io",
  BASE64_PROTOCOL,
  PORT_FORWARD_PROTOCOL,
];

/**
 * Port-forward over WebSocket messages: port number i has channel 2i for data and 2i+1 for errors, and each
 * begins with the port in two bytes, lowest first (k8s.io/kubelet portforward/websocket.go). A channel cannot
 * be half closed, so the client's data ends with the connection.
 */
export function webSocketPortForward(
  websocket: WebSocket,
  protocol: string,
  ports: readonly number[],
): PortForwardSession {
  const gone = new AbortController();
  const connections = new Queue<ForwardedConnection>();
  const inputs = ports.map(() => new Queue<Uint8Array>((chunk) => connection.countUnread(-chunk.byteLength)));
  let open = ports.length;
  const connection = new ChannelConnection(websocket, protocol === BASE64_PROTOCOL, {
    message: (channel, data) => receive(connection, channel % 2 === 0 ? inputs[channel / 2] : undefined, data),
    close() {
      gone.abort();
      for (const input of inputs) input.end();
      connections.end();
    },
  });
  const ended = () => {
    if (--open === 0) connection.close();
  };
  ports.forEach((port, index) => {
    const name = Buffer.from([port & 0xff, port >> 8]);
    connection.write(2 * index, name).catch(() => {});
    connection.write(2 * index + 1, name).catch(() => {});
    const input = inputs[index];
    if (input !== undefined) connections.push(forwarded(connection, port, index, input, ended));
  });
  return { connections, signal: gone.signal, close: () => connection.close() };
}

function forwarded(
  connection: ChannelConnection,
  port: number,
  index: number,
  incoming: Queue<Uint8Array>,
  onEnd: () => void,
): ForwardedConnection {
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  return {
    port,
    data: {
      incoming,
      write: (chunk) => connection.write(2 * index, chunk),
      end,
      destroy() {
        incoming.discard();
        end();
      },
    },
    async fail(message) {
      incoming.discard();
      try {
        await connection.write(2 * index + 1, Buffer.from(message));
      } finally {
        end();
      }
    },
  };
}
