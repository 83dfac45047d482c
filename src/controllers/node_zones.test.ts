import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "#api/core/node.ts";
import { EvictionBrake, evictionIntervalMs, zoneState } from "./node_zones.ts";

const NOW_MS = 1_000_000;

function node(name: string, zone: string, ready: boolean): Node {
  const labels = { "topology.kubernetes.io/zone": zone };
  const status = { conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }] };
  return { metadata: { name, labels }, spec: {}, status } as unknown as Node;
}

test("a zone is disturbed when more than two and most of its nodes are lost", () => {
  const cases = [
    [3, 3, "normal"],
    [3, 1, "normal"],
    [5, 2, "partial"],
    [20, 9, "partial"],
    [20, 10, "normal"],
    [3, 0, "full"],
    [1, 0, "full"],
  ] as const;
  for (const [nodes, ready, state] of cases) assert.equal(zoneState({ nodes, ready }), state, `${ready} of ${nodes}`);
  assert.equal(evictionIntervalMs("partial", 50), Infinity);
  assert.equal(evictionIntervalMs("partial", 51), 100_000);
  assert.equal(evictionIntervalMs("full", 3), 10_000);
});

test("each zone lets go of one node in ten seconds", () => {
  const brake = new EvictionBrake();
  for (const [index, zone] of ["a", "a", "a", "a", "b", "b"].entries())
    brake.note(node(`n${index}`, zone, index !== 1));
  assert.deepEqual(
    ["/a", "/a", "/b", "/b"].map((zone) => brake.release(zone, NOW_MS)),
    [true, false, true, false],
  );
  assert.equal(brake.release("/a", NOW_MS + 9_999), false);
  assert.equal(brake.release("/a", NOW_MS + 10_000), true);
});

test("where lost nodes are given up sooner, the next comes sooner, too", () => {
  const brake = new EvictionBrake(0.2);
  for (let index = 0; index < 4; index++) brake.note(node(`n${index}`, "a", index > 1));
  assert.deepEqual(
    [0, 1_999, 2_000].map((ms) => brake.release("/a", NOW_MS + ms)),
    [true, false, true],
  );
});

test("a small zone most of which is lost keeps its pods, one without a node left gives them up to the others", () => {
  const brake = new EvictionBrake();
  for (let index = 0; index < 5; index++) brake.note(node(`a${index}`, "a", index < 2));
  for (let index = 0; index < 3; index++) brake.note(node(`b${index}`, "b", false));
  assert.equal(brake.release("/a", NOW_MS), false);
  assert.equal(brake.release("/b", NOW_MS), true);
});

test("when no zone has a ready node left, nobody is driven out", () => {
  const brake = new EvictionBrake();
  brake.count(() => [node("a", "a", false), node("b", "b", false)], NOW_MS);
  assert.ok(brake.isTotal);
  assert.equal(brake.release("/a", NOW_MS), false);
  brake.note(node("b", "b", true));
  assert.ok(!brake.isTotal);
  assert.equal(brake.release("/a", NOW_MS), true);
  brake.forget("b");
  assert.ok(brake.isTotal);
});
