import { Directories } from "./directories.ts";
import { Models } from "./models.ts";
import { lowerBound, OrderedKeys } from "./ordered_keys.ts";
import { CompactedError, FutureRevisionError } from "./store.ts";
import type { Change, Entry, Range, Revision } from "./store.ts";

/** One key with its past. */
class Track {
  readonly key: string;
  current: Entry | undefined;
  /** Changes after the compacted revision, oldest first; undefined when there is none. */
  history: Change[] | undefined;

  constructor(key: string, current: Entry | undefined) {
    this.key = key;
    this.current = current;
  }

  get live(): boolean {
    return this.current !== undefined;
  }

  at(revision: Revision): Entry | undefined {
    const history = this.history;
    if (history === undefined || (history.at(-1)?.revision ?? 0) <= revision) return this.current;
    const after = lowerBound(history.length, (i) => (history[i]?.revision ?? 0) > revision);
    // The first change after the revision remembers what stood before it, also when that is all that is kept.
    return history[after]?.previous;
  }
}

/**
 * Every key as it stands and as it stood at each revision since the last compaction, in memory.
 *
 * Invariant: `#log` holds exactly the changes of revisions `#swept` + 1 to `revision`, without a gap; a
 * track's history holds those of its key; a track without entry has a history.
 */
export class MemoryIndex {
  readonly #tracks = new Map<string, Track>();
  /** Made when first asked for: sorting all keys at once after loading takes a third of inserting each. */
  #ordered: OrderedKeys<Track> | undefined;
  #log: Change[] = [];
  /** What stands without a past that is remembered, and is to be packed. */
  #settled: Track[] = [];
  readonly #models = new Models();
  readonly #directories = new Directories();
  #revision: Revision;
  #compacted: Revision;
  /** History up to here is gone from memory; behind `#compacted` while a compaction is under way. */
  #swept: Revision;

  /** @param base All entries as they stood at `compacted`, in any order. */
  constructor(base: Iterable<Entry> = [], compacted: Revision = 0) {
    for (const entry of base) this.#tracks.set(entry.key, new Track(entry.key, entry));
    this.#revision = this.#compacted = this.#swept = compacted;
  }

  get revision(): Revision {
    return this.#revision;
  }

  get compactedRevision(): Revision {
    return this.#compacted;
  }

  get(key: string, at?: Revision): Entry | undefined {
    const track = this.#tracks.get(key);
    if (at === undefined) return track?.current;
    this.#assertReadable(at);
    return track?.at(at);
  }

  range(prefix: string, options: { at?: Revision; after?: string; limit?: number } = {}): Range {
    const at = options.at ?? this.#revision;
    this.#assertReadable(at);
    const limit = options.limit ?? Infinity;
    const newest = at === this.#revision;
    const isWhole = newest && options.after === undefined && limit === Infinity;
    const kept = isWhole ? this.#directories.entries(prefix) : undefined;
    if (kept !== undefined) return { entries: kept, remaining: 0, revision: at };
    const entries: Entry[] = [];
    if (newest && this.count(prefix) === 0) return { entries, remaining: 0, revision: at };
    let remaining = 0;
    this.#inOrder().visit(prefix, options.after, (track) => {
      const entry = newest ? track.current : track.at(at);
      if (entry === undefined) return true;
      if (entries.length < limit) entries.push(entry);
      else remaining++;
      return !newest || entries.length < limit;
    });
    // At an older revision the rest had to be visited, as each key may have come or gone since.
    if (newest && entries.length >= limit) {
      remaining = this.#inOrder().countLive(prefix, entries.at(-1)?.key ?? options.after);
    }
    if (isWhole) this.#directories.keep(prefix, entries);
    return { entries, remaining, revision: at };
  }

  /** Keys that live under `prefix`; looked for once, and counted from then on, where that is a directory. */
  count(prefix: string): number {
    return this.#directories.live(prefix, () => this.#inOrder().countLive(prefix));
  }

  /** Takes in the next change; its revision must be one above `revision`, its `previous` what stands now. */
  apply(change: Change): void {
    if (change.revision !== this.#revision + 1) {
      throw new Error(`Revision ${change.revision} cannot follow ${this.#revision}`);
    }
    let track = this.#tracks.get(change.key);
    if (track === undefined) {
      track = new Track(change.key, undefined);
      this.#tracks.set(change.key, track);
      this.#ordered?.insert(track);
    }
    if (track.current !== change.previous) throw new Error(`Revision ${change.revision} does not follow its previous`);
    const wasLive = track.live;
    track.current = change.entry;
    if (track.live !== wasLive) this.#ordered?.liveChanged(track);
    this.#directories.changed(change.key, Number(track.live) - Number(wasLive));
    // Most are written once while they are remembered; an array that is pushed to has room for 17.
    if (track.history === undefined) track.history = [change];
    else track.history.push(change);
    this.#log.push(change);
    this.#revision = change.revision;
  }

  /** Changes after revision `after`, at most `limit`, in order. Throws CompactedError. */
  changesAfter(after: Revision, limit: number): readonly Change[] {
    if (after < this.#compacted) throw new CompactedError(after, this.#compacted);
    return this.#log.slice(after - this.#swept, after - this.#swept + limit);
  }

  /** From now on no revision before `before` can be read; `sweep` frees what it took. */
  compact(before: Revision): void {
    this.#compacted = Math.max(this.#compacted, Math.min(before, this.#revision));
  }

  /**
   * Frees history of at most `limit` compacted changes.
   *
   * @returns The revisions whose change says nothing any more: it was replaced, or it was a removal. Undefined
   *   when there was nothing left to free.
   */
  sweep(limit: number): Revision[] | undefined {
    const gone = this.#log.slice(0, Math.min(limit, this.#compacted - this.#swept));
    const last = gone.at(-1);
    if (last === undefined) return undefined;
    const obsolete: Revision[] = [];
    const tracks = new Set<Track>();
    for (const change of gone) {
      if (change.previous !== undefined) obsolete.push(change.previous.modRevision);
      if (change.entry === undefined) obsolete.push(change.revision);
      tracks.add(this.#tracks.get(change.key) as Track);
    }
    for (const track of tracks) this.#forget(track, last.revision);
    this.#log.splice(0, gone.length);
    this.#swept = last.revision;
    return obsolete;
  }

  /**
   * Packs at most `limit` of the entries whose past `sweep` has freed: what nobody has written for as long as history
   * is kept is likely to stand for longer.
   *
   * @returns Whether there may be more.
   */
  pack(limit: number): boolean {
    for (const track of this.#settled.splice(-limit)) {
      if (track.history === undefined) track.current?.pack(this.#models);
    }
    return this.#settled.length > 0;
  }

  /** Throws when an invariant of the class does not hold. */
  check(): void {
    this.#inOrder().check();
    this.#directories.check((prefix) => this.#standing(prefix));
    if (this.#swept > this.#compacted || this.#compacted > this.#revision)
      throw new Error("Revisions are out of order");
    const last = new Map<string, Change>();
    for (const [at, change] of this.#log.entries()) {
      if (change.revision !== this.#swept + at + 1) throw new Error(`The log has a gap before ${change.revision}`);
      const before = last.get(change.key);
      if (before !== undefined && before.entry !== change.previous) {
        throw new Error(`Revision ${change.revision} does not remember what stood before`);
      }
      if (!this.#tracks.get(change.key)?.history?.includes(change)) throw new Error(`"${change.key}" lost a change`);
      last.set(change.key, change);
    }
    if (this.#log.length !== this.#revision - this.#swept) throw new Error("The log does not reach the revision");
    for (const track of this.#tracks.values()) {
      const newest = last.get(track.key);
      if (newest !== undefined && newest.entry !== track.current)
        throw new Error(`"${track.key}" is not at its newest`);
      if (newest === undefined && track.current === undefined) throw new Error(`"${track.key}" was not forgotten`);
    }
  }

  /** What stands under a prefix, in order. */
  #standing(prefix: string): Entry[] {
    const entries: Entry[] = [];
    this.#inOrder().visit(prefix, undefined, ({ current }) => {
      if (current !== undefined) entries.push(current);
      return true;
    });
    return entries;
  }

  #inOrder(): OrderedKeys<Track> {
    // Without a comparator keys are compared by code unit, natively.
    this.#ordered ??= new OrderedKeys([...this.#tracks.keys()].sort().map((key) => this.#tracks.get(key) as Track));
    return this.#ordered;
  }

  #forget(track: Track, upTo: Revision): void {
    const history = track.history ?? [];
    history.splice(
      0,
      lowerBound(history.length, (i) => (history[i]?.revision ?? 0) > upTo),
    );
    if (history.length > 0) return;
    track.history = undefined;
    if (track.live) {
      this.#settled.push(track);
      return;
    }
    this.#tracks.delete(track.key);
    this.#ordered?.remove(track);
  }

  #assertReadable(at: Revision): void {
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    if (at < this.#compacted) throw new CompactedError(at, this.#compacted);
  }
}
