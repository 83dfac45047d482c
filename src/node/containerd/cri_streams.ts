import type { ByteStream, ExecSession } from "#base/streams.ts";
import { openSpdySession } from "#sys/streams/spdy_client.ts";
import type { SpdyStream } from "#sys/streams/spdy_session.ts";

interface AttachWant {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A header block that says what a stream carries (k8s.io/apimachinery remotecommand, portforward). */
const carrying = (type: string, more: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map(Object.entries({ streamtype: type, ...more }));

/**
 * Joins a running container's streams over the runtime's streaming server. SPDY rather than WebSocket: there stdin can
 * be ended alone, and a WebSocket attach without stdin closes the stdin of a container made with `stdinOnce`.
 *
 * @param attachUrl Asks the runtime for the address of one session.
 */
export async function attachStreams(
  attachUrl: (want: AttachWant) => Promise<string>,
  session: ExecSession,
  options: { readonly stdin: boolean; readonly tty: boolean },
): Promise<void> {
  const { tty } = options;
  const stdin = options.stdin && session.stdin !== undefined;
  const url = await attachUrl({ stdin, stdout: true, stderr: !tty, tty });
  const spdy = await openSpdySession(url, "v4.channel.k8s.io");
  const leave = (): void => spdy.destroy();
  session.signal.addEventListener("abort", leave, { once: true });
  if (session.signal.aborted) {
    leave();
    return;
  }
  const error = spdy.open(carrying("error"));
  const input = stdin ? spdy.open(carrying("stdin")) : undefined;
  const outputs = [copy(spdy.open(carrying("stdout")), session.stdout)];
  if (!tty) outputs.push(copy(spdy.open(carrying("stderr")), session.stderr));
  if (tty) void resize(spdy.open(carrying("resize")), session);
  if (input) void feed(input, session);
  void drain(error);
  await Promise.all(outputs);
  session.signal.removeEventListener("abort", leave);
  spdy.finish();
}

async function copy(from: SpdyStream, to: ExecSession["stdout"]): Promise<void> {
  try {
    for await (const chunk of from.incoming) await to?.write(chunk);
  } catch {
    // The connection ended without ending the stream: the container is gone, or the client.
  }
  to?.end();
}

async function feed(stream: SpdyStream, session: ExecSession): Promise<void> {
  try {
    for await (const chunk of session.stdin ?? []) await stream.write(chunk);
  } catch {
    // The container ended or the client broke off: the output's end tells.
  }
  stream.end();
}

async function resize(stream: SpdyStream, session: ExecSession): Promise<void> {
  try {
    for await (const { width, height } of session.resize ?? []) {
      await stream.write(new TextEncoder().encode(JSON.stringify({ Width: width, Height: height })));
    }
  } catch {
    // As for stdin.
  }
}

async function drain(stream: SpdyStream): Promise<void> {
  try {
    for await (const _ of stream.incoming);
  } catch {
    // Its end says no more than the output's does.
  }
}

/**
 * A TCP connection inside the pod over the runtime's streaming server. That nothing listens shows when reading:
 * `incoming` throws what the runtime says.
 */
export async function forwardPort(url: string, port: number): Promise<ByteStream> {
  const spdy = await openSpdySession(url, "portforward.k8s.io");
  const request = { port: String(port), requestid: "0" };
  const error = spdy.open(carrying("error", request));
  error.end();
  const failure = textOf(error);
  const data = spdy.open(carrying("data", request));
  async function* incoming(): AsyncGenerator<Uint8Array> {
    try {
      yield* data.incoming;
      // The runtime ends the data first, then says on the other stream whether it went well.
      const text = await failure;
      if (text !== "") throw new Error(text);
    } finally {
      spdy.finish();
    }
  }
  return {
    incoming: incoming(),
    write: (chunk) => data.write(chunk),
    end: () => data.end(),
    destroy: () => spdy.destroy(),
  };
}

async function textOf(stream: SpdyStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of stream.incoming) text += decoder.decode(chunk, { stream: true });
  } catch {
    // Gone without a word.
  }
  return text;
}
