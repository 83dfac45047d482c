import type { Entry } from "./entry.ts";

/** Directories that are kept in mind: those of kinds, and of what admission asks for in each namespace. */
const DIRECTORIES_MAX = 10_000;
/** Lists of more entries are not kept. */
const KEPT_ENTRIES_MAX = 100;

/** What lies under a prefix that ends in a slash. */
interface Directory {
  /** How many keys live there. */
  live: number;
  /** All of them in order, if that was asked for since the last change there, and they are few. */
  entries: readonly Entry[] | undefined;
}

/**
 * Directories that were asked for: how much lives in each, and the few entries of small ones. Admission looks at classes,
 * limits and quotas, of which there are none or a few, at each write.
 */
export class Directories {
  readonly #known = new Map<string, Directory>();
  /** The known directories around each directory in which something was written. */
  readonly #around = new Map<string, readonly Directory[]>();

  /** How many keys live in a directory; `count` is called the first time. */
  live(prefix: string, count: () => number): number {
    const known = this.#known.get(prefix);
    if (known !== undefined) return known.live;
    const live = count();
    if (prefix.endsWith("/") && this.#known.size < DIRECTORIES_MAX) {
      this.#known.set(prefix, { live, entries: undefined });
      this.#around.clear();
    }
    return live;
  }

  /** The entries of a directory, if they were kept since the last change there. */
  entries(prefix: string): readonly Entry[] | undefined {
    return this.#known.get(prefix)?.entries;
  }

  /** Keeps the entries of a directory, all of them as they stand now, if it is known and they are few. */
  keep(prefix: string, entries: readonly Entry[]): void {
    const known = this.#known.get(prefix);
    if (known !== undefined && entries.length <= KEPT_ENTRIES_MAX) known.entries = entries;
  }

  /** Notes a change at a key, by which so many more keys live than before: -1, 0 or 1. */
  changed(key: string, difference: number): void {
    for (const directory of this.#aroundOf(key)) {
      directory.live += difference;
      directory.entries = undefined;
    }
  }

  /** Throws when a directory was counted wrong, or shows what is not there. */
  check(standing: (prefix: string) => readonly Entry[]): void {
    for (const [prefix, { live, entries }] of this.#known) {
      const right = standing(prefix);
      if (live !== right.length) throw new Error(`"${prefix}" was counted wrong`);
      if (entries?.some((entry, at) => entry !== right[at]) === true) throw new Error(`"${prefix}" was kept wrong`);
    }
  }

  #aroundOf(key: string): readonly Directory[] {
    const own = key.slice(0, key.lastIndexOf("/") + 1);
    const around = this.#around.get(own);
    if (around !== undefined) return around;
    const found: Directory[] = [];
    for (let end = own.length; end > 0; end = end === 1 ? 0 : own.lastIndexOf("/", end - 2) + 1) {
      const directory = this.#known.get(own.slice(0, end));
      if (directory !== undefined) found.push(directory);
    }
    if (this.#around.size >= DIRECTORIES_MAX) this.#around.clear();
    this.#around.set(own, found);
    return found;
  }
}
