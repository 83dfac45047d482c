import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryDisk, MemoryStore } from "./memory_store.ts";
import { StoreClosedError } from "./store.ts";
import { bytes, plainRange, Recorder } from "./store_fixture.ts";
import type { Fixture } from "./store_fixture.ts";
import { testStore } from "./store_suite.test.ts";

async function start(): Promise<Fixture> {
  const disk = new MemoryDisk();
  const fixture = {
    store: new MemoryStore(disk),
    async reopen() {
      await fixture.store.close();
      fixture.store = fixture.store.reopen();
    },
    async check() {
      fixture.store.checkIntegrity();
      const found = disk.load();
      found.check();
      assert.deepEqual(plainRange(found.range("")), plainRange(fixture.store.range("")));
    },
    dispose: () => fixture.store.close(),
  };
  return fixture;
}

testStore("MemoryStore", start, { modelRuns: 150 });

test("MemoryStore acknowledges and publishes nothing from a failed commit on", async () => {
  const disk = new MemoryDisk();
  const store = new MemoryStore(disk);
  await store.put("/a", bytes("kept"), "absent");
  const recorder = new Recorder();
  store.watch("", { after: 1 }, recorder);
  disk.hooks = {
    beforeCommit() {
      disk.hooks = {};
      throw new Error("fsync: input/output error");
    },
  };
  const writes = [store.put("/b", bytes(""), "absent"), store.put("/b", bytes(""), "absent"), store.delete("/a", 1)];
  for (const write of writes) {
    await assert.rejects(write, (error) => error instanceof StoreClosedError && error.message.includes("fsync"));
  }
  await assert.rejects(store.put("/c", bytes(""), "absent"), StoreClosedError);
  assert.throws(() => store.get("/a"), StoreClosedError);
  assert.deepEqual([recorder.revisions, recorder.closedWith.length], [[], 1]);
  await store.close();
  const after = store.reopen();
  assert.deepEqual([after.revision, after.count("")], [1, 1]);
  after.checkIntegrity();
});

test("MemoryStore stops when a compaction cannot be written", async () => {
  const disk = new MemoryDisk({ beforeCompact: () => Promise.reject(new Error("disk full")) });
  const store = new MemoryStore(disk);
  await store.put("/a", bytes(""), "absent");
  await assert.rejects(store.compact(1), StoreClosedError);
  await assert.rejects(store.put("/b", bytes(""), "absent"), StoreClosedError);
  assert.equal(store.reopen().compactedRevision, 0);
});

test("MemoryStore shares one commit among the writes of one turn and those that arrive meanwhile", async () => {
  const sizes: number[] = [];
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const disk = new MemoryDisk({
    beforeCommit(changes) {
      sizes.push(changes.length);
      begun.resolve();
      return sizes.length === 1 ? held.promise : undefined;
    },
  });
  const store = new MemoryStore(disk);
  const writes = [1, 2, 3].map((n) => store.put(`/a/${n}`, bytes(""), "absent"));
  await begun.promise;
  for (const n of [1, 2, 3, 4]) writes.push(store.put(`/b/${n}`, bytes(""), "absent"));
  held.resolve();
  await Promise.all(writes);
  assert.deepEqual(sizes, [3, 4]);
});
