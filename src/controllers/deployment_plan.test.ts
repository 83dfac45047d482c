import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import { boundsOf } from "./deployment_bounds.ts";
import { annotationsFor, ANNOTATIONS, newReplicaSet } from "./deployment_revision.ts";
import { newReplicas, planCleanup, planRolling, type Scale } from "./deployment_rollout.ts";
import { isScaling, planScaling } from "./deployment_scale.ts";
import { rolloutStatusOf, conditionOf } from "./deployment_status.ts";
import { deployment, NOW_MS, replicaSet, type SetTraits } from "./fixtures.ts";
import { templateHash, isSameTemplate } from "./template_hash.ts";

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});

const bounds = [
  { replicas: 10, spec: rolling("25%", "25%"), surge: 3, unavailable: 2 },
  { replicas: 3, spec: rolling("25%", "25%"), surge: 1, unavailable: 0 },
  { replicas: 1, spec: rolling(0, 0), surge: 0, unavailable: 1 },
  { replicas: 2, spec: rolling(0, "25%"), surge: 0, unavailable: 1 },
  { replicas: 2, spec: rolling(0, 5), surge: 0, unavailable: 2 },
  { replicas: 0, spec: rolling("25%", "25%"), surge: 0, unavailable: 0 },
  { replicas: 5, spec: { strategy: { type: "Recreate" } }, surge: 0, unavailable: 0 },
];
for (const { replicas, spec, surge, unavailable } of bounds) {
  test(`boundsOf() ${replicas} replicas with ${JSON.stringify(spec.strategy)} is +${surge} -${unavailable}`, () => {
    assert.deepEqual(boundsOf(deployment(replicas, spec)), { surge, unavailable });
  });
}

const shown = (scales: readonly Scale[]) =>
  scales.map(({ replicaSet: { metadata }, to }) => `${metadata.name} to ${to}`);
type Set = readonly [replicas: number, traits?: SetTraits];

/** One step of a rolling update of ten replicas: what stands, what moves. */
const steps: readonly { name: string; current: Set; old: Set; moves: readonly string[] }[] = [
  { name: "fills the surge first", current: [0], old: [10], moves: ["new to 3"] },
  { name: "then takes what may be unavailable", current: [3, { available: 0 }], old: [10], moves: ["old to 8"] },
  { name: "uses the room that gave", current: [3, { available: 0 }], old: [8], moves: ["new to 5"] },
  { name: "waits while nothing new is available", current: [5, { available: 0 }], old: [8], moves: [] },
  { name: "takes an old one for each new", current: [5, { available: 3 }], old: [8], moves: ["old to 5"] },
  { name: "takes the unhealthy old first", current: [5, { available: 0 }], old: [8, { available: 4 }], moves: [] },
  {
    name: "does not count what an old one is about to lose",
    current: [9, { available: 7 }],
    old: [4, { available: 8 }],
    moves: ["old to 1"],
  },
  { name: "shrinks the new when less is wanted", current: [12], old: [0], moves: ["new to 10"] },
  { name: "ends with nothing old", current: [10], old: [3], moves: ["old to 0"] },
];
for (const { name, current, old, moves } of steps) {
  test(`planRolling() ${name}`, () => {
    const generations = { current: replicaSet("new", ...current), old: [replicaSet("old", ...old)] };
    assert.deepEqual(shown(planRolling(deployment(10), generations)), moves);
  });
}

test("planRolling() takes unhealthy pods of the eldest before healthy ones of others", () => {
  const old = [replicaSet("b", 6, { ageMinutes: 20 }), replicaSet("a", 4, { ageMinutes: 30, available: 1 })];
  const current = replicaSet("new", 3, { available: 3, ageMinutes: 1 });
  assert.deepEqual(shown(planRolling(deployment(10), { current, old })), ["a to 0", "b to 5"]);
});

test("newReplicas() never goes beyond what is wanted, nor back", () => {
  assert.equal(newReplicas(deployment(10), [], 0), 10);
  assert.equal(newReplicas(deployment(10), [replicaSet("old", 13)], 2), 2);
  assert.equal(newReplicas(deployment(10, { strategy: { type: "Recreate" } }), [replicaSet("old", 9)], 0), 10);
});

const marked = { desired: 10, max: 13 };
const scalings: readonly { name: string; replicas: number; sets: readonly ReplicaSet[]; moves: readonly string[] }[] = [
  {
    name: "gives a single active one everything",
    replicas: 5,
    sets: [replicaSet("new", 10, marked)],
    moves: ["new to 5"],
  },
  {
    name: "keeps shares when it grows",
    replicas: 20,
    sets: [replicaSet("new", 5, { ...marked, available: 0 }), replicaSet("old", 8, marked)],
    moves: ["old to 15", "new to 10"],
  },
  {
    name: "keeps shares when it shrinks",
    replicas: 5,
    sets: [replicaSet("new", 5, { ...marked, available: 0 }), replicaSet("old", 8, marked)],
    moves: ["old to 4", "new to 3"],
  },
  {
    name: "takes everything for none wanted",
    replicas: 0,
    sets: [replicaSet("new", 5, marked), replicaSet("old", 8, marked)],
    moves: ["old to 0", "new to 0"],
  },
];
for (const { name, replicas, sets, moves } of scalings) {
  test(`planScaling() ${name}`, () => {
    const [current, ...old] = sets;
    const generations = { current, old };
    assert.equal(isScaling(deployment(replicas), generations), true);
    assert.deepEqual(shown(planScaling(deployment(replicas), generations)), moves);
  });
}

test("planCleanup() keeps the history wanted and whatever still has pods", () => {
  const old = [
    replicaSet("three", 0, { revision: 3, has: 0 }),
    replicaSet("one", 0, { revision: 1, has: 0 }),
    replicaSet("two", 0, { revision: 2, has: 1 }),
  ];
  const plan = planCleanup(deployment(1, { revisionHistoryLimit: 1 }), old);
  assert.deepEqual(
    plan.map((rs) => rs.metadata.name),
    ["one"],
  );
});

test("newReplicaSet() keeps to names that the API takes", () => {
  const long = deployment(1);
  const named = { ...long, metadata: { ...long.metadata, name: "d".repeat(253) } };
  assert.match(newReplicaSet(named, 1n, 1).metadata?.name ?? "", /^d{242,245}-[a-z0-9]{7,10}$/);
  assert.equal(newReplicaSet(named, 1n, 1).metadata?.name?.length, 253);
});

test("annotationsFor() copies what describes the change, and not what belongs to the deployment", () => {
  const changed = deployment(1);
  changed.metadata.annotations = {
    "kubernetes.io/change-cause": "kubectl set image",
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
    [ANNOTATIONS.revision]: "7",
  };
  const present = { [ANNOTATIONS.revision]: "2", [ANNOTATIONS.history]: "1" };
  assert.deepEqual(annotationsFor(changed, present, 4n), {
    "kubernetes.io/change-cause": "kubectl set image",
    [ANNOTATIONS.revision]: "4",
    [ANNOTATIONS.history]: "1,2",
  });
  assert.equal(annotationsFor(changed, { [ANNOTATIONS.revision]: "5" }, 4n)[ANNOTATIONS.revision], "5");
});

test("rolloutStatusOf() waits for the deadline since the last progress, then says it was missed", () => {
  const progressing = {
    type: "Progressing",
    status: "True",
    reason: "ReplicaSetUpdated",
    lastUpdateTime: "2026-01-01T00:00:00Z",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const counts = { replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 };
  const stuck = deployment(3, {}, { ...counts, conditions: [progressing] });
  const observed = {
    current: replicaSet("new", 1, { available: 0 }),
    old: [replicaSet("old", 2)],
    conditions: stuck.status.conditions ?? [],
    collisionCount: undefined,
  };
  const reasonAt = (ms: number) =>
    conditionOf(rolloutStatusOf(stuck, observed, ms).conditions ?? [], "Progressing")?.reason;
  assert.equal(reasonAt(NOW_MS + 600_000), "ReplicaSetUpdated");
  assert.equal(reasonAt(NOW_MS + 601_000), "ProgressDeadlineExceeded");
  const status = rolloutStatusOf(stuck, observed, NOW_MS);
  assert.equal(
    conditionOf(status.conditions ?? [], "Available")?.message,
    "Deployment does not have minimum availability.",
  );
});

test("templateHash() is the same for the same template, whatever the order of members and the hash label", () => {
  const { template } = deployment(1).spec;
  const { spec, metadata } = template;
  const other = { spec, metadata: { ...metadata, labels: { "pod-template-hash": "x", ...metadata.labels } } };
  assert.equal(templateHash(template), templateHash(other));
  assert.ok(isSameTemplate(template, other));
  assert.notEqual(templateHash(template), templateHash(template, 1));
  const changed = { ...template, spec: { ...spec, hostNetwork: true } };
  assert.notEqual(templateHash(template), templateHash(changed));
  assert.match(templateHash(template), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
