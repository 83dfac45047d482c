import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SqlValue } from "./sqlite.ts";

/** A database file in the hands of one command: everything happens before a call returns. */
export interface SqliteCopy {
  rows(sql: string, ...parameters: readonly SqlValue[]): SqlValue[][];
  run(sql: string, ...parameters: readonly SqlValue[]): void;
  close(): void;
}

/** How long to wait for a writer, milliseconds. */
const BUSY_MS = 10_000;

/** Opens a database without a write-ahead log of its own, so that it is one file when it is closed. */
export function openSqliteCopy(path: string, options: { readonly readOnly: boolean }): SqliteCopy {
  const database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: BUSY_MS });
  return {
    rows(sql, ...parameters) {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...parameters) as unknown as SqlValue[][];
    },
    run: (sql, ...parameters) => void database.prepare(sql).run(...parameters),
    close: () => database.close(),
  };
}

/**
 * Copies a database as it stands at one moment, also while others write to it. The copy is whole and on disk when
 * this returns; nobody else may read it.
 *
 * @throws {Error} If `to` is there already and not empty, or the disk is full.
 */
export function copySqlite(from: string, to: string): void {
  closeSync(openSync(to, "wx", 0o600));
  try {
    const source = openSqliteCopy(from, { readOnly: true });
    try {
      source.run("VACUUM INTO ?", to);
    } finally {
      source.close();
    }
    syncPath(to);
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
}

/** What SQLite finds wrong with a file; empty when nothing is. */
export function damageOf(copy: SqliteCopy): string[] {
  return copy
    .rows("PRAGMA integrity_check")
    .map(([line]) => String(line))
    .filter((line) => line !== "ok");
}

/**
 * Puts a database in the place of another, in one step: before it the old one is there, after it the new one. The old
 * one, if any, stays beside it under `keptAs`. Nobody may have either open.
 */
export function replaceSqlite(from: string, path: string, keptAs: string): void {
  if (existsSync(path)) {
    settleLog(path, keptAs);
    rmSync(keptAs, { force: true });
    linkSync(path, keptAs);
  }
  syncPath(from);
  renameSync(from, path);
  syncPath(dirname(path));
}

/** An old log beside a new file would be taken for its own: it is written back, or kept beside a file too damaged. */
function settleLog(path: string, keptAs: string): void {
  try {
    const old = openSqliteCopy(path, { readOnly: false });
    old.rows("PRAGMA journal_mode = DELETE");
    old.close();
  } catch {
    for (const suffix of ["-wal", "-shm"]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, keptAs + suffix);
    }
  }
}

/** Nothing there is no failure. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Brings a file or directory to disk. */
function syncPath(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}
