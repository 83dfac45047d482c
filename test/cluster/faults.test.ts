import assert from "node:assert/strict";
import { test } from "node:test";
import type { Faults } from "knarr";
import { seededRandom } from "#base/random.ts";
import { differences } from "./final_state.ts";
import { live } from "./live.ts";
import { LIVES } from "./lives.ts";

const SEEDS = process.env["KNARR_NIGHTLY"] === "1" ? 20 : 1;

/**
 * `fault` one time in `times`. By lot: counting would let a writer that tries again at the pace of the leases fail for
 * ever.
 */
function oneIn<T>(seed: number, times: number, fault: T): () => T | undefined {
  const random = seededRandom(seed);
  return () => (random.below(times) === 0 ? fault : undefined);
}

/** What goes wrong, all the time and for everybody. */
const WRONGS: Readonly<Record<string, (seed: number) => Faults>> = {
  "replies to a third of all writes are lost": (seed) => ({ write: oneIn(seed, 3, "loseReply") }),
  "a third of all writes never arrive": (seed) => ({ write: oneIn(seed, 3, "refuse") }),
  "caches are 1.5 s behind": () => ({ watch: () => 1_500 }),
  "some events come late, and all others wait for them": (seed) => ({ watch: oneIn(seed, 5, 700) }),
  "watches break at one event in six": (seed) => ({ watch: oneIn(seed, 6, "break") }),
};

for (const [name, life] of Object.entries(LIVES)) {
  test(`${name}: all ends as if nothing had gone wrong`, async () => {
    const undisturbed = await live(life, {});
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const [wrong, faults] of Object.entries(WRONGS)) {
        const found = differences(await live(life, faults(seed), true), undisturbed);
        assert.equal(found.join("\n"), "", `${wrong}, by seed ${seed}`);
      }
    }
  });
}
