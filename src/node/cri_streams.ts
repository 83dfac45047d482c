import type { ByteStream, ExecSession } from "#base/streams.ts";
import { openChannelSocket, type ChannelSocket } from "#sys/channel_socket.ts";

// The channels of v4.channel.k8s.io (k8s.io/apimachinery remotecommand).
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const RESIZE = 4;

export interface AttachWant {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * Joins a running container's streams over the runtime's streaming server. Input goes over a connection of its own:
 * the protocol cannot end stdin alone, but closing that connection ends it, and the runtime then closes the container's
 * stdin when it was created with `stdinOnce`.
 *
 * @param attachUrl Asks the runtime for the address of one session.
 */
export async function attachStreams(
  attachUrl: (want: AttachWant) => Promise<string>,
  session: ExecSession,
  options: { readonly stdin: boolean; readonly tty: boolean },
): Promise<void> {
  const { tty } = options;
  const withInput = options.stdin && session.stdin !== undefined;
  const output = await openChannelSocket(await attachUrl({ stdin: withInput && tty, stdout: true, stderr: !tty, tty }));
  const input =
    !withInput || tty
      ? undefined
      : await openChannelSocket(await attachUrl({ stdin: true, stdout: false, stderr: false, tty }));
  const close = (): void => {
    output.close();
    input?.close();
  };
  session.signal.addEventListener("abort", close, { once: true });
  if (session.signal.aborted) close();
  if (withInput) void feed(input ?? output, session, input !== undefined);
  if (tty) void resize(output, session);
  if (input) void drain(input);
  try {
    for await (const { channel, data } of output.messages) {
      if (data.length === 0) continue;
      if (channel === STDOUT) await session.stdout?.write(data);
      else if (channel === STDERR) await session.stderr?.write(data);
    }
  } finally {
    session.signal.removeEventListener("abort", close);
    close();
    session.stdout?.end();
    session.stderr?.end();
  }
}

async function feed(socket: ChannelSocket, session: ExecSession, closeAfter: boolean): Promise<void> {
  try {
    for await (const chunk of session.stdin ?? []) await socket.send(STDIN, chunk);
    if (closeAfter) socket.close();
  } catch {
    // The container ended or the client broke off: the output's end tells.
  }
}

async function resize(socket: ChannelSocket, session: ExecSession): Promise<void> {
  try {
    for await (const { width, height } of session.resize ?? []) {
      await socket.send(RESIZE, new TextEncoder().encode(JSON.stringify({ Width: width, Height: height })));
    }
  } catch {
    // As for stdin.
  }
}

async function drain(socket: ChannelSocket): Promise<void> {
  try {
    for await (const _ of socket.messages);
  } catch {
    // The output connection reports what is to be reported.
  }
}

/**
 * A TCP connection inside the pod over the runtime's streaming server. Channel 0 is data, 1 an error text; the first
 * message on each is the port again. There is no half-close: `end` leaves the connection open until the other side ends.
 * That nothing listens shows when reading: `incoming` throws what the runtime says.
 */
export async function forwardPort(url: string): Promise<ByteStream> {
  const socket = await openChannelSocket(url);
  async function* incoming(): AsyncGenerator<Uint8Array> {
    const seen = new Set<number>();
    for await (const { channel, data } of socket.messages) {
      if (!seen.has(channel)) seen.add(channel);
      else if (channel === 0) yield data;
      else throw new Error(new TextDecoder().decode(data));
    }
  }
  return {
    incoming: incoming(),
    write: (chunk) => socket.send(0, chunk),
    end() {},
    destroy: () => socket.close(),
  };
}
