import { closeSync, fchmodSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { sqliteWriter } from "./sqlite_writer.ts";
import type { PackedStep, PackedValue, WriterAnswer, WriterData, WriterRequest } from "./sqlite_writer.ts";

export type SqlValue = string | number | null | Uint8Array;

/** A statement run once for each row of parameters. */
export interface SqlStep {
  readonly sql: string;
  readonly rows: readonly (readonly SqlValue[])[];
}

/** A database file: read on this thread, written on one of its own. */
export interface SqliteFile {
  /** The result's rows, each an array of its columns. Blocks: for the start, before anyone waits. */
  query(sql: string): Iterable<readonly SqlValue[]>;
  /**
   * Runs the steps in one transaction, after those asked for before. Resolves when it is on disk, rejects
   * when that is not certain; then every later one rejects too.
   */
  transaction(steps: readonly SqlStep[]): Promise<void>;
  /** Waits for what was asked for, then lets go of the file. */
  close(): Promise<void>;
}

/** SQLite's own default of 1,000 pages: a checkpoint holds up the next commit for some 5 ms. */
const CHECKPOINT_BYTES = 4 * 1024 * 1024;

/**
 * Opens or makes a database with a write-ahead log, synced at each commit (synchronous = FULL), mode 0600.
 *
 * @param schema Run first, in one transaction: `CREATE TABLE IF NOT EXISTS …`.
 */
export function openSqlite(path: string, schema: string): SqliteFile {
  makeFile(path);
  const reader = new DatabaseSync(path, { timeout: 5_000 });
  try {
    reader.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    reader.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
  } catch (error) {
    reader.close();
    throw error;
  }
  const writer = new Writer({ path, checkpointBytes: CHECKPOINT_BYTES });
  return {
    query(sql) {
      const statement = reader.prepare(sql);
      statement.setReturnArrays(true);
      return statement.iterate() as unknown as Iterable<readonly SqlValue[]>;
    },
    transaction: (steps) => writer.ask(pack(steps)),
    async close() {
      reader.close();
      await writer.close();
    },
  };
}

/** The file must be private before SQLite writes to it: the log beside it gets its mode from it. */
function makeFile(path: string): void {
  const file = openSync(path, "a", 0o600);
  fchmodSync(file, 0o600);
  closeSync(file);
  const directory = openSync(dirname(path), "r");
  fsyncSync(directory);
  closeSync(directory);
}

/** Bytes go over in one buffer: cloning each view would copy the whole buffer that it looks into. */
function pack(steps: readonly SqlStep[]): WriterRequest {
  let length = 0;
  for (const { rows } of steps) {
    for (const row of rows) for (const value of row) if (value instanceof Uint8Array) length += value.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  const packValue = (value: SqlValue): PackedValue => {
    if (!(value instanceof Uint8Array)) return value;
    bytes.set(value, offset);
    offset += value.length;
    return { offset: offset - value.length, length: value.length };
  };
  const packed: PackedStep[] = steps.map(({ sql, rows }) => ({ sql, rows: rows.map((row) => row.map(packValue)) }));
  return { steps: packed, bytes };
}

/** The thread's side here. Invariant: `#asked` holds what it has not answered, oldest first. */
class Writer {
  readonly #worker: Worker;
  readonly #asked: { resolve(): void; reject(error: Error): void }[] = [];
  #gone: Error | undefined;

  constructor(data: WriterData) {
    this.#worker = new Worker(`(${sqliteWriter.toString()})()`, {
      eval: true,
      execArgv: [],
      name: "sqlite writer",
      workerData: data,
    });
    this.#worker.on("message", (answer: WriterAnswer) => this.#answered(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("The thread that writes to the database ended")));
    // An idle store must not keep the process from ending.
    this.#worker.unref();
  }

  ask(request: WriterRequest): Promise<void> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ resolve, reject }) === 1) this.#worker.ref();
      this.#worker.postMessage(request, "bytes" in request ? [request.bytes.buffer] : []);
    });
  }

  async close(): Promise<void> {
    const closed = this.ask({ close: true });
    await closed.catch(() => {});
    await this.#worker.terminate();
  }

  #answered(answer: WriterAnswer): void {
    const asked = this.#asked.shift();
    if (this.#asked.length === 0) this.#worker.unref();
    if (answer.ok) asked?.resolve();
    else asked?.reject(new Error(answer.reason));
  }

  #end(error: unknown): void {
    this.#gone ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#asked.splice(0)) reject(this.#gone);
  }
}
