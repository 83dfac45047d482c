import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.ts";

const NIGHTLY = process.env["KNARR_NIGHTLY"] === "1";
/** One seed to look at closely: what was done is printed. */
const REPLAY = process.env["KNARR_SEED"];
const SEEDS = REPLAY === undefined ? Array.from({ length: NIGHTLY ? 1_000 : 60 }, (_, at) => at + 1) : [Number(REPLAY)];

const replay = (seed: number) => `replay with: KNARR_SEED=${seed} ./knarr test cluster/seeds`;

test(`whatever is done to a cluster, it ends where one ends that was left alone (${SEEDS.length} seeds)`, async () => {
  const { state: undisturbed } = await chaos(1, 0);
  for (const seed of SEEDS) {
    try {
      const { state, actions } = await chaos(seed);
      if (REPLAY !== undefined) console.log(actions.join("\n"));
      assert.deepEqual(state, undisturbed);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${replay(seed)}`, { cause });
    }
  }
});

test("the same seed gives the same history, byte for byte, and another seed another", async () => {
  const histories = new Set<string>();
  for (const seed of SEEDS.slice(0, 3)) {
    const [first, second] = [await chaos(seed), await chaos(seed)];
    assert.deepEqual(second.actions, first.actions);
    assert.equal(second.history, first.history, `seed ${seed} has two histories; ${replay(seed)}`);
    histories.add(first.history);
  }
  assert.equal(histories.size, Math.min(3, SEEDS.length));
});
