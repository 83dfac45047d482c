import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { load } from "./sqlite_journal.ts";
import { DATABASE_FILE } from "./sqlite_store.ts";
import type { SqliteStore } from "./sqlite_store.ts";
import { plainRange } from "./store_fixture.ts";

/** Holds the file against the index in memory: a second reader must find the same, and SQLite no damage. */
export async function checkFile(directory: string, store: SqliteStore): Promise<void> {
  store.checkIntegrity();
  const database = new DatabaseSync(join(directory, DATABASE_FILE), { readOnly: true });
  try {
    const query = (sql: string) => {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement.all() as unknown as (string | number | null | Uint8Array)[][];
    };
    assert.deepEqual(query("PRAGMA integrity_check"), [["ok"]]);
    const { index, leftovers } = await load({ query: async (sql, each) => query(sql).forEach((row) => each(row)) });
    index.check();
    assert.deepEqual(leftovers, []);
    assert.deepEqual([index.revision, index.compactedRevision], [store.revision, store.compactedRevision]);
    assert.deepEqual(plainRange(index.range("")), plainRange(store.range("")));
    assert.deepEqual(
      index.range("", { at: index.compactedRevision }),
      store.range("", { at: index.compactedRevision }),
    );
  } finally {
    database.close();
  }
}
