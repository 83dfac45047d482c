import { sizeOfPacked, unpacked, type Model } from "./likeness.ts";
import type { Models } from "./models.ts";
import type { Revision } from "./store.ts";

/** One key as it stood at a revision. It never says anything else. */
export class Entry {
  readonly key: string;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** A text is a packed value, by `#model`. */
  #value: Uint8Array | string;
  #model: Model | undefined;

  constructor(key: string, value: Uint8Array, createRevision: Revision, modRevision: Revision) {
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.#value = value;
    this.#model = undefined;
  }

  /** Never changed in place by anyone. Who looks at it twice keeps it: a packed value is unpacked each time. */
  get value(): Uint8Array {
    return this.beginning(Infinity);
  }

  /** Bytes of the value. */
  get size(): number {
    return typeof this.#value === "string" ? sizeOfPacked(this.#value) : this.#value.length;
  }

  /**
   * The value, or at least its first `bytes`, for less than the whole of a packed one costs.
   *
   * @param room Where a packed one may be unpacked to: what is returned is good until the room is used again.
   */
  beginning(bytes: number, room?: Uint8Array): Uint8Array {
    if (typeof this.#value !== "string" || this.#model === undefined) return this.#value as Uint8Array;
    return unpacked(this.#value, this.#model, bytes, room);
  }

  /** Keeps the value as what it differs in from another, if there is one like it. */
  pack(models: Models): void {
    if (typeof this.#value === "string") return;
    const { model, text } = models.pack(this.key, this.#value) ?? {};
    if (text === undefined) return;
    this.#value = text;
    this.#model = model;
  }
}
