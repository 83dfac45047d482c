import assert from "node:assert/strict";
import { test } from "node:test";
import { fitMessage } from "../diagnosis.ts";
import { PodInfo } from "../nodes/pod_info.ts";
import { TestCluster, podInfo, podWith, type NodeFacts, type SpecDraft } from "../testing.ts";

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";
type Term = Record<string, unknown>;

const term = (app: string, topologyKey: string, more: Term = {}) => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
  ...more,
});
const near = (...terms: Term[]): SpecDraft => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms as never } },
});
const away = (...terms: Term[]): SpecDraft => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms as never } },
});
const inZone = (zone: string, pods: readonly PodInfo[] = []): NodeFacts => ({ labels: { [ZONE]: zone }, pods });
const of = (app: string, namespace = "default", spec: SpecDraft = {}) =>
  new PodInfo(podWith(spec, { namespace, labels: { app, version: "1" } }));

const ALONE = "node(s) didn't match pod affinity rules";
const TOO_NEAR = "node(s) didn't match pod anti-affinity rules";
const UNWELCOME = "node(s) didn't satisfy existing pods anti-affinity rules";

interface Case {
  readonly name: string;
  readonly pod: PodInfo;
  readonly nodes: Record<string, NodeFacts>;
  /** Nodes that will do, or the reasons why none does. */
  readonly on?: readonly string[];
  readonly why?: string;
}

const cases: readonly Case[] = [
  {
    name: "goes into the zone of the pod it wants to be with",
    pod: podInfo(near(term("db", ZONE))),
    nodes: { a: inZone("1"), b: inZone("2", [of("db")]), c: inZone("2") },
    on: ["b", "c"],
  },
  {
    name: "does not do without company",
    pod: podInfo(near(term("db", ZONE))),
    nodes: { a: inZone("1") },
    why: `1 ${ALONE}.`,
  },
  {
    name: "the first of a group needs no company, but the label",
    pod: podInfo(near(term("db", ZONE)), { app: "db" }),
    nodes: { a: {}, b: inZone("1") },
    on: ["b"],
  },
  {
    name: "wants all its terms to hold",
    pod: podInfo(near(term("db", ZONE), { labelSelector: { matchLabels: { version: "2" } }, topologyKey: ZONE })),
    nodes: { a: inZone("1", [of("db")]) },
    why: `1 ${ALONE}.`,
  },
  {
    name: "keeps out of the way of its like",
    pod: podInfo(away(term("db", ZONE))),
    nodes: { a: inZone("1", [of("db")]), b: inZone("1"), c: inZone("2") },
    on: ["c"],
  },
  {
    name: "says that it is too near",
    pod: podInfo(away(term("db", HOST))),
    nodes: { a: { pods: [of("db")] } },
    why: `1 ${TOO_NEAR}.`,
  },
  {
    name: "is kept out by pods that do not want it near",
    pod: podInfo({}, { app: "web" }),
    nodes: { a: inZone("1", [of("db", "default", away(term("web", ZONE)))]), b: inZone("1"), c: inZone("2") },
    on: ["c"],
  },
  {
    name: "says that it is unwelcome",
    pod: podInfo({}, { app: "web" }),
    nodes: { a: { pods: [of("db", "default", away(term("web", HOST)))] } },
    why: `1 ${UNWELCOME}.`,
  },
  {
    name: "looks at its own namespace only",
    pod: podInfo(away(term("db", HOST))),
    nodes: { a: { pods: [of("db", "other")] } },
    on: ["a"],
  },
  {
    name: "looks at the namespaces it names",
    pod: podInfo(away(term("db", HOST, { namespaces: ["other"] }))),
    nodes: { a: { pods: [of("db", "other")] }, b: { pods: [of("db")] } },
    on: ["b"],
  },
  {
    name: "looks at namespaces by their labels",
    pod: podInfo(away(term("db", HOST, { namespaceSelector: { matchLabels: { team: "x" } } }))),
    nodes: { a: { pods: [of("db", "other")] }, b: { pods: [of("db")] } },
    on: ["b"],
  },
  {
    name: "an empty namespace selector means all of them",
    pod: podInfo(away(term("db", HOST, { namespaceSelector: {} }))),
    nodes: { a: { pods: [of("db", "other")] }, b: { pods: [of("db")] }, c: {} },
    on: ["c"],
  },
  {
    name: "matchLabelKeys: only pods that have the same value",
    pod: podInfo(away(term("db", HOST, { matchLabelKeys: ["version"] })), { version: "2" }),
    nodes: { a: { pods: [of("db")] } },
    on: ["a"],
  },
  {
    name: "mismatchLabelKeys: only pods that have another value",
    pod: podInfo(away(term("db", HOST, { mismatchLabelKeys: ["version"] })), { version: "1" }),
    nodes: { a: { pods: [of("db")] } },
    on: ["a"],
  },
];

for (const { name, pod, nodes, on, why } of cases) {
  test(`inter-pod affinity: ${name}`, () => {
    const cluster = new TestCluster(nodes, { namespaces: { default: {}, other: { team: "x" } } });
    const decision = cluster.decide(pod);
    if (on !== undefined) {
      assert.equal(decision.kind, "node");
      const { feasible } = cluster.search(pod);
      assert.deepEqual(feasible, on);
    } else {
      const expected = `0/${Object.keys(nodes).length} nodes are available: ${why}`;
      assert.equal(decision.kind === "none" && fitMessage(decision.diagnosis, ""), expected);
    }
  });
}

test("counts follow pods that go, nodes that are relabelled, and nodes that come after their pods", () => {
  const cluster = new TestCluster({ a: inZone("1"), b: inZone("2") });
  const pod = podInfo(away(term("db", ZONE)));
  assert.deepEqual(cluster.search(pod).feasible, ["a", "b"]);
  const db = of("db");
  cluster.index.place(db, "late");
  assert.deepEqual(cluster.search(pod).feasible, ["a", "b"]);
  cluster.setNode("late", { labels: { [ZONE]: "1" } });
  assert.deepEqual(cluster.search(pod).feasible, ["b"]);
  cluster.setNode("late", { labels: { [ZONE]: "2" } });
  assert.deepEqual(cluster.search(pod).feasible, ["a"]);
  cluster.index.removeNode("late");
  assert.deepEqual(cluster.search(pod).feasible, ["a", "b"]);
  cluster.setNode("late", { labels: { [ZONE]: "2" } });
  assert.deepEqual(cluster.search(pod).feasible, ["a"]);
  cluster.index.remove(db.uid);
  assert.deepEqual(cluster.search(pod).feasible, ["a", "b", "late"]);
});
