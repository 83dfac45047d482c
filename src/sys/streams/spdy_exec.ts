import type { Duplex } from "node:stream";
import type { ExecSession, ExecStreams } from "#base/streams.ts";
import { type RemoteCommandProtocol, finalMessage, terminalSizes } from "./protocol.ts";
import { SpdySession, type SpdyStream } from "./spdy_session.ts";

/** k8s.io/kubelet streaming, DefaultStreamCreationTimeout. */
const STREAMS_TIMEOUT_MS = 30_000;

/**
 * Exec and attach over SPDY: the client opens one stream for each of error, stdin, stdout, stderr and resize,
 * told apart by the header `streamtype`.
 *
 * @throws {Error} If the client has not opened them all in time, or has gone.
 */
export async function spdyExec(
  connection: Duplex,
  head: Buffer,
  protocol: RemoteCommandProtocol,
  streams: ExecStreams,
): Promise<ExecSession> {
  const wanted = new Set(wantedTypes(protocol, streams));
  const opened = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const gone = new AbortController();
  const session = new SpdySession(connection, {
    role: "server",
    head,
    onStream(stream) {
      const type = stream.headers.get("streamtype") ?? "";
      if (!wanted.delete(type)) return false;
      opened.set(type, stream);
      if (wanted.size === 0) complete.resolve();
      return true;
    },
    onClose() {
      gone.abort();
      complete.reject(new Error("the client left before it had opened its streams"));
    },
  });
  const timer = setTimeout(() => {
    complete.reject(new Error("timed out waiting for client to create streams"));
    session.destroy();
  }, STREAMS_TIMEOUT_MS);
  try {
    await complete.promise;
  } finally {
    clearTimeout(timer);
  }
  return sessionOf(session, opened, protocol, gone.signal);
}

function wantedTypes(protocol: RemoteCommandProtocol, streams: ExecStreams): string[] {
  const types = ["error"];
  if (streams.stdin) types.push("stdin");
  if (streams.stdout) types.push("stdout");
  // A terminal has one output; kubectl asks for stderr with it in no version, and the kubelet opens none.
  if (streams.stderr && !streams.tty) types.push("stderr");
  if (streams.tty && protocol.resize) types.push("resize");
  return types;
}

function sessionOf(
  session: SpdySession,
  opened: ReadonlyMap<string, SpdyStream>,
  protocol: RemoteCommandProtocol,
  signal: AbortSignal,
): ExecSession {
  const stdin = opened.get("stdin")?.incoming;
  const stdout = opened.get("stdout");
  const stderr = opened.get("stderr");
  const resize = opened.get("resize")?.incoming;
  return {
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize: terminalSizes(resize) }),
    signal,
    async finish(status) {
      const message = finalMessage(protocol, status);
      try {
        if (message !== undefined) await opened.get("error")?.write(message);
      } finally {
        // Ends all streams: kubectl waits for the end of each, also of those it writes itself.
        session.finish();
      }
    },
  };
}
