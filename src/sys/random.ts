import { randomBytes, randomInt } from "node:crypto";
import type { Random } from "#base/random.ts";

/** The system's own source, fit for secrets. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  below: (below) => randomInt(below),
};
