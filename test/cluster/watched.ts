import type { AnyKind } from "#api/object.ts";
import type { ObjectOf } from "#api/schema/kind.ts";
import type { Client, ListOptions, WatchEvent } from "#client/client.ts";

/** Everything a client's watch on objects of a kind was told since it began, in order. */
export interface Watched<K extends AnyKind> {
  readonly events: readonly WatchEvent<ObjectOf<K>>[];
  /** Ends the watch; rejects if it failed. */
  stop(): Promise<void>;
}

/** Watches from now on, as a client does: over the API. */
export async function watched<K extends AnyKind>(client: Client, kind: K, options: ListOptions): Promise<Watched<K>> {
  const { resourceVersion } = await client.list(kind, options);
  const end = new AbortController();
  const events: WatchEvent<ObjectOf<K>>[] = [];
  const reading = (async () => {
    for await (const event of client.watch(kind, { ...options, resourceVersion, signal: end.signal })) {
      events.push(event);
    }
  })();
  // Told by stop(): until then a rejection is nobody's.
  reading.catch(() => {});
  return {
    events,
    stop: () => {
      end.abort();
      return reading;
    },
  };
}
