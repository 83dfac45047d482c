import type { ExecSession, ExecStreams } from "#base/streams.ts";
import { joinSession } from "#sys/streams/spdy_remote.ts";

/**
 * Joins a running container's streams over the runtime's streaming server. SPDY rather than WebSocket: there stdin can
 * be ended alone, and a WebSocket attach without stdin closes the stdin of a container made with `stdinOnce`.
 *
 * @param attachUrl Asks the runtime for the address of one session.
 */
export async function attachStreams(
  attachUrl: (want: ExecStreams) => Promise<string>,
  session: ExecSession,
  options: { readonly stdin: boolean; readonly tty: boolean },
): Promise<void> {
  const { tty } = options;
  const want = { stdin: options.stdin && session.stdin !== undefined, stdout: true, stderr: !tty, tty };
  await joinSession(await attachUrl(want), session, want);
}
