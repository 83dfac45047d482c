import type { ListenerBounds } from "./limits.ts";

/** So many pieces a body may always come in, as a client that types them. */
const PIECES_MIN = 10_000;
/** Bodies up to this are taken whatever else is arriving: a server under a flood of long ones still serves most requests. */
const SHORT_BYTES = 64 * 1024;

/** Why a body is not taken. */
export type BodyRefusal = "too large" | "too slow" | "too much at once";
export type BodyOutcome = Uint8Array | BodyRefusal | "gone";

/** What is held, over all connections of a listener, of bodies that are not all here. */
export class ArrivingBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes room for so many more; false when there is none. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What has come of a body, of which a client cannot make the listener hold more than it may send. */
export class CollectedBody {
  readonly #limits: ListenerBounds;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Room that was taken for it. */
  #taken = 0;

  constructor(limits: ListenerBounds) {
    this.#limits = limits;
  }

  /** @returns Why it may not go on, if it may not. */
  add(piece: Buffer): BodyRefusal | undefined {
    const { requestBytesMax, bodyPiecesPerKibMax, arrivingBytes } = this.#limits;
    this.#length += piece.length;
    const count = this.#pieces.push(piece);
    const isScattered = count > PIECES_MIN && count * 1_024 > this.#length * bodyPiecesPerKibMax;
    if (this.#length > requestBytesMax || isScattered) return "too large";
    if (this.#length <= SHORT_BYTES) return undefined;
    if (!arrivingBytes.take(this.#length - this.#taken)) return "too much at once";
    this.#taken = this.#length;
    return undefined;
  }

  /** Nothing more of it is taken, and what came is forgotten. */
  end(): void {
    this.#limits.arrivingBytes.giveBack(this.#taken);
    this.#pieces = [];
    this.#taken = this.#length = 0;
  }

  whole(): Uint8Array {
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces, this.#length);
  }
}
