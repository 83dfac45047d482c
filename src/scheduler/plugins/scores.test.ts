import assert from "node:assert/strict";
import { test } from "node:test";
import { labelMapMatcher } from "#api/selectors/labels.ts";
import type { ProfileSettings } from "../configuration.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { TestCluster, asking, podInfo, type NodeFacts, type SpecDraft } from "../testing.ts";

const MEGABYTE = 1024 * 1024;
const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

const sized = (cpu: string, memory: string, pods: readonly PodInfo[] = []): NodeFacts => ({
  allocatable: { cpu, memory, pods: "110" },
  pods,
});
const with_ = (cpu: string, memory: string) => podInfo(asking({ cpu, memory }));
const inZone = (zone: string, pods: readonly PodInfo[] = []): NodeFacts => ({ labels: { [ZONE]: zone }, pods });
const like = (count: number) => Array.from({ length: count }, () => podInfo({}, { app: "a" }));
const holding = (...images: [string, number][]): NodeFacts => ({
  images: images.map(([name, megabytes]) => ({ names: [name], sizeBytes: megabytes * MEGABYTE })),
});
const term = (app: string, weight: number) => ({
  weight,
  podAffinityTerm: { labelSelector: { matchLabels: { app } }, topologyKey: HOST },
});
const liking = (app: string, weight: number): SpecDraft => ({
  affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term(app, weight)] } },
});
const disliking = (app: string, weight: number): SpecDraft => ({
  affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term(app, weight)] } },
});
const preferring = (...terms: [label: string, weight: number][]): SpecDraft => ({
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: terms.map(([key, weight]) => ({
        weight,
        preference: { matchExpressions: [{ key, operator: "Exists" }] },
      })),
    },
  },
});
const soft = (...keys: string[]): NodeFacts => ({
  spec: { taints: keys.map((key) => ({ key, effect: "PreferNoSchedule" })) },
});
const anyway = (topologyKey: string, maxSkew = 1): SpecDraft => ({
  topologySpreadConstraints: [
    { maxSkew, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { app: "a" } } },
  ],
});
const CPU_AND_MEMORY = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly pod: PodInfo;
  readonly nodes: Record<string, NodeFacts>;
  readonly settings?: Partial<ProfileSettings>;
  readonly rates: Record<string, number> | undefined;
}

const FIT = "NodeResourcesFit";
const BALANCED = "NodeResourcesBalancedAllocation";

const cases: readonly Case[] = [
  {
    name: "LeastAllocated: the mean of what is left, each part rounded down",
    plugin: FIT,
    pod: with_("3000m", "5000"),
    nodes: { a: sized("4", "10000"), b: sized("6", "10000") },
    rates: { a: 37, b: 50 },
  },
  {
    name: "LeastAllocated: more than there is counts as nothing left",
    plugin: FIT,
    pod: with_("5", "0"),
    nodes: { a: sized("4", "1Gi") },
    rates: { a: 50 },
  },
  {
    name: "LeastAllocated: who asks for nothing counts as 100m and 200 MB",
    plugin: FIT,
    pod: podInfo(),
    nodes: { a: sized("1", "400Mi") },
    rates: { a: 70 },
  },
  {
    name: "LeastAllocated: pods that are there count",
    plugin: FIT,
    pod: with_("1", "1Gi"),
    nodes: { a: sized("4", "4Gi", [with_("1", "1Gi")]), b: sized("4", "4Gi") },
    rates: { a: 50, b: 75 },
  },
  {
    name: "LeastAllocated: by weight, an extended resource for those who ask for it",
    plugin: FIT,
    pod: podInfo(asking({ cpu: "1", "example.com/gpu": "1" })),
    nodes: { a: { allocatable: { cpu: "2", memory: "1Gi", pods: "9", "example.com/gpu": "4" } } },
    settings: {
      scoringStrategy: {
        type: "LeastAllocated",
        resources: [
          { name: "cpu", weight: 1 },
          { name: "example.com/gpu", weight: 3 },
        ],
      },
    },
    rates: { a: 68 },
  },
  {
    name: "MostAllocated: the mean of what is taken",
    plugin: FIT,
    pod: with_("3000m", "5000"),
    nodes: { a: sized("4", "10000"), b: sized("6", "10000") },
    settings: { scoringStrategy: { type: "MostAllocated", resources: CPU_AND_MEMORY } },
    rates: { a: 62, b: 50 },
  },
  {
    name: "RequestedToCapacityRatio: along the shape",
    plugin: FIT,
    pod: with_("2", "1Gi"),
    nodes: { a: sized("4", "4Gi"), b: sized("4", "1Gi") },
    settings: {
      scoringStrategy: {
        type: "RequestedToCapacityRatio",
        resources: CPU_AND_MEMORY,
        shape: [
          { utilization: 0, score: 0 },
          { utilization: 100, score: 10 },
        ],
      },
    },
    rates: { a: 38, b: 75 },
  },
  {
    name: "balance: a pod that asks for nothing is not rated",
    plugin: BALANCED,
    pod: podInfo(),
    nodes: { a: {} },
    rates: undefined,
  },
  {
    name: "balance: as alike as before rates 75, less so less, more so more",
    plugin: BALANCED,
    pod: with_("1", "1Gi"),
    nodes: {
      even: sized("4", "4Gi"),
      worse: sized("2", "8Gi"),
      better: sized("8", "4Gi", [podInfo(asking({ cpu: "2" }))]),
    },
    rates: { even: 75, worse: 65, better: 78 },
  },
  {
    name: "node affinity: weights of the terms that hold, the most rates 100",
    plugin: "NodeAffinity",
    pod: podInfo(preferring(["x", 2], ["y", 5])),
    nodes: { a: { labels: { x: "" } }, b: { labels: { y: "" } }, c: { labels: { x: "", y: "" } }, d: {} },
    rates: { a: 28, b: 71, c: 100, d: 0 },
  },
  {
    name: "node affinity: without wishes nobody is rated",
    plugin: "NodeAffinity",
    pod: podInfo(),
    nodes: { a: {} },
    rates: undefined,
  },
  {
    name: "taints: the fewer that are not borne, the better",
    plugin: "TaintToleration",
    pod: podInfo({ tolerations: [{ key: "x", operator: "Exists", effect: "PreferNoSchedule" }] }),
    nodes: { a: soft("x"), b: soft("x", "y"), c: soft("y", "z", "w") },
    rates: { a: 100, b: 67, c: 0 },
  },
  {
    name: "taints: a toleration of another effect does not count",
    plugin: "TaintToleration",
    pod: podInfo({ tolerations: [{ key: "x", operator: "Exists", effect: "NoSchedule" }] }),
    nodes: { a: soft("x"), b: {} },
    rates: { a: 0, b: 100 },
  },
  {
    name: "images: by size, between 23 MB and 1,000 MB a container, less where few nodes hold it",
    plugin: "ImageLocality",
    pod: podInfo({
      containers: [
        { name: "c", image: "big:1" },
        { name: "d", image: "small:1" },
      ],
    }),
    nodes: {
      a: holding(["big:1", 1_000]),
      b: holding(["big:1", 1_000], ["small:1", 40]),
      c: holding(["small:1", 20]),
      d: {},
    },
    rates: { a: 24, b: 25, c: 0, d: 0 },
  },
  {
    name: "images: no tag means latest",
    plugin: "ImageLocality",
    pod: podInfo({ containers: [{ name: "c", image: "reg.example:5000/big" }] }),
    nodes: { a: holding(["reg.example:5000/big:latest", 2_000]) },
    rates: { a: 100 },
  },
  {
    name: "spreading: fewer pods in the domain are better",
    plugin: "PodTopologySpread",
    pod: podInfo(anyway(HOST), { app: "a" }),
    nodes: { a: { pods: like(2) }, b: { pods: like(1) }, c: {} },
    rates: { a: 0, b: 33, c: 100 },
  },
  {
    name: "spreading: a whole zone counts, nodes without one rate lowest",
    plugin: "PodTopologySpread",
    pod: podInfo(anyway(ZONE), { app: "a" }),
    nodes: { a: inZone("1", like(2)), b: inZone("1"), c: inZone("2", like(1)), d: {} },
    rates: { a: 33, b: 33, c: 100, d: 0 },
  },
  {
    name: "affinity: what the pod likes and what likes the pod, the least 0 and the most 100",
    plugin: "InterPodAffinity",
    pod: podInfo(liking("db", 5), { app: "web" }),
    nodes: {
      a: { pods: [podInfo({}, { app: "db" })] },
      b: { pods: [podInfo(liking("web", 8), { app: "x" })] },
      c: { pods: [podInfo(disliking("web", 8), { app: "x" })] },
      d: {},
    },
    rates: { a: 81, b: 100, c: 0, d: 50 },
  },
  {
    name: "affinity: what placed pods insist on weighs 1",
    plugin: "InterPodAffinity",
    pod: podInfo(disliking("db", 4), { app: "web" }),
    nodes: {
      a: {
        pods: [
          podInfo(
            {
              affinity: {
                podAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOST },
                  ],
                },
              },
            },
            { app: "x" },
          ),
        ],
      },
      b: { pods: [podInfo({}, { app: "db" })] },
      c: {},
    },
    rates: { a: 100, b: 0, c: 80 },
  },
];

for (const { name, plugin, pod, nodes, settings, rates } of cases) {
  test(`scores: ${name}`, () => {
    assert.deepEqual(new TestCluster(nodes).rates(pod, plugin, settings), rates);
  });
}

test("scores: a pod that says nothing is spread with its owner's and Services' pods, over hosts and zones", () => {
  const nodes = { a: inZone("1", like(2)), b: inZone("1"), c: inZone("2", like(1)), d: inZone("2") };
  const cluster = new TestCluster(nodes, { ownersSelector: labelMapMatcher({ app: "a" }) });
  const rates = cluster.rates(podInfo({}, { app: "a" }), "PodTopologySpread");
  assert.ok(rates);
  const [a = 0, b = 0, c = 0, d = 0] = Object.keys(nodes).map((name) => rates[name]);
  assert.ok(d > b && b > a && d > c && c > a, JSON.stringify(rates));
});

test("scores: weights are upstream's: three for taints, two for affinity and spreading", () => {
  const cluster = new TestCluster({ tainted: soft("x"), plain: {} });
  // The fuller node would win by what is left; one soft taint weighs three times as much.
  for (let at = 0; at < 5; at++) cluster.index.place(with_("200m", "400Mi"), "plain");
  const decision = cluster.decide(with_("100m", "100Mi"));
  assert.equal(decision.kind === "node" && decision.info.name, "plain");
});
