import type { Entry } from "./entry.ts";

export type { Entry };

/** A position in history: 1 for the first write, one more for each after it. At 100,000 writes a
 *  second a safe integer lasts some 2,800 years. */
export type Revision = number;

/** One write: `entry` is what stands now (absent after a delete), `previous` what stood before. */
export interface Change {
  readonly revision: Revision;
  readonly key: string;
  readonly entry: Entry | undefined;
  readonly previous: Entry | undefined;
}

export interface Range {
  readonly entries: readonly Entry[];
  /** Keys under the prefix after the last entry returned; 0 when the range is complete. */
  readonly remaining: number;
  /** The revision the whole range was read at. */
  readonly revision: Revision;
}

export interface WatchSink {
  /** Changes of one commit or one catch-up step, in order, each exactly once. Called synchronously after commit. */
  changes(batch: readonly Change[]): void;
  /** The watch cannot go on: history it needs was compacted, or the store is closing. Called at most once. */
  closed(reason: CompactedError | StoreClosedError): void;
}

export interface Watch {
  /** Every change up to and including this revision has been handed over (a progress mark). */
  readonly revision: Revision;
  close(): void;
}

/**
 * An ordered map (keys compared by UTF-16 code unit) that remembers its past. A read sees one revision throughout.
 * Reads throw, and writes reject with, StoreClosedError once the store was closed or could not write to its disk.
 */
export interface Store {
  /** The newest committed revision; 0 before the first write. */
  readonly revision: Revision;
  /** History before this revision is gone; reads at it still work. */
  readonly compactedRevision: Revision;

  /** The entry at `key`, or undefined. With `at`, as it stood then; throws CompactedError, FutureRevisionError. */
  get(key: string, options?: { readonly at?: Revision }): Entry | undefined;

  /** Entries under `prefix` with keys > `after`, at most `limit`. Throws CompactedError, FutureRevisionError. */
  range(prefix: string, options?: { readonly at?: Revision; readonly after?: string; readonly limit?: number }): Range;

  /** How many keys stand under `prefix` now. */
  count(prefix: string): number;

  /**
   * Writes if `key` is still at `expected`; durable and published on return. Rejects with ConflictError, and with
   * TypeError if the key has no UTF-8 form (a lone surrogate).
   */
  put(key: string, value: Uint8Array, expected: Revision | "absent"): Promise<Entry>;

  /** Removes `key` if it is still at `expected`; durable and published on return. Rejects with ConflictError. */
  delete(key: string, expected: Revision): Promise<Change>;

  /** Every change under `prefix` after revision `after`, past ones first. Throws CompactedError. */
  watch(prefix: string, options: { readonly after: Revision }, sink: WatchSink): Watch;

  /** Forgets history before `before`; watches that still needed it are closed. Never above `revision`. */
  compact(before: Revision): Promise<void>;

  /** Waits for writes in hand, then releases everything. Later calls reject with StoreClosedError. */
  close(): Promise<void>;
}

/** The key was not where the writer believed; `current` is what is there now, if anything. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  readonly current: Entry | undefined;

  constructor(key: string, expected: Revision | "absent", current: Entry | undefined) {
    super(`Cannot write "${key}" as it must be at ${expected}: it is at ${current?.modRevision ?? "absent"}`);
    this.current = current;
  }
}

/** The revision asked for is older than what is kept. */
export class CompactedError extends Error {
  override readonly name = "CompactedError";
  readonly compactedRevision: Revision;

  constructor(asked: Revision, compacted: Revision) {
    super(`Cannot read revision ${asked}: history before ${compacted} has been compacted`);
    this.compactedRevision = compacted;
  }
}

/** The revision asked for has not happened yet. */
export class FutureRevisionError extends Error {
  override readonly name = "FutureRevisionError";
  readonly revision: Revision;

  constructor(asked: Revision, current: Revision) {
    super(`Cannot read revision ${asked}: the newest is ${current}`);
    this.revision = current;
  }
}

/** The store was closed, or refuses to go on after a failed write to disk. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}
