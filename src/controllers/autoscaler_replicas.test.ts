import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { groupPods, podRequests, type PodMetric } from "./autoscaler_pods.ts";
import { averageReplicas, shareReplicas, utilizationReplicas, valueReplicas } from "./autoscaler_replicas.ts";
import { NOW_MS } from "./fixtures.ts";

const MINUTE = 60_000;

interface Traits {
  readonly phase?: string;
  readonly ready?: boolean;
  /** Minutes since the pod started, and since its readiness changed. */
  readonly started?: number;
  readonly changed?: number;
  readonly leaving?: boolean;
  readonly request?: string | undefined;
  readonly silent?: boolean;
}

function podOf(name: string, traits: Traits = {}): Pod {
  const { phase = "Running", ready = true, started = 60, changed = started, leaving = false } = traits;
  const request = "request" in traits ? traits.request : "1";
  return {
    metadata: { name, ...(leaving && { deletionTimestamp: formatTime(NOW_MS) }) },
    spec: { containers: [{ name: "web", resources: request === undefined ? {} : { requests: { cpu: request } } }] },
    status: {
      phase,
      startTime: formatTime(NOW_MS - started * MINUTE),
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          lastTransitionTime: formatTime(NOW_MS - changed * MINUTE),
        },
      ],
    },
  } as unknown as Pod;
}

function metric(value: number): PodMetric {
  return { timestampMs: NOW_MS, windowMs: 60_000, value };
}

const groups: { name: string; traits: Traits; group: "ready" | "unready" | "missing" | "ignored" }[] = [
  { name: "a pod that has been ready for long counts", traits: {}, group: "ready" },
  { name: "a pod on its way out is left out", traits: { leaving: true }, group: "ignored" },
  { name: "a failed pod is left out", traits: { phase: "Failed" }, group: "ignored" },
  { name: "a pending pod is not ready", traits: { phase: "Pending" }, group: "unready" },
  { name: "a pod without a figure is missing", traits: { silent: true }, group: "missing" },
  { name: "a young pod that is not ready is cold", traits: { started: 2, ready: false }, group: "unready" },
  { name: "a young pod measured wholly since it is ready counts", traits: { started: 2, changed: 1 }, group: "ready" },
  { name: "a young pod measured in part before is cold", traits: { started: 2, changed: 0.5 }, group: "unready" },
  {
    name: "an old pod that was never ready is cold",
    traits: { started: 10, changed: 9.8, ready: false },
    group: "unready",
  },
  { name: "an old pod that was once ready counts", traits: { started: 10, changed: 1, ready: false }, group: "ready" },
];
for (const c of groups) {
  test(`groupPods(): ${c.name}`, () => {
    const metrics = new Map(c.traits.silent ? [] : [["p", metric(100)]]);
    const { readyCount, ...others } = groupPods([podOf("p", c.traits)], metrics, "cpu", NOW_MS);
    const found = readyCount === 1 ? "ready" : Object.entries(others).find(([, names]) => names.length > 0)?.[0];
    assert.equal(found, c.group);
  });
}

test("a pod's request is its own, or its containers' together, of which each must have one", () => {
  assert.deepEqual([...podRequests([podOf("a", { request: "250m" })], "", "cpu")], [["a", 250]]);
  const whole = podOf("b", { request: undefined });
  whole.spec.resources = { requests: { cpu: "2" } };
  assert.deepEqual([...podRequests([whole], "", "cpu")], [["b", 2000]]);
  const none = podOf("c", { request: undefined });
  assert.throws(() => podRequests([none], "", "cpu"), { message: "missing request for cpu in container web of Pod c" });
  const sided = podOf("d");
  sided.spec.initContainers = [
    { name: "once", resources: {} },
    { name: "side", restartPolicy: "Always", resources: { requests: { cpu: "100m" } } },
  ] as unknown as Pod["spec"]["initContainers"];
  assert.deepEqual([...podRequests([sided], "", "cpu")], [["d", 1100]]);
  assert.deepEqual([...podRequests([sided], "side", "cpu")], [["d", 100]]);
});

/** Pods `p0`, `p1` …, each with what it uses in thousandths; undefined for one that says nothing. */
function scene(uses: readonly (number | undefined)[], traits: readonly Traits[] = [], current = uses.length) {
  const pods = uses.map((_, at) => podOf(`p${at}`, traits[at]));
  const metrics = new Map<string, PodMetric>();
  for (const [at, use] of uses.entries()) if (use !== undefined) metrics.set(`p${at}`, metric(use));
  return { scene: { current, pods, tolerances: { up: 0.1, down: 0.1 }, nowMs: NOW_MS }, metrics };
}

const PENDING: Traits = { phase: "Pending" };
const utilization: {
  name: string;
  uses: (number | undefined)[];
  traits?: Traits[];
  percent?: number;
  current?: number;
  replicas: number;
}[] = [
  { name: "goes up by the ratio", uses: [600, 600], percent: 30, replicas: 4 },
  { name: "rounds up", uses: [310, 310], percent: 20, replicas: 4 },
  { name: "goes down by the ratio", uses: [100, 100, 100, 100], percent: 40, replicas: 1 },
  { name: "stays within tolerance", uses: [540, 540], percent: 50, replicas: 2 },
  { name: "takes a silent pod for idle on the way up", uses: [900, 900, undefined], percent: 50, replicas: 4 },
  { name: "takes a silent pod for busy on the way down", uses: [100, 100, 100, undefined], percent: 50, replicas: 3 },
  {
    name: "does not go up for pods that have not started",
    uses: [800, 800, undefined, undefined],
    traits: [{}, {}, PENDING, PENDING],
    percent: 50,
    replicas: 4,
  },
  {
    name: "does not turn round for silent pods",
    uses: [600, 600, undefined],
    percent: 50,
    replicas: 3,
  },
  { name: "counts ready pods, not wanted ones", uses: [800, 800], percent: 40, current: 3, replicas: 4 },
];
for (const c of utilization) {
  test(`utilizationReplicas() ${c.name}`, () => {
    const { scene: at, metrics } = scene(c.uses, c.traits, c.current);
    const target = { percent: c.percent ?? 50, resource: "cpu", container: "" };
    assert.equal(utilizationReplicas(at, metrics, target).replicas, c.replicas);
  });
}

test("utilization is reported of the pods that count, as it is", () => {
  const { scene: at, metrics } = scene([900, 300, undefined]);
  const found = utilizationReplicas(at, metrics, { percent: 50, resource: "cpu", container: "" });
  assert.deepEqual([found.percent, found.average], [60, 600]);
});

test("nothing is decided without pods or figures", () => {
  const none = scene([]);
  const target = { percent: 50, resource: "cpu", container: "" };
  const noPods = { message: "no pods returned by selector while calculating replica count" };
  assert.throws(() => utilizationReplicas(none.scene, none.metrics, target), noPods);
  const cold = scene([100], [PENDING]);
  const unready = { message: "did not receive metrics for targeted pods (pods might be unready)" };
  assert.throws(() => utilizationReplicas(cold.scene, cold.metrics, target), unready);
  assert.throws(() => averageReplicas(cold.scene, cold.metrics, { value: 1, resource: "cpu" }), unready);
});

test("averageReplicas() takes a silent pod to be exactly on target when going down", () => {
  const { scene: at, metrics } = scene([100, 100, 100, undefined]);
  assert.equal(averageReplicas(at, metrics, { value: 500, resource: "" }).replicas, 2);
  const up = scene([20_000, 10_000, 30_000]);
  assert.deepEqual(averageReplicas(up.scene, up.metrics, { value: 15_000, resource: "" }), {
    replicas: 4,
    average: 20_000,
  });
});

test("a figure of something else is shared by the pods that are ready, or by all", () => {
  const { scene: at } = scene([0, 0, 0], [{}, {}, { ready: false }]);
  assert.equal(valueReplicas(at, 20_000, 10_000), 4);
  assert.equal(valueReplicas(at, 10_500, 10_000), 3);
  assert.equal(valueReplicas({ ...at, current: 0 }, 25_000, 10_000), 3);
  assert.deepEqual(shareReplicas(at, 3, 90_000, 20_000), { replicas: 5, average: 30_000 });
  assert.deepEqual(shareReplicas(at, 3, 61_000, 20_000), { replicas: 3, average: 20_334 });
});

test("directions may have tolerances of their own", () => {
  const { scene: at, metrics } = scene([520, 520]);
  const target = { percent: 50, resource: "cpu", container: "" };
  const strict = { ...at, tolerances: { up: 0.01, down: 0.5 } };
  assert.equal(utilizationReplicas(strict, metrics, target).replicas, 3);
  const low = scene([300, 300]);
  const patient = { ...low.scene, tolerances: { up: 0.01, down: 0.5 } };
  assert.equal(utilizationReplicas(patient, low.metrics, target).replicas, 2);
});
