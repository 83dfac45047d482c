import assert from "node:assert/strict";
import { test } from "node:test";
import type { Faults } from "knarr";
import { differences } from "./final_state.ts";
import { live } from "./live.ts";
import { LIVES } from "./lives.ts";

/** Every `period`th time `fault`, beginning with the first. */
function every<T>(period: number, fault: T): () => T | undefined {
  let count = 0;
  return () => (count++ % period === 0 ? fault : undefined);
}

/** What goes wrong, all the time and for everybody. */
const WRONGS: Readonly<Record<string, () => Faults>> = {
  "replies to a third of all writes are lost": () => ({ write: every(3, "loseReply") }),
  "a third of all writes never arrive": () => ({ write: every(3, "refuse") }),
  "caches are 1.5 s behind": () => ({ watch: () => 1_500 }),
  "some events come late, and all others wait for them": () => ({ watch: every(5, 700) }),
  "watches break at every sixth event": () => ({ watch: every(6, "break") }),
};

for (const [name, life] of Object.entries(LIVES)) {
  test(`${name}: all ends as if nothing had gone wrong`, async () => {
    const undisturbed = await live(life, {});
    for (const [wrong, faults] of Object.entries(WRONGS)) {
      const found = differences(await live(life, faults(), true), undisturbed);
      assert.equal(found.join("\n"), "", wrong);
    }
  });
}
