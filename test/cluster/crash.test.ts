import assert from "node:assert/strict";
import { test } from "node:test";
import { startControllers } from "#controllers/all.ts";
import { World } from "#controllers/world_suite.ts";
import type { Faults } from "knarr";
import { differences } from "./final_state.ts";
import { live } from "./live.ts";
import { LIVES } from "./lives.ts";

/** One write to look at closely. */
const REPLAY = process.env["KNARR_WRITE"];

/** Faults that let the writes of one component pass, and count them. */
function counting(component: string): { readonly faults: Faults; readonly writes: string[] } {
  const writes: string[] = [];
  const faults: Faults = {
    write(write) {
      if (write.component === component) writes.push(`${write.method} ${write.path}`);
      return undefined;
    },
  };
  return { faults, writes };
}

const componentOf = (name: string) => (name === "scheduler" ? name : `controllers/${name}`);

for (const [name, life] of Object.entries(LIVES)) {
  test(`${name} may die after any of its writes: all ends as if it had lived`, async () => {
    const { faults, writes } = counting(componentOf(name));
    const undisturbed = await live(life, faults);
    assert.ok(writes.length > 0, "it has written something");
    for (let at = 0; at < writes.length; at++) {
      if (REPLAY !== undefined && at !== Number(REPLAY)) continue;
      let count = 0;
      const crash: Faults = {
        write: ({ component }) => (component === componentOf(name) && count++ === at ? "crash" : undefined),
      };
      const replay = `KNARR_WRITE=${at} ./knarr test cluster/crash`;
      const found = differences(await live(life, crash), undisturbed);
      assert.equal(found.join("\n"), "", `died after write ${at}, ${writes[at]}; ${replay}`);
    }
  });
}

test("every controller has a life to die in", async () => {
  const world = await World.create();
  const names: string[] = ["scheduler"];
  const controllers = startControllers({
    clientFor: (name) => {
      names.push(name);
      return world.client;
    },
    informers: world.informers,
    clock: world.clock,
    random: world.random,
    log: world.log,
    registry: world.registry,
    rootCertificate: "PEM",
  });
  await world.run(100);
  await controllers.stop();
  await world.stop();
  assert.deepEqual(Object.keys(LIVES).toSorted(), names.toSorted(), "test/cluster/lives.ts has a row for each");
});
