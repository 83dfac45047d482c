import type { CommittedStore } from "./committed_store.ts";
import type { Change, Entry, Range, Revision } from "./store.ts";

/** A store under test and what the suite needs around it. */
export interface Fixture {
  store: CommittedStore;
  /** Closes the store and opens what it left behind as `store`. */
  reopen(): Promise<void>;
  /** Rejects when the store, or what it left on disk so far, contradicts itself. Writes are not under way. */
  check(): Promise<void>;
  dispose(): Promise<void>;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (entry: Entry | undefined): string | undefined =>
  entry === undefined ? undefined : new TextDecoder().decode(entry.value);

/** All that an entry says, to be compared, whether or not it is packed. */
export function plain(entry: Entry | undefined): object | undefined {
  if (entry === undefined) return undefined;
  const { key, value, createRevision, modRevision } = entry;
  return { key, value, createRevision, modRevision };
}

export const plainRange = (range: Range): object => ({ ...range, entries: range.entries.map(plain) });

/** A sink that notes what it is handed, and lets a test wait for it. */
export class Recorder {
  readonly changesSeen: Change[] = [];
  readonly closedWith: Error[] = [];
  #wake: (() => void)[] = [];

  changes(batch: readonly Change[]): void {
    this.changesSeen.push(...batch);
    for (const wake of this.#wake.splice(0)) wake();
  }

  closed(reason: Error): void {
    this.closedWith.push(reason);
    for (const wake of this.#wake.splice(0)) wake();
  }

  get revisions(): Revision[] {
    return this.changesSeen.map(({ revision }) => revision);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}
