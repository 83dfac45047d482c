import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setInterval } from "node:timers/promises";
import { openSqlite } from "./sqlite.ts";
import type { SqliteFile, SqlValue } from "./sqlite.ts";

const SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, name TEXT, data BLOB)";
const INSERT = "INSERT INTO t VALUES (?, ?, ?)";
const ALL = "SELECT n, name, data FROM t ORDER BY n";

async function withFile(use: (file: SqliteFile, path: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "knarr-sqlite-"));
  const path = join(directory, "test.db");
  const file = await openSqlite(path, SCHEMA);
  try {
    await use(file, path);
  } finally {
    await file.close();
    await rm(directory, { recursive: true });
  }
}

async function rowsOf(file: SqliteFile, sql: string): Promise<SqlValue[][]> {
  const rows: SqlValue[][] = [];
  await file.query(sql, (row) => rows.push([...row]));
  return rows;
}

test("openSqlite() gives back what was written, bytes, empty bytes and null among it", () =>
  withFile(async (file) => {
    const whole = Uint8Array.from({ length: 300 }, (_, i) => i);
    const rows: SqlValue[][] = [
      [1, "a", whole.subarray(10, 20)],
      [2, null, null],
      [3, "ü😀", new Uint8Array()],
      [4, "last", whole],
    ];
    await file.transaction([{ sql: INSERT, rows }]);
    assert.deepEqual(await rowsOf(file, ALL), rows);
    assert.deepEqual(await rowsOf(file, "SELECT n FROM t WHERE n > 9"), []);
  }));

test("openSqlite() reads results of many parts in order", () =>
  withFile(async (file) => {
    const rows = Array.from({ length: 2_500 }, (_, i): SqlValue[] => [i, `n${i}`, new Uint8Array(i % 300).fill(i)]);
    await file.transaction([{ sql: INSERT, rows }]);
    assert.deepEqual(await rowsOf(file, ALL), rows);
  }));

test("openSqlite() finds after opening again what was written, in a file of its owner's", () =>
  withFile(async (file, path) => {
    await file.transaction([{ sql: INSERT, rows: [[1, "kept", null]] }]);
    await file.close();
    const again = await openSqlite(path, SCHEMA);
    assert.deepEqual(await rowsOf(again, "SELECT name FROM t"), [["kept"]]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await again.close();
  }));

test("openSqlite() keeps the log short however often a process is killed soon after its start", async () => {
  const directory = await mkdtemp(join(tmpdir(), "knarr-sqlite-"));
  const lives = 8;
  for (let life = 0; life < lives; life++) {
    const path = join(directory, `${life}`, "test.db");
    await mkdir(join(directory, `${life}`), { recursive: true });
    const file = await openSqlite(path, SCHEMA);
    assert.equal((await rowsOf(file, "SELECT n FROM t")).length, life);
    await file.transaction([{ sql: INSERT, rows: [[life, null, new Uint8Array(3 << 20)]] }]);
    // The log is as a killed process leaves it.
    await cp(join(directory, `${life}`), join(directory, `${life + 1}`), { recursive: true });
    await file.close();
  }
  const { size } = await stat(join(directory, `${lives}`, "test.db-wal"));
  assert.ok(size < 20 << 20, `${size} bytes`);
  await rm(directory, { recursive: true });
});

test("openSqlite() copies the log into the file when nothing is asked for", { timeout: 20_000 }, () =>
  withFile(async (file, path) => {
    const bytes = 5 << 20;
    await file.transaction([{ sql: INSERT, rows: [[1, "a", new Uint8Array(bytes)]] }]);
    for await (const _ of setInterval(5)) if ((await stat(path)).size > bytes) break;
  }),
);

test("openSqlite() keeps apart what is written before the last is answered", () =>
  withFile(async (file) => {
    // More than the room that is shared with the thread holds, less, and nothing at all.
    const sizes = [10, 2 << 20, 300, 0, 1 << 20, 40];
    const rows = sizes.map((size, n): SqlValue[] => [n, `${n}`, new Uint8Array(size).fill(n + 1)]);
    await Promise.all(rows.map((row) => file.transaction([{ sql: INSERT, rows: [row] }])));
    assert.deepEqual(await rowsOf(file, ALL), rows);
  }));

test("openSqlite() does a transaction wholly or not at all, and refuses everything after a failure", () =>
  withFile(async (file, path) => {
    const first = [1, "a", null];
    await assert.rejects(file.transaction([{ sql: INSERT, rows: [first, first] }]), /UNIQUE constraint failed/);
    await assert.rejects(file.transaction([{ sql: INSERT, rows: [first] }]), /UNIQUE constraint failed/);
    await assert.rejects(rowsOf(file, ALL), /UNIQUE constraint failed/);
    await file.close();
    await assert.rejects(file.transaction([]), /ended/);
    const again = await openSqlite(path, SCHEMA);
    assert.deepEqual(await rowsOf(again, ALL), []);
    await again.close();
  }));

test("openSqlite() rejects when the reader throws, and goes on", () =>
  withFile(async (file) => {
    await file.transaction([{ sql: INSERT, rows: [[1, "a", null]] }]);
    const refuse = () => {
      throw new RangeError("not mine");
    };
    await assert.rejects(file.query(ALL, refuse), RangeError);
    assert.deepEqual(await rowsOf(file, "SELECT n FROM t"), [[1]]);
  }));

test("openSqlite() refuses a schema or a file that SQLite does not take", async () => {
  const directory = await mkdtemp(join(tmpdir(), "knarr-sqlite-"));
  try {
    await assert.rejects(openSqlite(join(directory, "a.db"), "CREATE NONSENSE"), /syntax error/);
    await assert.rejects(openSqlite(join(directory, "none", "a.db"), SCHEMA), /ENOENT/);
  } finally {
    await rm(directory, { recursive: true });
  }
});
