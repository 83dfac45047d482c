import type { ByteStream, ExecSession, ExecStreams } from "#base/streams.ts";
import { openSpdySession, type ClientTls } from "./spdy_client.ts";
import type { SpdyStream } from "./spdy_session.ts";

/** A header block that says what a stream carries (k8s.io/apimachinery remotecommand, portforward). */
const carrying = (type: string, more: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map(Object.entries({ streamtype: type, ...more }));

/**
 * Hands a session on to a streaming server over SPDY: what comes from `session` goes there, what comes from there goes
 * to `session`, until there all output has ended or the session's signal aborts. Does not finish `session`.
 *
 * @param streams Which streams the server was asked for.
 * @returns What the server said in the end on its error stream; empty when it said nothing.
 */
export async function joinSession(
  url: string,
  session: ExecSession,
  streams: ExecStreams,
  tls?: ClientTls,
): Promise<string> {
  const spdy = await openSpdySession(url, "v4.channel.k8s.io", tls);
  const leave = (): void => spdy.destroy();
  session.signal.addEventListener("abort", leave, { once: true });
  if (session.signal.aborted) {
    leave();
    return "";
  }
  const said = textOf(spdy.open(carrying("error")));
  const input = streams.stdin ? spdy.open(carrying("stdin")) : undefined;
  const outputs: Promise<void>[] = [];
  if (streams.stdout) outputs.push(copy(spdy.open(carrying("stdout")), session.stdout));
  if (streams.stderr && !streams.tty) outputs.push(copy(spdy.open(carrying("stderr")), session.stderr));
  if (streams.tty) void resize(spdy.open(carrying("resize")), session);
  if (input) void feed(input, session);
  await Promise.all(outputs);
  const text = await said;
  session.signal.removeEventListener("abort", leave);
  spdy.finish();
  return text;
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

/**
 * A TCP connection inside a pod over a streaming server. That nothing listens shows when reading: `incoming` throws
 * what the server says.
 */
export async function forwardPort(url: string, port: number, tls?: ClientTls): Promise<ByteStream> {
  const spdy = await openSpdySession(url, "portforward.k8s.io", tls);
  const request = { port: String(port), requestid: "0" };
  const error = spdy.open(carrying("error", request));
  error.end();
  const failure = textOf(error);
  const data = spdy.open(carrying("data", request));
  async function* incoming(): AsyncGenerator<Uint8Array> {
    try {
      yield* data.incoming;
      // The server ends the data first, then says on the other stream whether it went well.
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
