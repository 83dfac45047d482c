/** What a writer thread starts with. */
export interface WriterData {
  readonly path: string;
  /** Bytes written, roughly, after which the log is copied into the database file. */
  readonly checkpointBytes: number;
}

/** A value in a message: those of bytes lie in the message's buffer. */
export type PackedValue = string | number | null | { readonly offset: number; readonly length: number };

export interface PackedStep {
  readonly sql: string;
  readonly rows: readonly (readonly PackedValue[])[];
}

/** One transaction, or the order to close. Each is answered once, in order. */
export type WriterRequest =
  | { readonly steps: readonly PackedStep[]; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly close: true };

export type WriterAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * The body of the thread that writes. It is started from its own source text (`toString`), so that it runs
 * alike from sources and from a bundle of one file: it must not refer to anything outside itself.
 *
 * After a failure it refuses everything, as SQLite's state and the disk's may differ from then on.
 */
export function sqliteWriter(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  type Statement = ReturnType<InstanceType<typeof DatabaseSync>["prepare"]>;
  const { path, checkpointBytes } = workerData as WriterData;
  // Each page of a transaction's tail is written anew: two pages of 4 KiB on average.
  const TRANSACTION_BYTES = 8_192;
  const database = new DatabaseSync(path, { timeout: 5_000 });
  // Checkpoints are made below, after the answer, rather than inside a commit.
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
  const statements = new Map<string, Statement>();
  let broken: string | undefined;
  let unchecked = 0;

  const prepared = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };

  const transact = (steps: readonly PackedStep[], bytes: Uint8Array<ArrayBuffer>): void => {
    prepared("BEGIN IMMEDIATE").run();
    for (const { sql, rows } of steps) {
      const statement = prepared(sql);
      for (const row of rows) {
        const values = row.map((value) =>
          typeof value === "object" && value !== null
            ? bytes.subarray(value.offset, value.offset + value.length)
            : value,
        );
        statement.run(...values);
      }
    }
    prepared("COMMIT").run();
    unchecked += bytes.length + TRANSACTION_BYTES;
  };

  const answerTo = (request: WriterRequest): WriterAnswer => {
    if (broken !== undefined) return { ok: false, reason: broken };
    try {
      if ("close" in request) database.close();
      else transact(request.steps, request.bytes);
      return { ok: true };
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
      if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
      return { ok: false, reason: broken };
    }
  };

  parentPort?.on("message", (request: WriterRequest) => {
    parentPort.postMessage(answerTo(request), []);
    if ("close" in request) {
      parentPort.close();
      return;
    }
    if (unchecked < checkpointBytes || broken !== undefined) return;
    unchecked = 0;
    try {
      prepared("PRAGMA wal_checkpoint(PASSIVE)").all();
    } catch (error) {
      // The log still holds everything, but a disk that cannot be written to is not one to go on with.
      broken = error instanceof Error ? error.message : String(error);
    }
  });
}
