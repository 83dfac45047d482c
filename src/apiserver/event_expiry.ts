import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Event } from "#api/core/event.ts";
import { nextTurn } from "#base/turn.ts";
import { ConflictError, StoreClosedError, type Entry, type Store } from "#store/store.ts";
import { LIMITS } from "./limits.ts";
import { objectOf, storagePrefix } from "./object_codec.ts";

/** Events removed in one turn, so that ten thousand old ones hold nobody up. */
const EVENTS_PER_TURN = 200;

/** Removes Events that have had their time, every few minutes, until the returned function is called. */
export function keepEventsExpired(store: Store, clock: Clock, log: Log): () => void {
  const run = async (): Promise<void> => {
    try {
      await expireEvents(store, clock.now());
    } catch (error) {
      if (!(error instanceof StoreClosedError)) log.error("old Events were not removed; it is tried again", { error });
    }
  };
  let timer = clock.after(LIMITS.eventSweepIntervalMs, repeat);
  function repeat(): void {
    void run();
    timer = clock.after(LIMITS.eventSweepIntervalMs, repeat);
  }
  return () => timer.cancel();
}

/** Removes Events nobody has touched for their time to live. */
async function expireEvents(store: Store, nowMs: number): Promise<void> {
  const { entries } = store.range(storagePrefix(Event));
  const due = entries.filter((entry) => nowMs - lastSeenMs(entry) >= LIMITS.eventTtlMs);
  for (let at = 0; at < due.length; at += EVENTS_PER_TURN) {
    await Promise.all(due.slice(at, at + EVENTS_PER_TURN).map((entry) => forget(store, entry)));
    await nextTurn();
  }
}

/** When an Event was last written: a repeated one lives on. */
function lastSeenMs(entry: Entry): number {
  const { metadata, lastTimestamp, eventTime, series } = objectOf(entry) as Event;
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime];
  return Math.max(...times.map((time) => Date.parse(time ?? "") || 0));
}

async function forget(store: Store, { key, modRevision }: Entry): Promise<void> {
  try {
    await store.delete(key, modRevision);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
