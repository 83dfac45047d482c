import type { SqliteFile, SqlStep, SqlValue } from "#sys/sqlite.ts";
import type { Journal } from "./committed_store.ts";
import { Entry } from "./entry.ts";
import { MemoryIndex } from "./memory_index.ts";
import type { Change, Revision } from "./store.ts";

/** "knar" in ASCII, so that `file` and `sqlite3` tell whose database it is. */
export const APPLICATION_ID = 0x6b6e6172;
export const FORMAT = 1;

/**
 * One row for each change. What stands at a key is its last row; a row without `created` is a removal.
 * Appending alone keeps a commit to one page of the tree, and leaves all history readable with `sqlite3`.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS changes (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER,
    value BLOB
  );
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
  INSERT OR IGNORE INTO meta VALUES ('compacted', 0), ('format', ${FORMAT});
  PRAGMA application_id = ${APPLICATION_ID}`;

const INSERT = "INSERT INTO changes (revision, key, created, value) VALUES (?, ?, ?, ?)";
const DELETE = "DELETE FROM changes WHERE revision = ?";
const COMPACTED = "UPDATE meta SET number = ? WHERE name = 'compacted'";

/** Makes commits durable in a SQLite file. */
export class SqliteJournal implements Journal {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  commit(changes: readonly Change[]): Promise<void> {
    return this.#file.transaction([{ sql: INSERT, rows: changes.map(rowOf) }]);
  }

  compact(compacted: Revision, obsolete: readonly Revision[]): Promise<void> {
    const steps: SqlStep[] = [
      { sql: COMPACTED, rows: [[compacted]] },
      { sql: DELETE, rows: obsolete.map((revision) => [revision]) },
    ];
    return this.#file.transaction(steps);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function rowOf({ revision, key, entry }: Change): SqlValue[] {
  return [revision, key, entry?.createRevision ?? null, entry?.value ?? null];
}

/** What a file holds: the index, and rows that an interrupted compaction has left behind. */
export interface Loaded {
  readonly index: MemoryIndex;
  readonly leftovers: readonly Revision[];
}

/**
 * Reads the whole file into memory.
 *
 * @throws {Error} If it is of another format, or a revision is missing.
 */
export async function load(file: Pick<SqliteFile, "query">): Promise<Loaded> {
  const meta = new Map<SqlValue | undefined, number>();
  await file.query("SELECT name, number FROM meta", ([name, number]) => meta.set(name, Number(number)));
  if (meta.get("format") !== FORMAT) {
    throw new Error(`Cannot read a store of format ${meta.get("format")}: this program knows format ${FORMAT}`);
  }
  const compacted = meta.get("compacted") ?? 0;
  const base = new Map<string, Entry>();
  const leftovers: Revision[] = [];
  let index: MemoryIndex | undefined;
  await file.query("SELECT revision, key, created, value FROM changes ORDER BY revision", (row) => {
    const [revision, key, created, value] = row as [number, string, number | null, Uint8Array | null];
    const entry = created === null ? undefined : new Entry(key, value ?? new Uint8Array(), created, revision);
    if (revision > compacted) {
      index ??= new MemoryIndex(base.values(), compacted);
      index.apply({ revision, key, entry, previous: index.get(key) });
      return;
    }
    const replaced = base.get(key);
    if (replaced !== undefined) leftovers.push(replaced.modRevision);
    if (entry === undefined) {
      leftovers.push(revision);
      base.delete(key);
    } else base.set(key, entry);
  });
  return { index: index ?? new MemoryIndex(base.values(), compacted), leftovers };
}
