import { lockDirectory } from "#sys/directory_lock.ts";
import type { DirectoryLock } from "#sys/directory_lock.ts";
import { afterThisTurn } from "#sys/event_loop.ts";
import { openSqlite } from "#sys/sqlite.ts";
import type { SqliteFile } from "#sys/sqlite.ts";
import { CommittedStore } from "./committed_store.ts";
import { load, SCHEMA, SqliteJournal } from "./sqlite_journal.ts";
import type { Loaded } from "./sqlite_journal.ts";

/** The database's name in the store's directory. */
export const DATABASE_FILE = "store.db";

/** The store of a cluster on one machine: a SQLite file, mirrored in memory. */
export class SqliteStore extends CommittedStore {
  readonly #lock: DirectoryLock;

  private constructor(file: SqliteFile, { index }: Loaded, lock: DirectoryLock) {
    super(index, new SqliteJournal(file), afterThisTurn);
    this.#lock = lock;
  }

  /**
   * Opens the store in a directory that exists, or makes one there; takes the directory for this process.
   *
   * @throws {DirectoryLockedError} If another process has it.
   * @throws {Error} If what is there is damaged or of another format.
   */
  static async open(directory: string): Promise<SqliteStore> {
    const lock = lockDirectory(directory);
    let file: SqliteFile | undefined;
    try {
      file = await openSqlite(`${directory}/${DATABASE_FILE}`, SCHEMA);
      const loaded = await load(file);
      if (loaded.leftovers.length > 0) {
        await new SqliteJournal(file).compact(loaded.index.compactedRevision, loaded.leftovers);
      }
      return new SqliteStore(file, loaded, lock);
    } catch (error) {
      await file?.close();
      lock.release();
      throw error;
    }
  }

  override async close(): Promise<void> {
    await super.close();
    this.#lock.release();
  }
}
