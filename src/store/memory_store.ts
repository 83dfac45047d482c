import { CommittedStore } from "./committed_store.ts";
import type { Journal } from "./committed_store.ts";
import { MemoryIndex } from "./memory_index.ts";
import type { Change, Entry, Revision } from "./store.ts";

/** What a memory disk is asked to do; a hook that throws or rejects makes that fail. */
export interface MemoryDiskHooks {
  beforeCommit?(changes: readonly Change[]): void | Promise<void>;
  /** Throwing here is a failed fsync: the changes may well be on the disk. */
  afterCommit?(changes: readonly Change[]): void | Promise<void>;
  beforeCompact?(compacted: Revision): void | Promise<void>;
}

/**
 * A disk that keeps commits in this process: a store opened on it again finds what was committed, and
 * nothing else, as after a crash.
 */
export class MemoryDisk implements Journal {
  hooks: MemoryDiskHooks;
  #changes: Change[] = [];
  #base = new Map<string, Entry>();
  #compacted: Revision = 0;
  #broken: unknown;

  constructor(hooks: MemoryDiskHooks = {}) {
    this.hooks = hooks;
  }

  async commit(changes: readonly Change[]): Promise<void> {
    await this.#guard(() => this.hooks.beforeCommit?.(changes));
    this.#changes.push(...changes);
    await this.#guard(() => this.hooks.afterCommit?.(changes));
  }

  async compact(compacted: Revision): Promise<void> {
    await this.#guard(() => this.hooks.beforeCompact?.(compacted));
    const kept = this.#changes.findIndex(({ revision }) => revision > compacted);
    for (const { key, entry } of this.#changes.splice(0, kept === -1 ? this.#changes.length : kept)) {
      if (entry === undefined) this.#base.delete(key);
      else this.#base.set(key, entry);
    }
    this.#compacted = compacted;
  }

  async close(): Promise<void> {}

  /** What a store that starts on this disk finds. */
  load(): MemoryIndex {
    this.#broken = undefined;
    const index = new MemoryIndex(this.#base.values(), this.#compacted);
    for (const change of this.#changes) index.apply(change);
    return index;
  }

  /** After one failure every later call fails, as with a file whose fsync failed. */
  async #guard(hook: () => void | Promise<void>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await hook();
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }
}

/** When a commit is made: `run` is called at the end of this turn of the event loop, or in the next. */
type Later = (run: () => void) => void;

/** A store without a disk: for whole clusters in one test process, and for those that need not last. */
export class MemoryStore extends CommittedStore {
  readonly #disk: MemoryDisk;
  readonly #later: Later;

  /**
   * @param disk What an earlier store left behind, and where failures are injected.
   * @param later By default within this turn, each write for itself. Gathered at the turn's end they cost less, and a
   *     flood of them lets others have their turn.
   */
  constructor(disk: MemoryDisk = new MemoryDisk(), later: Later = queueMicrotask) {
    super(disk.load(), disk, later);
    this.#disk = disk;
    this.#later = later;
  }

  /** A store as another process would find it on the same disk. This one must not be used any more. */
  reopen(): MemoryStore {
    return new MemoryStore(this.#disk, this.#later);
  }
}
