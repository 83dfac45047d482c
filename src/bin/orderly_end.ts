import { sleep, type Clock } from "#base/clock.ts";
import type { ApiServer } from "#apiserver/server.ts";
import type { Listener } from "#sys/http/listener.ts";

/** How a stop goes, milliseconds. */
const SHUTDOWN = {
  /** `/readyz` fails already and everything is still served: who balances load takes us out. */
  noticeMs: 250,
  /** Over how long the watches end, so that not all clients come back at once. */
  watchesMs: 500,
  /** How long requests in hand may take to finish; a watch that is still open by then is broken off. */
  requestsMs: 5_000,
} as const;

/** Ends serving in order: says so, ends the watches, lets requests in hand finish. Nobody is served when it resolves. */
export async function endServing(server: ApiServer, listeners: readonly Listener[], clock: Clock): Promise<void> {
  server.beginShutdown();
  await sleep(clock, SHUTDOWN.noticeMs);
  server.endWatches(SHUTDOWN.watchesMs);
  await Promise.all(listeners.map((listener) => listener.close(SHUTDOWN.requestsMs)));
}
