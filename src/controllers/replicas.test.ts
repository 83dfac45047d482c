import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/core/pod.ts";
import { NOW_MS, pod } from "./fixtures.ts";
import { countReplicas, nextAvailableMs, planReplicas } from "./replicas.ts";
import { slowStart } from "./slow_start.ts";

const names = (pods: readonly Pod[]) => pods.map((each) => each.metadata.name);

const cases = [
  { name: "creates what is missing", wanted: 3, pods: [pod("a")], create: 2, remove: [] },
  { name: "does not count failed pods", wanted: 1, pods: [pod("a", { phase: "Failed" })], create: 1, remove: [] },
  {
    name: "does not count pods on their way out",
    wanted: 1,
    pods: [pod("a", { leaving: true })],
    create: 1,
    remove: [],
  },
  { name: "keeps the running", wanted: 1, pods: [pod("a"), pod("b", { phase: "Pending" })], create: 0, remove: ["b"] },
  { name: "removes all for none wanted", wanted: 0, pods: [pod("a")], create: 0, remove: ["a"] },
  { name: "bounds one pass", wanted: 9_000, pods: [], create: 500, remove: [] },
];
for (const c of cases) {
  test(`planReplicas() ${c.name}`, () => {
    const plan = planReplicas(c.wanted, c.pods, NOW_MS);
    assert.equal(plan.create, c.create);
    assert.deepEqual(names(plan.remove), c.remove);
  });
}

/** Of two pods the first one is to go. */
const ranks: readonly { name: string; goes: Pod; stays: Pod }[] = [
  { name: "not placed before placed", goes: pod("z", { node: "" }), stays: pod("a", { phase: "Pending" }) },
  { name: "pending before unknown", goes: pod("z", { phase: "Pending" }), stays: pod("a", { phase: "Unknown" }) },
  { name: "unknown before running", goes: pod("z", { phase: "Unknown" }), stays: pod("a") },
  { name: "not ready before ready", goes: pod("z", { readyMinutes: -1 }), stays: pod("a", { cost: "-5" }) },
  { name: "cheap before dear", goes: pod("z", { cost: "-5" }), stays: pod("a") },
  { name: "a cost that is no number counts as none", goes: pod("a", { cost: "07" }), stays: pod("b", { cost: "1" }) },
  { name: "ready for a short time before long", goes: pod("z", { readyMinutes: 1 }), stays: pod("a") },
  { name: "restarted before steady", goes: pod("z", { restarts: 3 }), stays: pod("a") },
  { name: "young before old", goes: pod("z", { ageMinutes: 10 }), stays: pod("a", { ageMinutes: 60 }) },
  { name: "by uid when about as old", goes: pod("a", { ageMinutes: 60 }), stays: pod("b", { ageMinutes: 55 }) },
];
for (const { name, goes, stays } of ranks) {
  test(`planReplicas() deletes ${name}`, () => {
    assert.deepEqual(names(planReplicas(1, [goes, stays], NOW_MS).remove), names([goes]));
    assert.deepEqual(names(planReplicas(1, [stays, goes], NOW_MS).remove), names([goes]));
  });
}

test("planReplicas() deletes from the node that runs most of the same work, siblings counted", () => {
  const own = [pod("a", { node: "n1" }), pod("b", { node: "n2" })];
  const sibling = pod("c", { node: "n2" });
  assert.deepEqual(names(planReplicas(1, own, NOW_MS, () => [...own, sibling]).remove), ["b"]);
});

test("countReplicas() counts by readiness, label and time", () => {
  const labels = { app: "web", tier: "front" };
  const pods = [
    pod("a", { labels }),
    pod("b", { labels: { app: "web" } }),
    pod("c", { readyMinutes: 0.5 }),
    pod("d", { phase: "Pending" }),
    pod("e", { leaving: true }),
    pod("f", { phase: "Succeeded" }),
  ];
  assert.deepEqual(countReplicas(pods, labels, 60, NOW_MS), {
    replicas: 4,
    fullyLabeledReplicas: 1,
    readyReplicas: 3,
    availableReplicas: 2,
    terminatingReplicas: 1,
  });
  assert.equal(nextAvailableMs(pods, 60, NOW_MS), 30_000);
  assert.equal(nextAvailableMs(pods, 10, NOW_MS), undefined);
});

test("slowStart() doubles its batches and stops after one that failed", async () => {
  const batches: number[][] = [];
  let current: number[] = [];
  const outcome = await slowStart(20, async (index) => {
    if (current.length === 0) queueMicrotask(() => batches.push(current.splice(0)));
    current.push(index);
    await Promise.resolve();
    if (index === 4) throw new Error("quota");
  });
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [1, 2, 4],
  );
  assert.equal(outcome.succeeded, 6);
  assert.match(String(outcome.failure), /quota/);
});
