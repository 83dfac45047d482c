import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DirectoryLockedError } from "#sys/directory_lock.ts";
import { readSnapshot, restoreSnapshot, saveSnapshot, SnapshotError } from "./snapshot.ts";
import { checkFile } from "./sqlite_integrity.test.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { CompactedError, type Change } from "./store.ts";

const base = mkdtempSync(join(tmpdir(), "knarr-snapshot-"));
after(() => rmSync(base, { recursive: true }));
const directory = (): string => mkdtempSync(join(base, "store-"));
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => new TextDecoder().decode(value);

test("a snapshot of a store that is being written to holds all that was acknowledged before", async () => {
  const path = directory();
  const store = await SqliteStore.open(path);
  await Promise.all(Array.from({ length: 50 }, (_, n) => store.put(`/a/${n}`, bytes(`v${n}`), "absent")));
  await store.delete("/a/0", 1);
  const under = Array.from({ length: 50 }, (_, n) => store.put(`/b/${n}`, bytes("later"), "absent"));
  const file = join(path, "snapshot");
  const facts = saveSnapshot(path, file, { networks: "10.96.0.0/16" });
  await Promise.all(under);
  assert.ok(facts.revision >= 51 && facts.keys === facts.revision - 2, JSON.stringify(facts));
  assert.deepEqual(facts.notes, { networks: "10.96.0.0/16" });
  assert.deepEqual(readSnapshot(file), facts);
  assert.throws(() => saveSnapshot(path, file, {}), /EEXIST/);
  await checkFile(path, store);
  await store.close();
});

test("a restored store has the old content at a revision nobody has ever seen, and no history before it", async () => {
  const path = directory();
  const file = join(path, "snapshot");
  const store = await SqliteStore.open(path);
  const kept = await store.put("/a", bytes("kept"), "absent");
  const gone = await store.put("/gone", bytes("x"), "absent");
  await store.delete("/gone", gone.modRevision);
  saveSnapshot(path, file, {});
  const lost = await store.put("/a", bytes("lost"), kept.modRevision);
  await store.put("/b", bytes("lost"), "absent");
  const newest = store.revision;
  assert.throws(() => restoreSnapshot(file, path), DirectoryLockedError);
  await store.close();
  const start = restoreSnapshot(file, path);
  assert.ok(start > newest);
  const restored = await SqliteStore.open(path);
  assert.equal(text(restored.get("/a")?.value), "kept");
  assert.equal(restored.get("/a")?.modRevision, kept.modRevision);
  assert.equal(restored.count(""), 1);
  assert.deepEqual([restored.revision, restored.compactedRevision], [start, start]);
  const sink = { changes() {}, closed() {} };
  for (const seen of [kept.modRevision, lost.modRevision, newest])
    assert.throws(() => restored.watch("", { after: seen }, sink), CompactedError);
  const changes: Change[] = [];
  restored.watch("", { after: restored.revision }, { ...sink, changes: (batch) => changes.push(...batch) });
  await assert.rejects(restored.put("/a", bytes("from what is lost"), lost.modRevision));
  await restored.put("/a", bytes("new"), kept.modRevision);
  assert.deepEqual(
    changes.map(({ revision }) => revision),
    [start + 1],
  );
  await checkFile(path, restored);
  await restored.close();
  const again = restoreSnapshot(file, path);
  assert.ok(again > start + 1, "the revision never falls, however often an old snapshot is restored");
});

test("a snapshot is restored where there is no store, and where the store is damaged", async () => {
  const path = directory();
  const file = join(path, "snapshot");
  const store = await SqliteStore.open(path);
  await store.put("/a", bytes("kept"), "absent");
  saveSnapshot(path, file, {});
  await store.close();
  const damaged = directory();
  writeFileSync(join(damaged, "store.db"), "not a database, and long enough to be looked at as one".repeat(100));
  for (const target of [directory(), damaged]) {
    restoreSnapshot(file, target);
    const restored = await SqliteStore.open(target);
    assert.equal(text(restored.get("/a")?.value), "kept");
    await restored.close();
  }
  assert.match(readFileSync(join(damaged, "store.db.before-restore"), "latin1"), /^not a database/);
});

test("what is no snapshot is refused before anything is touched", async () => {
  const path = directory();
  const file = join(path, "file");
  writeFileSync(file, "hello".repeat(1000));
  assert.throws(() => restoreSnapshot(file, path), SnapshotError);
  assert.throws(() => restoreSnapshot(join(path, "absent"), path), SnapshotError);
  const store = await SqliteStore.open(path);
  await Promise.all(Array.from({ length: 200 }, (_, n) => store.put(`/a/${n}`, bytes("x".repeat(1000)), "absent")));
  const snapshot = join(path, "snapshot");
  saveSnapshot(path, snapshot, {});
  await store.close();
  const content = readFileSync(snapshot);
  content.fill(0xff, content.length / 2, content.length / 2 + 20_000);
  writeFileSync(snapshot, content);
  assert.throws(() => restoreSnapshot(snapshot, path), SnapshotError);
  const untouched = await SqliteStore.open(path);
  assert.equal(untouched.revision, 200);
  await untouched.close();
});
