import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer, createWebSocketStream } from "ws";
import { UpgradeRefusedError } from "./protocol.ts";

/** The bound of golang.org/x/net/websocket, which Kubernetes reads these with. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;
/** Received and not yet consumed bytes above which nothing more is read. */
const BUFFER_BYTES_MAX = 1024 * 1024;

const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });
// `ws` has no word for protocols with a slash, which kubectl's port-forward uses: the header is written here.
server.on("headers", (lines, raw) => {
  const protocol = chosen.get(raw);
  if (protocol !== undefined && protocol !== "") lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
});
const chosen = new WeakMap<IncomingMessage, string>();

/**
 * The first of the client's subprotocols that `spoken` has; "" when the client names none.
 *
 * @throws {UpgradeRefusedError} If it names only others.
 */
export function subprotocol(raw: IncomingMessage, spoken: readonly string[]): string {
  const offered = raw.headers["sec-websocket-protocol"];
  if (offered === undefined) return "";
  const names = offered.split(",").map((name) => name.trim());
  const name = names.find((each) => spoken.includes(each));
  if (name === undefined) {
    throw new UpgradeRefusedError(
      403,
      `unable to upgrade: unable to negotiate protocol: client supports [${names.join(" ")}], server accepts [${spoken.join(" ")}]`,
    );
  }
  return name;
}

/**
 * Completes the handshake, and hands the connection to `use` before a message can arrive.
 *
 * @throws {UpgradeRefusedError} If the request is no WebSocket handshake.
 */
export function acceptWebSocket<T>(
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string,
  use: (websocket: WebSocket) => T,
): Promise<T> {
  delete raw.headers["sec-websocket-protocol"];
  chosen.set(raw, protocol);
  return new Promise((resolve, reject) => {
    const onClientError = (error: Error, _socket: Duplex, request: IncomingMessage) => {
      if (request !== raw) return;
      server.removeListener("wsClientError", onClientError);
      reject(new UpgradeRefusedError(400, error.message));
    };
    server.on("wsClientError", onClientError);
    server.handleUpgrade(raw, socket, head, (websocket) => {
      server.removeListener("wsClientError", onClientError);
      resolve(use(websocket));
    });
  });
}

/** The bytes of all messages, one after the other, as one connection. */
export function tunnelOf(websocket: WebSocket): Duplex {
  return createWebSocketStream(websocket, { allowHalfOpen: false });
}

/**
 * Messages whose first byte is a channel's number. Reading stops while more is unread than a bound, and a
 * write resolves when the connection has taken it.
 */
export class ChannelConnection {
  readonly #websocket: WebSocket;
  readonly #base64: boolean;
  #unread = 0;

  /** @param base64 Channels are the digits "0" to "9", the rest of a message is base64: for text-only clients. */
  constructor(
    websocket: WebSocket,
    base64: boolean,
    on: { readonly message: (channel: number, data: Buffer) => void; readonly close: () => void },
  ) {
    this.#websocket = websocket;
    this.#base64 = base64;
    websocket.on("error", () => {}); // `close` follows.
    websocket.once("close", on.close);
    websocket.on("message", (message: Buffer) => {
      const first = message[0];
      if (first === undefined) return;
      const rest = message.subarray(1);
      if (base64) on.message(first - 0x30, Buffer.from(rest.toString("latin1"), "base64"));
      else on.message(first, rest);
    });
  }

  write(channel: number, chunk: Uint8Array): Promise<void> {
    const message = this.#base64
      ? `${channel}${Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("base64")}`
      : Buffer.concat([Buffer.from([channel]), chunk]);
    return new Promise((resolve, reject) => {
      this.#websocket.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** More (or, below zero, fewer) received bytes wait to be consumed. */
  countUnread(bytes: number): void {
    this.#unread += bytes;
    if (this.#unread > BUFFER_BYTES_MAX) this.#websocket.pause();
    else if (this.#websocket.isPaused) this.#websocket.resume();
  }

  /** Says goodbye; the connection goes when the client answers, at the latest after `ws`'s 30 s. */
  close(): void {
    if (this.#websocket.isPaused) this.#websocket.resume(); // The client's answer must be read.
    this.#websocket.close(1000);
  }
}
