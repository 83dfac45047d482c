import { randomFillSync, randomInt } from "node:crypto";
import type { Random } from "#base/random.ts";

/** Bytes drawn from the system at once: asking for 16 costs as much as asking for thousands. */
const POOL_BYTES = 4_096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** The system's own source, fit for secrets. */
export const systemRandom: Random = {
  bytes: (length) => (length > POOL_BYTES ? randomFillSync(new Uint8Array(length)) : pooled(length)),
  below: (below) => randomInt(below),
};

/** Each byte of the pool is given out once, and does not stay behind. */
function pooled(length: number): Uint8Array {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}
