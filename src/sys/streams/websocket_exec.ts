import type { ExecSession, ExecStreams } from "#base/streams.ts";
import { finalMessage, terminalSizes } from "./protocol.ts";
import { Queue } from "./queue.ts";
import { ChannelConnection } from "./websocket.ts";
import type { WebSocket } from "ws";

/** Channels of a remote command (k8s.io/kubelet remotecommand/websocket.go). */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
/** v5 only: the second byte is the channel the client will send no more on. */
const CLOSE = 255;

interface WebSocketCommandProtocol {
  readonly name: string;
  readonly base64: boolean;
  readonly statusObject: boolean;
  readonly close: boolean;
}

const BARE: WebSocketCommandProtocol = { name: "", base64: false, statusObject: false, close: false };
const PROTOCOLS: readonly WebSocketCommandProtocol[] = [
  { name: "v5.channel.k8s.io", base64: false, statusObject: true, close: true },
  { name: "v4.channel.k8s.io", base64: false, statusObject: true, close: false },
  { name: "v4.base64.channel.k8s.io", base64: true, statusObject: true, close: false },
  { name: "channel.k8s.io", base64: false, statusObject: false, close: false },
  { name: "base64.channel.k8s.io", base64: true, statusObject: false, close: false },
];

export const WEBSOCKET_COMMAND_PROTOCOLS: readonly string[] = PROTOCOLS.map(({ name }) => name);

/** Exec and attach over WebSocket messages. */
export function webSocketExec(websocket: WebSocket, protocolName: string, streams: ExecStreams): ExecSession {
  const protocol = PROTOCOLS.find(({ name }) => name === protocolName) ?? BARE;
  const gone = new AbortController();
  const consumed = (chunk: Uint8Array) => connection.countUnread(-chunk.byteLength);
  const inputs = new Map<number, Queue<Uint8Array>>();
  if (streams.stdin) inputs.set(STDIN, new Queue(consumed));
  if (streams.tty) inputs.set(RESIZE, new Queue(consumed));
  const connection = new ChannelConnection(websocket, protocol.base64, {
    message(channel, data) {
      if (protocol.close && channel === CLOSE) inputs.get(data[0] ?? CLOSE)?.end();
      else receive(connection, inputs.get(channel), data);
    },
    close() {
      gone.abort();
      for (const input of inputs.values()) input.fail(new Error("the connection was closed"));
    },
  });
  const output = (channel: number) => ({ write: (chunk: Uint8Array) => connection.write(channel, chunk), end() {} });
  const stdin = inputs.get(STDIN);
  const resize = inputs.get(RESIZE);
  const stderr = streams.stderr && !streams.tty;
  // An empty message tells the client that the session stands (k8s.io/kubelet, createWebSocketStreams).
  connection.write(streams.stdout ? STDOUT : stderr ? STDERR : ERROR, new Uint8Array(0)).catch(() => {});
  return {
    ...(stdin && { stdin }),
    ...(streams.stdout && { stdout: output(STDOUT) }),
    ...(stderr && { stderr: output(STDERR) }),
    ...(resize && { resize: terminalSizes(resize) }),
    signal: gone.signal,
    async finish(status) {
      for (const input of inputs.values()) input.discard();
      const message = finalMessage(protocol, status);
      try {
        if (message !== undefined) await connection.write(ERROR, message);
      } finally {
        connection.close();
      }
    },
  };
}

/** Hands a message to its channel; one that nobody asked for is forgotten. */
export function receive(connection: ChannelConnection, input: Queue<Uint8Array> | undefined, data: Buffer): void {
  if (input === undefined || data.length === 0) return;
  connection.countUnread(data.length);
  input.push(data);
}
