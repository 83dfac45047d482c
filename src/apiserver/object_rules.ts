import { randomSuffix, type Random } from "#base/random.ts";
import { LIMITS } from "./limits.ts";

/** A name from `generateName` and five random characters. */
export function generatedName(base: string, random: Random): string {
  return base.slice(0, LIMITS.generateNameBaseMax) + randomSuffix(random, 5);
}
