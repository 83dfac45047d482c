import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another process, or another part of this one, holds the directory. */
export class DirectoryLockedError extends Error {
  override readonly name = "DirectoryLockedError";

  constructor(directory: string, holder: string) {
    super(`Cannot use ${directory}: it is in use by ${holder}`);
  }
}

export interface DirectoryLock {
  /** May be called again. */
  release(): void;
}

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;

/**
 * Takes a directory for this process alone until released, or until the process ends however it ends.
 *
 * Node has no flock(2), and a file that merely exists outlives a crash. SQLite's own lock on a file is a lock
 * of the kernel's, so an exclusive transaction that is never ended serves as one.
 *
 * @throws {DirectoryLockedError} If it is taken.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const holderFile = join(directory, "lock.pid");
  const database = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) {
      throw new DirectoryLockedError(directory, holderFrom(holderFile));
    }
    throw error;
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return {
    release() {
      if (database.isOpen) database.close();
    },
  };
}

function holderFrom(holderFile: string): string {
  try {
    return `process ${readFileSync(holderFile, "utf8").trim()}`;
  } catch {
    return "another process";
  }
}
