/** What the ordered set needs of its members. `live` may change; tell the set through `liveChanged`. */
export interface Keyed {
  readonly key: string;
  /** Counted by `countLive`; a member that is not live is only remembered. */
  readonly live: boolean;
}

/** A place in the set: chunk and offset inside it. Good until the next insertion or removal. */
interface Place {
  chunk: number;
  offset: number;
}

interface Chunk<T> {
  readonly items: T[];
  live: number;
}

/** Members per chunk at most. An insertion moves half of this on average, far below a microsecond. */
const CHUNK_MAX = 512;

/**
 * Members ordered by key (UTF-16 code units), in sorted chunks of at most 512: an insertion shifts one chunk
 * and not the whole set, and counting the live ones under a prefix adds up chunks rather than members.
 *
 * Invariant: no chunk is empty; keys ascend strictly within and across chunks; `live` of a chunk is the
 * number of its live members.
 */
export class OrderedKeys<T extends Keyed> {
  #chunks: Chunk<T>[] = [];

  /** @param sorted Members in strictly ascending order of key. */
  constructor(sorted: readonly T[] = []) {
    const fill = CHUNK_MAX / 2;
    for (let at = 0; at < sorted.length; at += fill) this.#chunks.push(chunkOf(sorted.slice(at, at + fill)));
  }

  /** Adds a member whose key is not in the set. */
  insert(item: T): void {
    const at = this.#chunkFor(item.key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push(chunkOf([item]));
      return;
    }
    chunk.items.splice(offsetOf(chunk, item.key), 0, item);
    if (item.live) chunk.live++;
    if (chunk.items.length <= CHUNK_MAX) return;
    // Keys that only ever grow fill the last chunk: leave it nearly full rather than half empty.
    const cut = at === this.#chunks.length - 1 ? CHUNK_MAX - 32 : CHUNK_MAX / 2;
    this.#chunks.splice(at, 1, chunkOf(chunk.items.slice(0, cut)), chunkOf(chunk.items.slice(cut)));
  }

  remove(item: T): void {
    const at = this.#chunkFor(item.key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const offset = offsetOf(chunk, item.key);
    if (chunk.items[offset] !== item) return;
    chunk.items.splice(offset, 1);
    if (item.live) chunk.live--;
    if (chunk.items.length === 0) this.#chunks.splice(at, 1);
  }

  /** To be called when a member's `live` has turned to what it is now. */
  liveChanged(item: T): void {
    const chunk = this.#chunks[this.#chunkFor(item.key)];
    if (chunk !== undefined) chunk.live += item.live ? 1 : -1;
  }

  /** Calls `visit` for members under `prefix` with keys above `after`, in order, until it returns false. */
  visit(prefix: string, after: string | undefined, visit: (item: T) => boolean): void {
    const place = this.#start(prefix, after);
    for (; place.chunk < this.#chunks.length; place.chunk++, place.offset = 0) {
      const items = this.#chunks[place.chunk]?.items ?? [];
      // When the last key is under the prefix all are: 10,000 keys need not be fetched from memory to be looked at.
      const whole = items.at(-1)?.key.startsWith(prefix) ?? false;
      for (; place.offset < items.length; place.offset++) {
        const item = items[place.offset] as T;
        if ((!whole && !item.key.startsWith(prefix)) || !visit(item)) return;
      }
    }
  }

  /** How many live members are under `prefix` with keys above `after`. */
  countLive(prefix: string, after?: string): number {
    const start = this.#start(prefix, after);
    const inRange = (item: T | undefined) => item !== undefined && (item.key < prefix || item.key.startsWith(prefix));
    let count = 0;
    for (let at = start.chunk; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] as Chunk<T>;
      const from = at === start.chunk ? start.offset : 0;
      const whole = inRange(chunk.items.at(-1));
      if (from === 0 && whole) {
        count += chunk.live;
        continue;
      }
      const end = whole ? chunk.items.length : lowerBound(chunk.items.length, (i) => !inRange(chunk.items[i]));
      for (let i = from; i < end; i++) if (chunk.items[i]?.live) count++;
      if (!whole) break;
    }
    return count;
  }

  /** Throws when an invariant of the class does not hold. */
  check(): void {
    let last: string | undefined;
    for (const chunk of this.#chunks) {
      if (chunk.items.length === 0 || chunk.items.length > CHUNK_MAX) throw new Error("A chunk is empty or too long");
      if (chunk.live !== chunkOf(chunk.items).live) throw new Error("A chunk counts its live members wrongly");
      for (const { key } of chunk.items) {
        if (last !== undefined && key <= last) throw new Error(`Key "${key}" stands after "${last}"`);
        last = key;
      }
    }
  }

  /** The first place whose key is under or above `prefix`, and above `after`. */
  #start(prefix: string, after: string | undefined): Place {
    const past = (key: string) => key >= prefix && (after === undefined || key > after);
    const chunk = lowerBound(this.#chunks.length, (i) => past(this.#chunks[i]?.items.at(-1)?.key ?? ""));
    const items = this.#chunks[chunk]?.items ?? [];
    return { chunk, offset: lowerBound(items.length, (i) => past(items[i]?.key ?? "")) };
  }

  /** The chunk that holds `key` or should: the first whose last key is not below it, else the last. */
  #chunkFor(key: string): number {
    const at = lowerBound(this.#chunks.length, (i) => (this.#chunks[i]?.items.at(-1)?.key ?? "") >= key);
    return Math.min(at, Math.max(0, this.#chunks.length - 1));
  }
}

function chunkOf<T extends Keyed>(items: T[]): Chunk<T> {
  let live = 0;
  for (const item of items) if (item.live) live++;
  return { items, live };
}

function offsetOf<T extends Keyed>(chunk: Chunk<T>, key: string): number {
  return lowerBound(chunk.items.length, (i) => (chunk.items[i]?.key ?? "") >= key);
}

/** The least i below `length` for which `holds(i)`, else `length`; once it holds it must go on holding. */
export function lowerBound(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
