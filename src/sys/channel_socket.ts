import { WebSocket } from "ws";

/** One message of a `v4.channel.k8s.io` WebSocket: its first byte is the channel. */
export interface ChannelMessage {
  readonly channel: number;
  readonly data: Uint8Array;
}

/** The client's side of a channel WebSocket, as a container runtime's streaming server speaks it. */
export interface ChannelSocket {
  /** Ends when the server closed. Throws when the connection broke. */
  readonly messages: AsyncIterable<ChannelMessage>;
  /** Resolves when the data has left for the socket. */
  send(channel: number, data: Uint8Array): Promise<void>;
  close(): void;
}

/** Messages kept before reading from the socket pauses. */
const UNREAD_MAX = 64;

/** Connects to a `http://` streaming address. Rejects with the server's answer when it refuses. */
export async function openChannelSocket(url: string): Promise<ChannelSocket> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), ["v4.channel.k8s.io"], { perMessageDeflate: false });
  const unread: ChannelMessage[] = [];
  let failure: Error | undefined;
  let closed = false;
  let wake = (): void => {};
  socket.on("message", (raw: Buffer) => {
    unread.push({ channel: raw[0] ?? 0, data: raw.subarray(1) });
    if (unread.length >= UNREAD_MAX) socket.pause();
    wake();
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", (error) => {
      failure = error;
      reject(error);
      wake();
    });
  });
  socket.on("close", () => {
    closed = true;
    wake();
  });
  await opened;
  async function* messages(): AsyncGenerator<ChannelMessage> {
    for (;;) {
      const message = unread.shift();
      if (message !== undefined) {
        if (socket.isPaused) socket.resume();
        yield message;
      } else if (failure) throw failure;
      else if (closed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    messages: messages(),
    send(channel, data) {
      const framed = new Uint8Array(1 + data.length);
      framed[0] = channel;
      framed.set(data, 1);
      return new Promise((resolve, reject) => socket.send(framed, (error) => (error ? reject(error) : resolve())));
    },
    close: () => socket.close(),
  };
}
