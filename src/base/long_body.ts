import { nextTurn } from "./turn.ts";

/**
 * A body whose length is known and whose bytes are made when they are about to be sent: an answer of many megabytes
 * is never held whole. It is read once, from its beginning to its end.
 */
export interface LongBody {
  readonly byteLength: number;
  /** Writes the next bytes at the beginning of `target`. Returns how many: 0 at the end, and only there. */
  read(target: Uint8Array): number;
}

/** Bytes put together in one turn of the event loop. */
const BYTES_PER_TURN = 1024 * 1024;

/** All of a long body, for who can do nothing with parts of it. */
export async function wholeBody(body: LongBody): Promise<Uint8Array> {
  const bytes = new Uint8Array(body.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const length = body.read(bytes.subarray(at, at + BYTES_PER_TURN));
    if (length === 0) throw new Error(`A body of ${bytes.length} bytes ended after ${at}`);
    at += length;
    await nextTurn();
  }
  return bytes;
}
