import type { MemoryIndex } from "./memory_index.ts";
import { CompactedError } from "./store.ts";
import type { Change, Revision, StoreClosedError, Watch, WatchSink } from "./store.ts";

/** Changes looked through in one turn of catching up: under a millisecond, so others are not held up. */
const CATCH_UP_STEP = 2_000;

class Watcher implements Watch {
  readonly prefix: string;
  readonly sink: WatchSink;
  /** Changes up to here were handed over or did not concern this watch. */
  handed: Revision;
  live = false;
  closed = false;
  readonly #hub: WatchHub;

  constructor(hub: WatchHub, prefix: string, after: Revision, sink: WatchSink) {
    this.#hub = hub;
    this.prefix = prefix;
    this.handed = after;
    this.sink = sink;
  }

  get revision(): Revision {
    return this.live ? Math.max(this.handed, this.#hub.published) : this.handed;
  }

  close(): void {
    this.#hub.remove(this);
  }
}

/**
 * Hands every change to the watches it concerns: past ones in steps, then each commit as it is published.
 *
 * Invariant: a live watch was handed everything up to `published`; while a commit is being published, each
 * was handed either all or none of it.
 */
export class WatchHub {
  readonly #index: MemoryIndex;
  readonly #later: (run: () => void) => void;
  readonly #all = new Set<Watcher>();
  /** Live watches by prefix. Kubernetes has thousands of watches on few prefixes. */
  readonly #live = new Map<string, Set<Watcher>>();
  /** How many prefixes in `#live` have each length, so a key finds its prefixes by slicing, not by scanning. */
  readonly #lengths = new Map<number, number>();
  #published: Revision;

  /** @param later Runs a step of catching up in a later turn of the event loop. */
  constructor(index: MemoryIndex, later: (run: () => void) => void) {
    this.#index = index;
    this.#later = later;
    this.#published = index.revision;
  }

  /** Every live watch was handed everything up to here. */
  get published(): Revision {
    return this.#published;
  }

  watch(prefix: string, after: Revision, sink: WatchSink): Watch {
    const compacted = this.#index.compactedRevision;
    if (after < compacted) throw new CompactedError(after, compacted);
    const watcher = new Watcher(this, prefix, after, sink);
    this.#all.add(watcher);
    if (after >= this.#index.revision) this.#enliven(watcher);
    else this.#later(() => this.#catchUp(watcher));
    return watcher;
  }

  /** Hands a commit that the index has taken in to all live watches. */
  publish(changes: readonly Change[]): void {
    const last = changes.at(-1)?.revision;
    if (last === undefined) return;
    const failures: unknown[] = [];
    for (const [prefix, batch] of this.#byPrefix(changes)) {
      for (const watcher of this.#live.get(prefix) ?? []) {
        if (watcher.handed >= last) continue;
        const first = batch[0]?.revision ?? last;
        const fresh = watcher.handed < first ? batch : batch.filter((change) => change.revision > watcher.handed);
        watcher.handed = last;
        this.#hand(watcher, fresh, failures);
      }
    }
    this.#published = last;
    // A sink that throws is a bug in its owner: the others get their changes first, then it surfaces.
    for (const failure of failures) {
      queueMicrotask(() => {
        throw failure;
      });
    }
  }

  /** Closes the watches that still need history before `compacted`. */
  closeLagging(compacted: Revision): void {
    for (const watcher of this.#all) {
      if (watcher.live || watcher.handed >= compacted) continue;
      this.remove(watcher);
      watcher.sink.closed(new CompactedError(watcher.handed, compacted));
    }
  }

  closeAll(reason: StoreClosedError): void {
    for (const watcher of this.#all) {
      this.remove(watcher);
      watcher.sink.closed(reason);
    }
  }

  remove(watcher: Watcher): void {
    if (watcher.closed) return;
    watcher.closed = true;
    this.#all.delete(watcher);
    const group = this.#live.get(watcher.prefix);
    if (!group?.delete(watcher) || group.size > 0) return;
    this.#live.delete(watcher.prefix);
    const { length } = watcher.prefix;
    const left = (this.#lengths.get(length) ?? 1) - 1;
    if (left === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, left);
  }

  #enliven(watcher: Watcher): void {
    watcher.live = true;
    const group = this.#live.get(watcher.prefix);
    if (group !== undefined) {
      group.add(watcher);
      return;
    }
    this.#live.set(watcher.prefix, new Set([watcher]));
    const { length } = watcher.prefix;
    this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
  }

  #catchUp(watcher: Watcher): void {
    if (watcher.closed) return;
    const past = this.#index.changesAfter(watcher.handed, CATCH_UP_STEP);
    watcher.handed = past.at(-1)?.revision ?? watcher.handed;
    // Live before the sink is called: a commit it causes must not find the watch between the two states.
    if (watcher.handed >= this.#index.revision) this.#enliven(watcher);
    else this.#later(() => this.#catchUp(watcher));
    const concerning = past.filter((change) => change.key.startsWith(watcher.prefix));
    if (concerning.length > 0) watcher.sink.changes(concerning);
  }

  #hand(watcher: Watcher, batch: readonly Change[], failures: unknown[]): void {
    if (batch.length === 0 || watcher.closed) return;
    try {
      watcher.sink.changes(batch);
    } catch (error) {
      failures.push(error);
    }
  }

  /** The changes under each prefix that is watched; one array serves all watches of a prefix. */
  #byPrefix(changes: readonly Change[]): Map<string, Change[]> {
    const batches = new Map<string, Change[]>();
    for (const change of changes) {
      for (const length of this.#lengths.keys()) {
        if (length > change.key.length) continue;
        const prefix = change.key.slice(0, length);
        const batch = batches.get(prefix);
        if (batch !== undefined) batch.push(change);
        else if (this.#live.has(prefix)) batches.set(prefix, [change]);
      }
    }
    return batches;
  }
}
