import { Entry } from "./entry.ts";
import type { MemoryIndex } from "./memory_index.ts";
import { ConflictError, StoreClosedError } from "./store.ts";
import type { Change, Range, Revision, Store, Watch, WatchSink } from "./store.ts";
import { WatchHub } from "./watch_hub.ts";

/** Where commits are made durable. Calls are carried out in the order in which they were made. */
export interface Journal {
  /** Resolves when all of `changes` will survive a crash; rejects when that is not certain. */
  commit(changes: readonly Change[]): Promise<void>;
  /** Drops the records of revisions that say nothing any more, as history before `compacted` is gone. */
  compact(compacted: Revision, obsolete: readonly Revision[]): Promise<void>;
  close(): Promise<void>;
}

/** A request in the queue: a write with its change, or a refusal that rests on a write queued before it. */
interface Waiting {
  readonly change: Change | undefined;
  settle(): void;
  fail(error: StoreClosedError): void;
}

const LIMITS = {
  /** Writes in one commit, so that a flood cannot make one that takes seconds. */
  commitChangesMax: 2_000,
  /** Bytes of values in one commit, after which it is closed. */
  commitBytesMax: 8 * 1024 * 1024,
  /** Compacted changes freed in one turn of the event loop. */
  sweepChangesMax: 2_000,
  /** Entries packed in one turn: some 10 µs each. */
  packEntriesMax: 500,
} as const;

/**
 * A store whose reads are served from memory and whose writes are made durable in groups: all writes queued
 * in one turn of the event loop, and all that arrive while a commit is under way, share the next commit.
 *
 * Invariant: the index holds committed changes only. `#pending` holds, for each key with a write queued, what
 * will stand after the last one. A revision is published after it is durable, and never before a lower one.
 */
export class CommittedStore implements Store {
  readonly #index: MemoryIndex;
  readonly #journal: Journal;
  readonly #later: (run: () => void) => void;
  readonly #hub: WatchHub;
  readonly #pending = new Map<string, Change>();
  #queue: Waiting[] = [];
  #assigned: Revision;
  /** True from the moment a commit is to be made until the queue is empty. */
  #committing = false;
  readonly #idle: (() => void)[] = [];
  #sweeping: Promise<void> | undefined;
  #closed: StoreClosedError | undefined;
  #failed = false;
  #closing: Promise<void> | undefined;

  /** @param later Runs a function at the end of this turn of the event loop, or in the next. */
  constructor(index: MemoryIndex, journal: Journal, later: (run: () => void) => void) {
    this.#index = index;
    this.#journal = journal;
    this.#later = later;
    this.#hub = new WatchHub(index, later);
    this.#assigned = index.revision;
  }

  get revision(): Revision {
    return this.#index.revision;
  }

  get compactedRevision(): Revision {
    return this.#index.compactedRevision;
  }

  get(key: string, options: { readonly at?: Revision } = {}): Entry | undefined {
    this.#assertOpen();
    return this.#index.get(key, options.at);
  }

  range(
    prefix: string,
    options: { readonly at?: Revision; readonly after?: string; readonly limit?: number } = {},
  ): Range {
    this.#assertOpen();
    return this.#index.range(prefix, options);
  }

  count(prefix: string): number {
    this.#assertOpen();
    return this.#index.count(prefix);
  }

  put(key: string, value: Uint8Array, expected: Revision | "absent"): Promise<Entry> {
    return this.#write(key, expected, (revision, previous) => {
      const entry = new Entry(key, value, previous?.createRevision ?? revision, revision);
      return { change: { revision, key, entry, previous }, result: entry };
    });
  }

  delete(key: string, expected: Revision): Promise<Change> {
    return this.#write(key, expected, (revision, previous) => {
      const change = { revision, key, entry: undefined, previous };
      return { change, result: change };
    });
  }

  watch(prefix: string, options: { readonly after: Revision }, sink: WatchSink): Watch {
    this.#assertOpen();
    return this.#hub.watch(prefix, options.after, sink);
  }

  async compact(before: Revision): Promise<void> {
    this.#assertOpen();
    this.#index.compact(before);
    this.#hub.closeLagging(this.#index.compactedRevision);
    this.#sweeping ??= this.#sweep();
    await this.#sweeping;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Throws when what is in memory contradicts itself. */
  checkIntegrity(): void {
    this.#index.check();
    if (!this.#committing && this.#pending.size > 0) throw new Error("A write is pending, but no commit is due");
    if (!this.#committing && !this.#failed && this.#hub.published !== this.#index.revision) {
      throw new Error("A commit was not published");
    }
  }

  #write<T>(
    key: string,
    expected: Revision | "absent",
    make: (revision: Revision, previous: Entry | undefined) => { change: Change; result: T },
  ): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (!key.isWellFormed()) return Promise.reject(new TypeError(`Cannot write ${key}: it has no UTF-8 form`));
    const pending = this.#pending.get(key);
    const previous = pending === undefined ? this.#index.get(key) : pending.entry;
    if ((previous?.modRevision ?? "absent") !== expected) {
      const conflict = new ConflictError(key, expected, previous);
      if (pending === undefined) return Promise.reject(conflict);
      // Told only when the write it rests on is durable, so that who is refused can read what stood in the way.
      return new Promise((_, reject) => {
        this.#enqueue({ change: undefined, settle: () => reject(conflict), fail: reject });
      });
    }
    const { change, result } = make(++this.#assigned, previous);
    this.#pending.set(key, change);
    return new Promise((resolve, reject) => {
      this.#enqueue({ change, settle: () => resolve(result), fail: reject });
    });
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#committing) return;
    this.#committing = true;
    this.#later(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const group = this.#takeGroup();
    const changes = group.flatMap(({ change }) => change ?? []);
    try {
      if (changes.length > 0) await this.#journal.commit(changes);
    } catch (error) {
      this.#fail(error, group);
      return;
    }
    for (const change of changes) {
      this.#index.apply(change);
      if (this.#pending.get(change.key) === change) this.#pending.delete(change.key);
    }
    this.#hub.publish(changes);
    for (const waiting of group) waiting.settle();
    if (this.#queue.length > 0) this.#later(() => void this.#commit());
    else this.#rest();
  }

  /** Takes from the queue what makes up the next commit. */
  #takeGroup(): Waiting[] {
    let bytes = 0;
    const end = this.#queue.findIndex(({ change }, at) => {
      bytes += change?.entry?.size ?? 0;
      return at >= LIMITS.commitChangesMax || (at > 0 && bytes > LIMITS.commitBytesMax);
    });
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }

  async #sweep(): Promise<void> {
    for (;;) {
      await new Promise<void>(this.#later);
      if (this.#failed) break;
      const obsolete = this.#index.sweep(LIMITS.sweepChangesMax);
      if (obsolete === undefined) {
        // History that may go meanwhile goes first: it takes more than what packing saves.
        if (this.#index.pack(LIMITS.packEntriesMax)) continue;
        break;
      }
      try {
        await this.#journal.compact(this.#index.compactedRevision, obsolete);
      } catch (error) {
        this.#fail(error, []);
      }
    }
    this.#sweeping = undefined;
    if (this.#failed && this.#closed !== undefined) throw this.#closed;
  }

  async #close(): Promise<void> {
    this.#closed ??= new StoreClosedError("The store was closed");
    if (this.#committing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#sweeping?.catch(() => {});
    this.#hub.closeAll(this.#closed);
    await this.#journal.close();
  }

  /** After a write to disk failed nobody knows what is there, so nothing is acknowledged any more. */
  #fail(cause: unknown, group: readonly Waiting[]): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new StoreClosedError(`The store stopped as a write to disk failed: ${reason}`, { cause });
    this.#closed = error;
    this.#failed = true;
    for (const waiting of [...group, ...this.#queue.splice(0)]) waiting.fail(error);
    this.#pending.clear();
    this.#hub.closeAll(error);
    this.#rest();
  }

  #rest(): void {
    this.#committing = false;
    for (const wake of this.#idle.splice(0)) wake();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }
}
