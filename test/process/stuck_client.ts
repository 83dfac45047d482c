import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { type TLSSocket, connect as connectTls } from "node:tls";
import { once } from "node:events";
import type { ServerAddress } from "./server.ts";

/** What a watch sent, as far as it came whole. */
export interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string; readonly resourceVersion: string } };
}

/** A client that opens a watch and then does not read. */
export interface StuckClient {
  /** Reads on, and gives what comes until the server breaks off or ends. */
  readOut(): Promise<WatchEvent[]>;
  destroy(): void;
}

/** Watchers on one connection of HTTP/2, which a client may well share between all of its own. */
const WATCHERS_PER_CONNECTION = 10;

/** Opens `count` of them, half over HTTP/1.1, each with a connection of its own, half over HTTP/2. */
export async function stuckClients(at: ServerAddress, target: string, count: number): Promise<StuckClient[]> {
  const clients: StuckClient[] = [];
  let session: ClientHttp2Session | undefined;
  for (let opened = 0; opened < count; opened++) {
    if (opened % 2 === 0) clients.push(await stuckOverHttp1(at, target));
    else {
      if (session === undefined || opened % (2 * WATCHERS_PER_CONNECTION) === 1) session = connected(at);
      clients.push(await stuckOverHttp2(session, target));
    }
  }
  return clients;
}

function connected({ port, ca, cert, key }: ServerAddress): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, cert, key });
  session.on("error", () => {});
  return session;
}

async function stuckOverHttp1(at: ServerAddress, target: string): Promise<StuckClient> {
  const { port, ca, cert, key } = at;
  const socket: TLSSocket = connectTls({ port, host: "127.0.0.1", ca, cert, key, ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => {});
  const chunks: Buffer[] = [];
  socket.write(`GET ${target} HTTP/1.1\r\nhost: knarr\r\n\r\n`);
  const [first] = (await once(socket, "data")) as [Buffer];
  socket.pause();
  chunks.push(first);
  return {
    async readOut() {
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      const closed = once(socket, "close");
      socket.resume();
      await closed;
      return eventsIn(withoutChunks(Buffer.concat(chunks)));
    },
    destroy: () => void socket.destroy(),
  };
}

async function stuckOverHttp2(session: ClientHttp2Session, target: string): Promise<StuckClient> {
  const stream: ClientHttp2Stream = session.request({ ":path": target });
  stream.on("error", () => {});
  // Not by `once`, which takes the reset for a failure of the wait.
  const closed = new Promise<void>((resolve) => void stream.once("close", resolve));
  await once(stream, "response");
  return {
    async readOut() {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      await closed;
      return eventsIn(Buffer.concat(chunks).toString());
    },
    destroy: () => void session.destroy(),
  };
}

/** The body of a chunked response of HTTP/1.1, as far as its chunks came whole. */
function withoutChunks(response: Buffer): string {
  let at = response.indexOf("\r\n\r\n") + 4;
  const bodies: Buffer[] = [];
  for (;;) {
    const end = response.indexOf("\r\n", at);
    if (end < 0) break;
    const length = Number.parseInt(response.subarray(at, end).toString("latin1"), 16);
    if (!(length > 0) || end + 2 + length > response.length) break;
    bodies.push(response.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
  return Buffer.concat(bodies).toString();
}

function eventsIn(body: string): WatchEvent[] {
  return body
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WatchEvent);
}
