import assert from "node:assert/strict";
import { test } from "node:test";
import { availableMin, replicasMax } from "./deployment_bounds.ts";
import { deployment, pod, replicaSet } from "./fixtures.ts";
import { paceOf, planRollout, type PlannedStep } from "./rollout_plan.ts";

const PACE = { readyMs: 4_000, goneMs: 10_000 };
const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:2" }] } };
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  template,
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});
const recreate = { template, strategy: { type: "Recreate" } };

/** `4s old 5>3 new 5>7: 10/3` of each step: what changes, pods and available. */
const shown = (steps: readonly PlannedStep[]) =>
  steps.map(({ atMs, scales, pods, available }) => {
    const changes = scales.map(({ replicaSet: name, from, to }) => `${name === "old" ? name : "new"} ${from}>${to}`);
    return `${atMs / 1000}s ${changes.join(" ")}: ${pods}/${available}`;
  });

const plans = [
  {
    name: "one at a time",
    spec: { ...rolling(1, 0), replicas: 2 },
    old: replicaSet("old", 2, { desired: 2, max: 3 }),
    steps: ["0s new 0>1: 3/2", "4s old 2>1: 2/2", "4s new 1>2: 3/2", "8s old 1>0: 2/2"],
    figures: { peakPods: 3, peakWithTerminating: 4, minServing: 2, expectedMs: 8_000, ends: "complete" },
  },
  {
    name: "without room for more, an old one goes first",
    spec: { ...rolling(0, 1), replicas: 2 },
    old: replicaSet("old", 2, { desired: 2, max: 2 }),
    steps: ["0s old 2>1: 1/1", "0s new 0>1: 2/1", "4s old 1>0: 1/1", "4s new 1>2: 2/1"],
    figures: { peakPods: 2, peakWithTerminating: 4, minServing: 1, expectedMs: 8_000, ends: "complete" },
  },
  {
    name: "a new pod must have been ready for a while",
    spec: { ...rolling(1, 0), replicas: 1, minReadySeconds: 30 },
    old: replicaSet("old", 1, { desired: 1, max: 2 }),
    steps: ["0s new 0>1: 2/1", "34s old 1>0: 1/1"],
    figures: { peakPods: 2, peakWithTerminating: 2, minServing: 1, expectedMs: 34_000, ends: "complete" },
  },
  {
    name: "Recreate waits until the old are gone",
    spec: { ...recreate, replicas: 3 },
    old: replicaSet("old", 3, { desired: 3, max: 3 }),
    steps: ["0s old 3>0: 0/0", "10s new 0>3: 3/0"],
    figures: { peakPods: 3, peakWithTerminating: 3, minServing: 0, expectedMs: 14_000, ends: "complete" },
  },
  {
    name: "old pods that serve nobody go first and cost nothing",
    spec: { ...rolling(1, 1), replicas: 4 },
    old: replicaSet("old", 4, { available: 3, desired: 4, max: 5 }),
    steps: [
      "0s new 0>1: 5/3",
      "0s old 4>3: 4/3",
      "0s new 1>2: 5/3",
      "4s old 3>1: 3/3",
      "4s new 2>4: 5/3",
      "8s old 1>0: 4/4",
    ],
    figures: { peakPods: 5, peakWithTerminating: 8, minServing: 3, ends: "complete" },
  },
  {
    name: "a pause is where it ends",
    spec: { ...rolling(1, 0), replicas: 2, paused: true },
    old: replicaSet("old", 2, { desired: 2, max: 3 }),
    steps: [],
    figures: { peakPods: 2, peakWithTerminating: 2, minServing: 2, expectedMs: 0, ends: "paused" },
  },
];
for (const { name, spec, old, steps, figures } of plans) {
  test(`planRollout() ${name}`, () => {
    const { steps: planned, ...rest } = planRollout(deployment(spec.replicas, spec), [old], PACE);
    assert.deepEqual(shown(planned), steps);
    assert.deepEqual(rest, { ...rest, ...figures });
  });
}

test("planRollout() of nothing to do is no step at all", () => {
  const done = replicaSet("only", 3, { desired: 3, max: 4 });
  const { steps, ends, expectedMs } = planRollout(deployment(3), [done], PACE);
  assert.deepEqual({ steps, ends, expectedMs }, { steps: [], ends: "complete", expectedMs: 0 });
});

test("planRollout() ends complete and within the bounds, whatever they are", () => {
  for (const replicas of [1, 2, 3, 7, 10, 100, 10_000]) {
    for (const bounds of [
      rolling("25%", "25%"),
      rolling(1, 0),
      rolling(0, 1),
      rolling("100%", 0),
      rolling(0, "100%"),
    ]) {
      if (replicas > 100 && bounds.strategy.rollingUpdate.maxSurge !== "25%") continue;
      const wanted = deployment(replicas, bounds);
      const old = replicaSet("old", replicas, { desired: replicas, max: replicasMax(wanted) });
      const { ends, peakPods, minServing } = planRollout(wanted, [old], PACE);
      assert.equal(ends, "complete");
      assert.ok(peakPods <= replicasMax(wanted) && minServing >= availableMin(wanted), `${replicas}: ${peakPods}`);
    }
  }
});

test("paceOf() is the median of how long pods took to be ready", () => {
  const pods = [40, 50, 55].map((readyMinutes) => pod("p", { ageMinutes: 60, readyMinutes }));
  assert.equal(paceOf(pods).readyMs, 10 * 60_000);
  assert.equal(paceOf([]).readyMs, 1_000);
});
