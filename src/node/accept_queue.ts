import { sleep, type Clock } from "#base/clock.ts";
import type { Files } from "#sys/files.ts";

/** Between two looks. */
const LOOK_MS = 10;

const LISTEN = "0A";

/**
 * Connections that stand finished in the kernel and that no program has accepted yet, from the text of
 * `/proc/PID/net/tcp`: for a listening socket the receive queue is that number (proc(5)).
 */
export function waitingConnections(table: string): number {
  let waiting = 0;
  for (const line of table.split("\n").slice(1)) {
    const [, , , state, queues = ""] = line.trim().split(/\s+/);
    if (state === LISTEN) waiting += Number.parseInt(queues.split(":")[1] ?? "0", 16);
  }
  return waiting;
}

/**
 * Resolves when no connection waits to be accepted in the network namespace of process `pid`, or there is no such
 * process. A program that is told to stop closes its socket, and with it resets every connection it has not
 * accepted; after the drain barrier none can join the queue any more.
 */
export async function acceptQueuesEmpty(
  pid: number,
  doors: { readonly files: Files; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const tables = [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`];
  for (;;) {
    const texts = await Promise.all(tables.map((path) => doors.files.readText(path).catch(() => "")));
    if (texts.every((text) => waitingConnections(text) === 0)) return;
    await sleep(doors.clock, LOOK_MS, signal);
  }
}
