/** So many of the newest streams are known by how they ended; of older ones nothing is on its way any more. */
const KNOWN = 1_024;

/** How a stream ended: whether by the client's word or by ours, after which more of the client's may be on its way. */
export const END = { never: 0, byClient: 1, byUs: 2, unknown: 3 } as const;

export type End = (typeof END)[keyof typeof END];

/** What became of a connection's streams (RFC 9113, 5.1). */
export class ClosedStreams {
  readonly #ends = new Uint8Array(KNOWN);
  /** The newest stream that the client has opened; all that are older are closed or open, and no longer idle. */
  last = 0;

  /** @param id Of a stream newer than `last`; those between were never opened. */
  opened(id: number): void {
    const skipped = Math.min(KNOWN, (id - this.last) >> 1);
    for (let back = 0; back < skipped; back++) this.#ends[slot(id - 2 * back)] = END.never;
    this.last = id;
  }

  ended(id: number, end: End): void {
    if (this.last - id < 2 * KNOWN) this.#ends[slot(id)] = end;
  }

  /** Of a stream that is neither idle nor open. */
  endOf(id: number): End {
    return this.last - id < 2 * KNOWN ? ((this.#ends[slot(id)] ?? END.unknown) as End) : END.unknown;
  }
}

function slot(id: number): number {
  return (id >> 1) % KNOWN;
}
