import type { LongBody } from "#base/long_body.ts";
import type { AnyKind } from "#api/object.ts";
import type { Entry } from "#store/store.ts";
import { wireBytes, writeEntry } from "./object_codec.ts";

const COMMA = 0x2c;
const NOTHING = new Uint8Array();

/** A list of stored objects in JSON, put together piece by piece as its client takes it. Nothing is parsed. */
export class ListBody implements LongBody {
  readonly byteLength: number;
  readonly #kind: AnyKind;
  readonly #entries: readonly Entry[];
  readonly #end: Uint8Array;
  /** What comes next, before the entries from `#next` on: the beginning, or the rest of an entry longer than a piece. */
  #rest: Uint8Array;
  #next = 0;
  #ended = false;

  /**
   * @param start All that stands before the first item.
   * @param end All that stands after the last.
   * @param itemBytes The length of all items (`wireLength`), without the commas between them.
   */
  constructor(kind: AnyKind, entries: readonly Entry[], start: Uint8Array, end: Uint8Array, itemBytes: number) {
    this.#kind = kind;
    this.#entries = entries;
    this.#rest = start;
    this.#end = end;
    this.byteLength = start.length + itemBytes + Math.max(0, entries.length - 1) + end.length;
  }

  read(target: Uint8Array): number {
    let at = this.#takeRest(target, 0);
    while (at < target.length && this.#rest.length === 0) {
      const entry = this.#entries[this.#next];
      if (entry === undefined) {
        if (this.#ended) break;
        this.#ended = true;
        this.#rest = this.#end;
      } else {
        if (this.#next++ > 0) target[at++] = COMMA;
        const end = writeEntry(target, at, this.#kind, entry);
        if (end === undefined) this.#rest = wireBytes(this.#kind, entry);
        else at = end;
      }
      at = this.#takeRest(target, at);
    }
    return at;
  }

  #takeRest(target: Uint8Array, at: number): number {
    if (this.#rest.length === 0) return at;
    const part = this.#rest.subarray(0, target.length - at);
    target.set(part, at);
    this.#rest = part.length === this.#rest.length ? NOTHING : this.#rest.subarray(part.length);
    return at + part.length;
  }
}
