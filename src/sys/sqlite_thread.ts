/** What the thread starts with. */
export interface ThreadData {
  readonly path: string;
  /** Run first, in one transaction. */
  readonly schema: string;
  /** Bytes written, roughly, after which the log is copied into the database file: when idle, and in any case. */
  readonly checkpointBytes: { readonly idle: number; readonly most: number };
  /** Bytes of the log that an earlier process left, which may have been killed before it copied them. */
  readonly loggedBytes: number;
  /** Where the bytes of a transaction may lie; this thread looks there only until it has answered. */
  readonly room: SharedArrayBuffer;
}

/** One column of some rows: an array is cloned far faster than one array for each row. */
export interface PackedColumn {
  readonly blobs: boolean;
  /** Either values, or the lengths of the blobs that lie one after the other in the message's bytes; null is null. */
  readonly values: readonly (string | number | null)[];
}

/** A statement, and as many rows of parameters as there are. */
export interface PackedStep {
  readonly sql: string;
  readonly count: number;
  readonly columns: readonly PackedColumn[];
}

/** Each request is answered once, in order; the first answer of all is to the opening. */
export type ThreadRequest =
  | {
      readonly do: "transaction";
      readonly steps: readonly PackedStep[];
      /** Absent when they lie in the room. */
      readonly bytes?: Uint8Array<ArrayBuffer>;
    }
  | { readonly do: "query"; readonly sql: string }
  | { readonly do: "close" };

/** Some rows of a result. */
export interface PackedRows {
  readonly count: number;
  readonly columns: readonly PackedColumn[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type ThreadAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string }
  /** Part of a query's answer, to be followed by more or by the end. */
  | { readonly kind: "rows"; readonly rows: PackedRows };

/**
 * The body of the thread that has the database. It is started from its own source text (`toString`), so that it
 * runs alike from sources and from a bundle of one file: it must not refer to anything outside itself.
 *
 * After a failure it refuses everything, as SQLite's state and the disk's may differ from then on.
 */
export function sqliteThread(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  type Database = InstanceType<typeof DatabaseSync>;
  type Statement = ReturnType<Database["prepare"]>;
  const { path, schema, checkpointBytes, loggedBytes, room } = workerData as ThreadData;
  const roomBytes = new Uint8Array(room);
  // A page of 4 KiB holds one row of 2 KiB and is half empty; with 16 KiB reading takes 2/3 of the time, and a
  // commit of 32 such rows half. Each transaction writes the last page anew.
  const PAGE_BYTES = 16_384;
  // Values that share one buffer keep it in memory until the last of them is gone, so it is not made large.
  const ROWS_BYTES = 128 * 1_024;
  const ROWS_COUNT = 1_000;
  // Asked nothing for so long, this thread will hardly be asked for a commit the moment it copies the log.
  const IDLE_MS = 50;
  const statements = new Map<string, Statement>();
  let database: Database;
  let broken: string | undefined;
  let sinceCheckpoint = loggedBytes;
  let idleTimer: NodeJS.Timeout | undefined;

  const answer = (message: ThreadAnswer, transfer: ArrayBuffer[] = []): void => {
    parentPort?.postMessage(message, transfer);
  };

  const prepared = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };

  const open = (): void => {
    database = new DatabaseSync(path, { timeout: 5_000 });
    // Has an effect on a new file only.
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    // Checkpoints are made below, after the answer, rather than inside a commit.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    database.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
  };

  const transact = (steps: readonly PackedStep[], bytes: Uint8Array): void => {
    prepared("BEGIN IMMEDIATE").run();
    let offset = 0;
    for (const { sql, count, columns } of steps) {
      const statement = prepared(sql);
      const unpacked = columns.map(({ blobs, values }) => {
        if (!blobs) return values;
        return values.map((size) => (typeof size === "number" ? bytes.subarray(offset, (offset += size)) : size));
      });
      for (let row = 0; row < count; row++) statement.run(...unpacked.map((column) => column[row] ?? null));
    }
    prepared("COMMIT").run();
    sinceCheckpoint += offset + PAGE_BYTES;
  };

  type Row = (string | number | null | Uint8Array)[];

  const sendRows = (rows: readonly Row[], length: number): void => {
    const bytes = new Uint8Array(length);
    let offset = 0;
    const columns = (rows[0] ?? []).map((_, at) => {
      let blobs = false;
      const values = rows.map((row) => {
        const value = row[at] ?? null;
        if (!(value instanceof Uint8Array)) return value;
        blobs = true;
        bytes.set(value, offset);
        offset += value.length;
        return value.length;
      });
      return { blobs, values };
    });
    answer({ kind: "rows", rows: { count: rows.length, columns, bytes } }, [bytes.buffer]);
  };

  const query = (sql: string): void => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    let rows: Row[] = [];
    let length = 0;
    for (const row of statement.iterate() as unknown as Iterable<Row>) {
      rows.push(row);
      for (const value of row) if (value instanceof Uint8Array) length += value.length;
      if (rows.length < ROWS_COUNT && length < ROWS_BYTES) continue;
      sendRows(rows, length);
      [rows, length] = [[], 0];
    }
    if (rows.length > 0) sendRows(rows, length);
  };

  const attempt = (run: () => void): void => {
    try {
      if (broken === undefined) run();
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
      if (database?.isOpen && database.isTransaction) database.exec("ROLLBACK");
    }
    answer(broken === undefined ? { kind: "done" } : { kind: "failed", reason: broken });
  };

  const whenIdle = (): void => {
    idleTimer = undefined;
    if (broken === undefined && sinceCheckpoint >= checkpointBytes.idle) checkpoint();
  };

  const checkpoint = (): void => {
    sinceCheckpoint = 0;
    try {
      prepared("PRAGMA wal_checkpoint(PASSIVE)").all();
    } catch (error) {
      // The log still holds everything, but a disk that cannot be written to is not one to go on with.
      broken = error instanceof Error ? error.message : String(error);
    }
  };

  attempt(open);
  if (sinceCheckpoint >= checkpointBytes.idle) idleTimer = setTimeout(whenIdle, IDLE_MS);
  parentPort?.on("message", (request: ThreadRequest) => {
    if (request.do === "transaction") attempt(() => transact(request.steps, request.bytes ?? roomBytes));
    else if (request.do === "query") attempt(() => query(request.sql));
    else attempt(() => database.close());
    if (request.do === "close") {
      clearTimeout(idleTimer);
      parentPort.close();
    } else if (sinceCheckpoint >= checkpointBytes.most && broken === undefined) checkpoint();
    else if (sinceCheckpoint >= checkpointBytes.idle) {
      idleTimer?.refresh();
      idleTimer ??= setTimeout(whenIdle, IDLE_MS);
    }
  });
}
