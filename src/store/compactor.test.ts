import assert from "node:assert/strict";
import { test } from "node:test";
import { logTo, silentLog } from "#base/log.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { DEFAULT_RETENTION, keepCompacted } from "./compactor.ts";
import { MemoryStore } from "./memory_store.ts";
import { bytes } from "./store_fixture.ts";

async function write(store: MemoryStore, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await store.put("/a", bytes(""), store.get("/a")?.modRevision ?? "absent");
}

test("keepCompacted() keeps what is younger than five minutes", async () => {
  const [store, clock] = [new MemoryStore(), new VirtualClock()];
  const stop = keepCompacted(store, clock, silentLog);
  for (let minute = 1; minute <= 9; minute++) {
    await clock.advance(60_000);
    await write(store, 10);
    // The writes of a minute follow its last look, so they count as those of the next.
    assert.equal(store.compactedRevision, Math.max(0, (minute - 5) * 10 - 10), `after ${minute} minutes`);
  }
  stop();
  await clock.advance(3_600_000);
  assert.equal(store.compactedRevision, 30);
});

test("keepCompacted() keeps no more changes than told, however young", async () => {
  const [store, clock] = [new MemoryStore(), new VirtualClock()];
  const stop = keepCompacted(store, clock, silentLog, { ...DEFAULT_RETENTION, changesMax: 5 });
  await write(store, 20);
  await clock.advance(10_000);
  assert.equal(store.compactedRevision, 15);
  stop();
});

test("keepCompacted() says once that the store does not compact any more, and stops", async () => {
  const [store, clock] = [new MemoryStore(), new VirtualClock()];
  const lines: string[] = [];
  keepCompacted(
    store,
    clock,
    logTo((_level, _part, message) => lines.push(message)),
    { ...DEFAULT_RETENTION, changesMax: 1 },
  );
  await write(store, 5);
  await store.close();
  await clock.advance(60_000);
  assert.deepEqual(lines, ["history is no longer compacted"]);
});
