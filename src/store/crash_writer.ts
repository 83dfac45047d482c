import { SqliteStore } from "./sqlite_store.ts";
import type { Store } from "./store.ts";

/** How many writers there are, each with this many keys of its own. */
export const CRASH_WRITERS = 8;
export const CRASH_KEYS = 5;

/** What the write numbered `n` of a key leaves there: every fifth removes it. Undefined for a removal. */
export function crashValue(n: number): string | undefined {
  return n % 5 === 4 ? undefined : `${n}:`.padEnd(200 + (n % 1_500), "x");
}

/** Resolves when the line is in the pipe, where it outlives this process: no write begins before the last one is told. */
function say(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}

/** Takes each key of one writer one write further, again and again, and says what was acknowledged. */
async function write(store: Store, writer: number, first: number): Promise<never> {
  for (let n = first; ; n++) {
    for (let i = 0; i < CRASH_KEYS; i++) {
      const key = `/writer-${writer}/${i}`;
      const current = store.get(key);
      const value = crashValue(n);
      let revision = store.revision;
      if (value !== undefined) {
        const bytes = new TextEncoder().encode(value);
        revision = (await store.put(key, bytes, current?.modRevision ?? "absent")).modRevision;
      } else if (current !== undefined) {
        revision = (await store.delete(key, current.modRevision)).revision;
      }
      await say(`ack ${key} ${n} ${revision}`);
    }
    if (writer === 0 && n % 7 === 0) await store.compact(store.revision - 100);
  }
}

/** Run as a process of its own that is to be killed: `crash_writer.ts DIRECTORY FIRST`. */
if (import.meta.main) {
  const [directory = "", first = "0"] = process.argv.slice(2);
  const store = await SqliteStore.open(directory);
  await say(`open ${store.revision}`);
  await Promise.all(Array.from({ length: CRASH_WRITERS }, (_, writer) => write(store, writer, Number(first))));
}
