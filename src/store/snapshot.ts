import { lockDirectory } from "#sys/directory_lock.ts";
import { copySqlite, damageOf, openSqliteCopy, removeFile, replaceSqlite, type SqliteCopy } from "#sys/sqlite_copy.ts";
import { APPLICATION_ID, FORMAT } from "./sqlite_journal.ts";
import { DATABASE_FILE } from "./sqlite_store.ts";
import type { Revision } from "./store.ts";

/** What a snapshot holds. */
export interface SnapshotFacts {
  readonly revision: Revision;
  readonly keys: number;
  /** What was put beside the store's content when it was taken, by name. */
  readonly notes: Readonly<Record<string, string>>;
}

/** The file is no snapshot, or a damaged one. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

/**
 * How far a restore goes beyond the newest revision known: past what was written after the snapshot and is lost, which
 * nobody may know of any more. More than a cluster writes in a day, and 9,000 such steps from what a number can hold.
 */
const REVISION_STEP = 1_000_000_000;

const NOTES = "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";
const REVISION = `SELECT max(
  (SELECT number FROM meta WHERE name = 'compacted'), (SELECT coalesce(max(revision), 0) FROM changes))`;
const KEYS = `SELECT count(*) FROM changes JOIN
  (SELECT max(revision) AS newest FROM changes GROUP BY key) ON revision = newest WHERE created IS NOT NULL`;

/**
 * Copies the store in `directory` into a new file, whether or not a process is using it: what it acknowledged before
 * the call is in it, of what it acknowledges meanwhile the older part. The copy is checked before it is believed.
 *
 * @throws {Error} If `file` exists, or cannot be written.
 */
export function saveSnapshot(directory: string, file: string, notes: Readonly<Record<string, string>>): SnapshotFacts {
  copySqlite(`${directory}/${DATABASE_FILE}`, file);
  const copy = openSqliteCopy(file, { readOnly: false });
  try {
    // As the source's, a copy would keep a log beside it: one file is one snapshot.
    copy.rows("PRAGMA journal_mode = DELETE");
    copy.run(NOTES);
    for (const [name, value] of Object.entries(notes)) copy.run("INSERT INTO notes VALUES (?, ?)", name, value);
    return checked(copy, file);
  } finally {
    copy.close();
  }
}

/** What is in a snapshot. @throws {SnapshotError} If it is none. */
export function readSnapshot(file: string): SnapshotFacts {
  const copy = openSnapshot(file);
  try {
    return checked(copy, file);
  } finally {
    copy.close();
  }
}

/**
 * Puts a snapshot's content in the place of what is in `directory`, which no process may be using. Revisions go on
 * above all that were ever given here or there, and history before is gone: who watches on from an older revision is
 * told so (410) and lists anew. What was there stays beside it as `store.db.before-restore`.
 *
 * @returns The revision the store begins at.
 * @throws {SnapshotError} If the file is no snapshot. {DirectoryLockedError} If a process has the store.
 */
export function restoreSnapshot(file: string, directory: string): Revision {
  const { revision } = readSnapshot(file);
  const lock = lockDirectory(directory);
  try {
    const database = `${directory}/${DATABASE_FILE}`;
    const staged = `${directory}/restoring.db`;
    const start = Math.max(revision, revisionIn(database)) + REVISION_STEP;
    removeFile(staged); // What an interrupted restore has left.
    copySqlite(file, staged);
    const copy = openSqliteCopy(staged, { readOnly: false });
    try {
      copy.rows("PRAGMA journal_mode = DELETE");
      copy.run("DROP TABLE IF EXISTS notes");
      copy.run("UPDATE meta SET number = ? WHERE name = 'compacted'", start);
    } finally {
      copy.close();
    }
    replaceSqlite(staged, database, `${database}.before-restore`);
    return start;
  } finally {
    lock.release();
  }
}

function openSnapshot(file: string): SqliteCopy {
  try {
    return openSqliteCopy(file, { readOnly: true });
  } catch (error) {
    throw notASnapshot(file, error);
  }
}

function notASnapshot(file: string, reason: unknown): SnapshotError {
  const why = reason instanceof Error ? reason.message : String(reason);
  return new SnapshotError(`${file} is not a snapshot of a cluster: ${why}`, { cause: reason });
}

/** Its content in figures, once SQLite and the format have nothing against it. */
function checked(copy: SqliteCopy, file: string): SnapshotFacts {
  try {
    const damage = damageOf(copy);
    if (damage.length > 0) throw new Error(damage.slice(0, 3).join("; "));
    if (number(copy, "PRAGMA application_id") !== APPLICATION_ID) throw new Error("it is somebody else's database");
    const format = number(copy, "SELECT number FROM meta WHERE name = 'format'");
    if (format !== FORMAT) throw new Error(`it has format ${format}, this program knows format ${FORMAT}`);
    const notes = Object.fromEntries(copy.rows("SELECT name, value FROM notes").map((row) => row.map(String)));
    return { revision: number(copy, REVISION), keys: number(copy, KEYS), notes };
  } catch (error) {
    throw notASnapshot(file, error);
  }
}

function number(copy: SqliteCopy, sql: string): number {
  return Number(copy.rows(sql)[0]?.[0] ?? Number.NaN);
}

/** The newest revision of a store; 0 when there is none, or when it is too damaged to say: the step makes up for it. */
function revisionIn(database: string): Revision {
  try {
    const store = openSqliteCopy(database, { readOnly: true });
    try {
      return number(store, REVISION);
    } finally {
      store.close();
    }
  } catch {
    return 0;
  }
}
