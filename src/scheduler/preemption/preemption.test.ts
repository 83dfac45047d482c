import assert from "node:assert/strict";
import { test } from "node:test";
import { PodDisruptionBudget, type PodDisruptionBudgetDraft } from "#api/policy/poddisruptionbudget.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { PodInfo } from "../nodes/pod_info.ts";
import { TestCluster, asking, podWith, type NodeFacts, type SpecDraft } from "../testing.ts";
import { leastHarm } from "./candidate.ts";
import { planPreemption, type Preemption } from "./preemption.ts";

interface Running {
  readonly cpu: string;
  readonly priority: number;
  readonly startedAt?: string;
  readonly app?: string;
  readonly spec?: SpecDraft;
}

function running(name: string, { cpu, priority, startedAt = "10", app = "a", spec = {} }: Running): PodInfo {
  const startTime = `2026-01-01T00:00:${startedAt}Z`;
  return new PodInfo(podWith({ ...asking({ cpu }), priority, ...spec }, { name, labels: { app } }, { startTime }));
}

const node = (pods: Record<string, Running>, more: NodeFacts = {}): NodeFacts => ({
  allocatable: { cpu: "4", memory: "4Gi", pods: "110" },
  ...more,
  pods: Object.entries(pods).map(([name, each]) => running(name, each)),
});

function budget(disruptionsAllowed: number, app = "a"): PodDisruptionBudget {
  const draft: PodDisruptionBudgetDraft = {
    metadata: { name: "b", namespace: "default" },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
  };
  return decode(PodDisruptionBudget, documentOf(draft), "Strict").object;
}

interface Case {
  readonly name: string;
  readonly pod?: SpecDraft;
  readonly nodes: Record<string, NodeFacts>;
  readonly budgets?: readonly PodDisruptionBudget[];
  /** `node: victims`, or why there are none. */
  readonly evicts?: string;
  readonly why?: string;
}

const cases: readonly Case[] = [
  {
    name: "evicts nobody of its own priority",
    nodes: { n: node({ a: { cpu: "3", priority: 100 } }) },
    why: "0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  },
  {
    name: "evicts only as many as it takes, the least important",
    nodes: {
      n: node({
        a: { cpu: "1", priority: 1 },
        b: { cpu: "1", priority: 2 },
        c: { cpu: "1", priority: 3 },
        d: { cpu: "1", priority: 4 },
      }),
    },
    evicts: "n: b a",
  },
  {
    name: "evicts the one whose going is enough",
    nodes: { n: node({ small: { cpu: "500m", priority: 1 }, large: { cpu: "3", priority: 2 } }) },
    evicts: "n: large",
  },
  {
    name: "of equals, the one that started last",
    nodes: {
      n: node({ old: { cpu: "2", priority: 1, startedAt: "01" }, young: { cpu: "2", priority: 1, startedAt: "30" } }),
    },
    evicts: "n: young",
  },
  {
    name: "does not help where the node is too small",
    pod: asking({ cpu: "5" }),
    nodes: { n: node({ a: { cpu: "3", priority: 1 } }) },
    why: "0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  },
  {
    name: "does not help where evicting everybody is not enough",
    nodes: {
      n: node({ a: { cpu: "1", priority: 1 }, b: { cpu: "3", priority: 1_000 } }),
      m: node({}, { spec: { unschedulable: true } }),
    },
    why: "0/2 nodes are available: 1 Insufficient cpu, 1 Preemption is not helpful for scheduling.",
  },
  {
    name: "may not: its policy",
    pod: { preemptionPolicy: "Never" },
    nodes: { n: node({ a: { cpu: "3", priority: 1 } }) },
    why: "not eligible due to preemptionPolicy=Never.",
  },
  {
    name: "rather evicts whom no budget protects, though more important",
    nodes: { n: node({ kept: { cpu: "2", priority: 1, app: "kept" }, loose: { cpu: "2", priority: 5 } }) },
    budgets: [budget(0, "kept")],
    evicts: "n: loose",
  },
  {
    name: "a budget that allows one allows one",
    pod: asking({ cpu: "4" }),
    nodes: {
      n: node({ a: { cpu: "2", priority: 1 }, b: { cpu: "2", priority: 1 } }),
      m: node({ c: { cpu: "4", priority: 50 } }),
    },
    budgets: [budget(1)],
    evicts: "m: c",
  },
  {
    name: "budgets are broken where nothing else helps",
    nodes: { n: node({ a: { cpu: "4", priority: 1 } }) },
    budgets: [budget(0)],
    evicts: "n: a",
  },
  {
    name: "chooses the node whose most important victim is least important",
    nodes: {
      n: node({ a: { cpu: "4", priority: 50 } }),
      m: node({ b: { cpu: "2", priority: 10 }, c: { cpu: "2", priority: 10 } }),
    },
    evicts: "m: c",
  },
  {
    name: "then the one with the least priorities in all",
    pod: asking({ cpu: "4" }),
    nodes: {
      n: node({ a: { cpu: "2", priority: 10 }, b: { cpu: "2", priority: 9 } }),
      m: node({ c: { cpu: "2", priority: 10 }, d: { cpu: "2", priority: 3 } }),
    },
    evicts: "m: c d",
  },
  {
    name: "then the one with the fewest victims",
    pod: asking({ cpu: "4" }),
    nodes: {
      n: node({ a: { cpu: "2", priority: 10 }, b: { cpu: "2", priority: 10 } }),
      m: node({ c: { cpu: "4", priority: 10 } }),
    },
    evicts: "m: c",
  },
  {
    name: "then the one whose victims started last",
    nodes: {
      n: node({ a: { cpu: "4", priority: 1, startedAt: "05" } }),
      m: node({ b: { cpu: "4", priority: 1, startedAt: "40" } }),
    },
    evicts: "m: b",
  },
];

function plan(cluster: TestCluster, pod: PodInfo, budgets: readonly PodDisruptionBudget[] = []): Preemption {
  const decision = cluster.decide(pod);
  assert.equal(decision.kind, "none");
  if (decision.kind !== "none") throw new Error("unreachable");
  const { index, random } = cluster;
  const expectedOn = cluster.nominator.nodeOf(pod.uid);
  return planPreemption({ pod, ...decision, index, random, budgets, expectedOn });
}

function shown(preemption: Preemption): string {
  if (preemption.kind === "none") return preemption.message;
  const best = leastHarm(preemption.candidates);
  assert.ok(best);
  const { info, pods } = best;
  return `${info.name}: ${pods.map(({ pod }) => pod.metadata.name).join(" ")}`;
}

for (const { name, pod = {}, nodes, budgets, evicts, why } of cases) {
  test(`preemption: ${name}`, () => {
    const preemptor = new PodInfo(podWith({ ...asking({ cpu: "2" }), priority: 100, ...pod }));
    assert.equal(shown(plan(new TestCluster(nodes), preemptor, budgets)), evicts ?? why);
  });
}

test("preemption: waits for those it has evicted already, while they stop", () => {
  const leaving = podWith(
    { ...asking({ cpu: "4" }), priority: 1 },
    { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 30 },
    { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
  );
  const cluster = new TestCluster({
    n: { allocatable: { cpu: "4", memory: "4Gi", pods: "9" }, pods: [new PodInfo(leaving)] },
  });
  const preemptor = new PodInfo(podWith({ ...asking({ cpu: "2" }), priority: 100 }));
  cluster.nominator.set(preemptor, "n");
  assert.equal(shown(plan(cluster, preemptor)), "not eligible due to a terminating pod on the nominated node.");
});

test("preemption: anti-affinity is made room for, too", () => {
  const apart: SpecDraft = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: "x" } }, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    },
  };
  const cluster = new TestCluster({
    n: node({ x: { cpu: "100m", priority: 1, app: "x" }, y: { cpu: "100m", priority: 1, app: "y" } }),
  });
  const preemptor = new PodInfo(podWith({ ...apart, priority: 100 }));
  assert.equal(shown(plan(cluster, preemptor)), "n: x");
});
