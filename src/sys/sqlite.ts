import { closeSync, fchmodSync, fsyncSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { sqliteThread } from "./sqlite_thread.ts";
import type { PackedRows, PackedStep, ThreadAnswer, ThreadData, ThreadRequest } from "./sqlite_thread.ts";

export type SqlValue = string | number | null | Uint8Array;

/** A statement run once for each row of parameters; a column holds bytes (or null) in all rows or in none. */
export interface SqlStep {
  readonly sql: string;
  readonly rows: readonly (readonly SqlValue[])[];
}

/** A database file on a thread of its own. What is asked for is done in order. */
export interface SqliteFile {
  /**
   * Hands over the result's rows one after the other as they are read, each an array of its columns; a column
   * holds bytes (or null) in all rows or in none. Rejects when reading or `each` fails.
   */
  query(sql: string, each: (row: readonly SqlValue[]) => void): Promise<void>;
  /**
   * Runs the steps in one transaction. Resolves when it is on disk, rejects
   * when that is not certain; then every later one rejects too.
   */
  transaction(steps: readonly SqlStep[]): Promise<void>;
  /** Waits for what was asked for, then lets go of the file. */
  close(): Promise<void>;
}

/**
 * When the log is copied into the database file: at 4 MiB, SQLite's own default, once nothing has been written for a
 * moment, as it holds up the next commit for 5 to 40 ms; at 16 MiB in any case.
 */
const CHECKPOINT_BYTES = { idle: 4 * 1024 * 1024, most: 16 * 1024 * 1024 };

/**
 * Opens or makes a database with a write-ahead log, synced at each commit (synchronous = FULL), mode 0600.
 *
 * @param schema Run first, in one transaction: `CREATE TABLE IF NOT EXISTS …`.
 */
export async function openSqlite(path: string, schema: string): Promise<SqliteFile> {
  makeFile(path);
  const loggedBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const thread = new Thread({ path, schema, checkpointBytes: CHECKPOINT_BYTES, loggedBytes });
  try {
    await thread.opened;
  } catch (error) {
    await thread.close();
    throw error;
  }
  return {
    query: (sql, each) => thread.ask({ do: "query", sql }, (rows) => unpack(rows, each)),
    transaction: (steps) => thread.transact(steps),
    close: () => thread.close(),
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

/** The bytes of one commit of 256 clients. Pages of it are taken from the machine when they are first written to. */
const ROOM_BYTES = 1024 * 1024;

/** Steps as they go over, and the bytes that go with them. */
interface Packed {
  readonly steps: readonly PackedStep[];
  readonly blobs: readonly Uint8Array[];
  readonly length: number;
}

/** Rows go over by column, as an array is cloned far faster than one array for each row. */
function pack(steps: readonly SqlStep[]): Packed {
  const blobs: Uint8Array[] = [];
  let length = 0;
  const packValue = (value: SqlValue): string | number | null => {
    if (!(value instanceof Uint8Array)) return value;
    blobs.push(value);
    length += value.length;
    return value.length;
  };
  const packed: PackedStep[] = steps.map(({ sql, rows }) => {
    const columns = (rows[0] ?? []).map((_, at) => {
      const known = blobs.length;
      const values = rows.map((row) => packValue(row[at] ?? null));
      return { blobs: blobs.length > known, values };
    });
    return { sql, count: rows.length, columns };
  });
  return { steps: packed, blobs, length };
}

function join<T extends Uint8Array>(blobs: readonly Uint8Array[], target: T): T {
  let offset = 0;
  for (const blob of blobs) {
    target.set(blob, offset);
    offset += blob.length;
  }
  return target;
}

function unpack({ count, columns, bytes }: PackedRows, each: (row: readonly SqlValue[]) => void): void {
  const rows: SqlValue[][] = Array.from({ length: count }, () => []);
  let offset = 0;
  for (const { blobs, values } of columns) {
    for (const [at, value] of values.entries()) {
      if (blobs && typeof value === "number") rows[at]?.push(bytes.subarray(offset, (offset += value)));
      else rows[at]?.push(value);
    }
  }
  for (const row of rows) each(row);
}

interface Asked {
  resolve(): void;
  reject(error: Error): void;
  rows?(rows: PackedRows): void;
  /** The bytes of the request lie in the room that is shared with the thread. */
  readonly hasRoom: boolean;
}

/** This side of the thread. Invariant: `#asked` holds what it has not answered, oldest first; one of it has the room. */
class Thread {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #room: Uint8Array;
  #isRoomTaken = false;
  readonly #asked: Asked[] = [];
  #gone: Error | undefined;

  constructor(data: Omit<ThreadData, "room">) {
    const room = new SharedArrayBuffer(ROOM_BYTES);
    this.#room = new Uint8Array(room);
    const workerData: ThreadData = { ...data, room };
    this.#worker = new Worker(`(${sqliteThread.toString()})()`, {
      eval: true,
      execArgv: [],
      name: "sqlite",
      workerData,
    });
    this.#worker.on("message", (answer: ThreadAnswer) => this.#answered(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("The thread that has the database ended")));
    this.opened = new Promise((resolve, reject) => this.#asked.push({ resolve, reject, hasRoom: false }));
  }

  /** Values go over in the room if it is free and they fit: a new buffer each time costs more than it holds. */
  transact(transaction: readonly SqlStep[]): Promise<void> {
    const { steps, blobs, length } = pack(transaction);
    if (this.#isRoomTaken || length > this.#room.length) {
      const bytes = join(blobs, new Uint8Array(length));
      return this.ask({ do: "transaction", steps, bytes }, undefined, bytes.buffer);
    }
    join(blobs, this.#room);
    return this.ask({ do: "transaction", steps });
  }

  ask(request: ThreadRequest, rows?: (rows: PackedRows) => void, handedOver?: ArrayBuffer): Promise<void> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const hasRoom = request.do === "transaction" && request.bytes === undefined;
    if (hasRoom) this.#isRoomTaken = true;
    return new Promise((resolve, reject) => {
      // Referenced while something is asked: an idle store must not keep the process from ending.
      if (this.#asked.push({ resolve, reject, hasRoom, ...(rows && { rows }) }) === 1) this.#worker.ref();
      this.#worker.postMessage(request, handedOver ? [handedOver] : []);
    });
  }

  async close(): Promise<void> {
    await this.ask({ do: "close" }).catch(() => {});
    await this.#worker.terminate();
  }

  #answered(answer: ThreadAnswer): void {
    const [asked] = this.#asked;
    if (answer.kind === "rows") {
      try {
        asked?.rows?.(answer.rows);
      } catch (error) {
        // Rejecting settles the promise for good: that the thread reads on changes nothing.
        asked?.reject(errorFrom(error));
      }
      return;
    }
    this.#asked.shift();
    if (asked?.hasRoom === true) this.#isRoomTaken = false;
    if (this.#asked.length === 0) this.#worker.unref();
    if (answer.kind === "done") asked?.resolve();
    else asked?.reject(new Error(answer.reason));
  }

  #end(error: unknown): void {
    this.#gone ??= errorFrom(error);
    for (const { reject } of this.#asked.splice(0)) reject(this.#gone);
  }
}

function errorFrom(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
