import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { promisify } from "node:util";
import { DirectoryLockedError } from "#sys/directory_lock.ts";
import { checkFile } from "./sqlite_integrity.test.ts";
import { DATABASE_FILE, SqliteStore } from "./sqlite_store.ts";
import { StoreClosedError } from "./store.ts";
import { bytes, Recorder } from "./store_fixture.ts";
import type { Fixture } from "./store_fixture.ts";
import { testStore } from "./store_suite.test.ts";

async function temporary<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "knarr-store-"));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function start(): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), "knarr-store-"));
  const fixture = {
    store: await SqliteStore.open(directory),
    async reopen() {
      await fixture.store.close();
      fixture.store = await SqliteStore.open(directory);
    },
    check: () => checkFile(directory, fixture.store),
    async dispose() {
      await fixture.store.close();
      await rm(directory, { recursive: true });
    },
  };
  return fixture;
}

testStore("SqliteStore", start, { modelRuns: 12 });

test("SqliteStore keeps its files to their owner", () =>
  temporary(async (directory) => {
    const store = await SqliteStore.open(directory);
    await store.put("/secret", bytes("s"), "absent");
    for (const name of [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`]) {
      assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
    }
    await store.close();
  }));

test("SqliteStore holds its directory against another part and another process, until closed", () =>
  temporary(async (directory) => {
    const store = await SqliteStore.open(directory);
    await assert.rejects(SqliteStore.open(directory), DirectoryLockedError);
    const module = JSON.stringify(new URL("./sqlite_store.ts", import.meta.url).href);
    const script = `const { SqliteStore } = await import(${module});
      await SqliteStore.open(process.argv[1]).then(() => console.log("opened"), (error) => console.log(error.message));`;
    const open = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, directory]);
    assert.equal((await open()).stdout, `Cannot use ${directory}: it is in use by process ${process.pid}\n`);
    await store.close();
    assert.equal((await open()).stdout, "opened\n");
  }));

test("SqliteStore acknowledges and publishes nothing from a failed commit on", () =>
  temporary(async (directory) => {
    const store = await SqliteStore.open(directory);
    await store.put("/a", bytes("kept"), "absent");
    const other = new DatabaseSync(join(directory, DATABASE_FILE));
    other.exec(`CREATE TRIGGER poison BEFORE INSERT ON changes WHEN NEW.key = '/poison'
      BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`);
    const recorder = new Recorder();
    store.watch("", { after: 1 }, recorder);
    const together = [store.put("/b", bytes(""), "absent"), store.put("/poison", bytes(""), "absent")];
    for (const write of together) {
      await assert.rejects(write, (error) => error instanceof StoreClosedError && error.message.includes("I/O error"));
    }
    await assert.rejects(store.put("/c", bytes(""), "absent"), StoreClosedError);
    assert.deepEqual([recorder.revisions, recorder.closedWith.length], [[], 1]);
    await store.close();
    other.exec("DROP TRIGGER poison");
    other.close();
    const after = await SqliteStore.open(directory);
    assert.deepEqual([after.revision, after.count("")], [1, 1]);
    await after.close();
  }));

test("SqliteStore refuses a file of another format or with a revision missing", () =>
  temporary(async (directory) => {
    const store = await SqliteStore.open(directory);
    for (const key of ["/a", "/b", "/c"]) await store.put(key, bytes(""), "absent");
    await store.close();
    const alter = (sql: string) => {
      const database = new DatabaseSync(join(directory, DATABASE_FILE));
      database.exec(sql);
      database.close();
    };
    alter("DELETE FROM changes WHERE revision = 2");
    await assert.rejects(SqliteStore.open(directory), /Revision 3 cannot follow 1/);
    alter("UPDATE meta SET number = 99 WHERE name = 'format'");
    await assert.rejects(SqliteStore.open(directory), /format 99/);
  }));

test("SqliteStore finishes a compaction that a crash cut short", () =>
  temporary(async (directory) => {
    let store = await SqliteStore.open(directory);
    await store.put("/a", bytes("1"), "absent");
    await store.put("/a", bytes("2"), 1);
    await store.put("/b", bytes("3"), "absent");
    await store.delete("/b", 3);
    await store.close();
    const database = new DatabaseSync(join(directory, DATABASE_FILE));
    database.exec("UPDATE meta SET number = 4 WHERE name = 'compacted'");
    database.close();
    store = await SqliteStore.open(directory);
    assert.deepEqual([store.revision, store.compactedRevision, store.count("")], [4, 4, 1]);
    await checkFile(directory, store);
    await store.close();
  }));
