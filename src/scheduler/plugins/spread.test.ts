import assert from "node:assert/strict";
import { test } from "node:test";
import { fitMessage } from "../diagnosis.ts";
import { PodInfo } from "../nodes/pod_info.ts";
import { TestCluster, podInfo, podWith, type NodeFacts, type SpecDraft } from "../testing.ts";

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";
const REASON = "node(s) didn't match pod topology spread constraints";

const spread = (topologyKey: string, more: Record<string, unknown> = {}): SpecDraft => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "a" } },
      ...more,
    },
  ],
});
const like = (count: number, labels: Record<string, string> = {}) =>
  Array.from({ length: count }, () => podInfo({}, { app: "a", ...labels }));
const inZone = (zone: string, pods: readonly PodInfo[] = [], more: NodeFacts = {}): NodeFacts => ({
  ...more,
  labels: { [ZONE]: zone, ...more.labels },
  pods,
});
const tainted: NodeFacts = { spec: { taints: [{ key: "x", effect: "NoSchedule" }] } };
const leaving = new PodInfo(
  podWith({}, { labels: { app: "a" }, deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 30 }),
);

interface Case {
  readonly name: string;
  readonly spec: SpecDraft;
  readonly labels?: Record<string, string>;
  readonly nodes: Record<string, NodeFacts>;
  readonly on?: readonly string[];
  readonly why?: string;
}

const cases: readonly Case[] = [
  { name: "every host is as good while all are empty", spec: spread(HOST), nodes: { a: {}, b: {} }, on: ["a", "b"] },
  { name: "the host with one is passed over", spec: spread(HOST), nodes: { a: { pods: like(1) }, b: {} }, on: ["b"] },
  {
    name: "a skew of 2 allows two more",
    spec: spread(HOST, { maxSkew: 2 }),
    nodes: { a: { pods: like(1) }, b: {} },
    on: ["a", "b"],
  },
  {
    name: "zones are counted whole",
    spec: spread(ZONE),
    nodes: { a: inZone("1", like(1)), b: inZone("1"), c: inZone("2") },
    on: ["c"],
  },
  {
    name: "nodes without the label are out",
    spec: spread(ZONE),
    nodes: { a: {} },
    why: `1 ${REASON} (missing required label).`,
  },
  {
    name: "a pod the selector does not match adds nothing",
    spec: spread(HOST),
    labels: { app: "b" },
    nodes: { a: { pods: like(1) }, b: {} },
    on: ["a", "b"],
  },
  {
    name: "pods on their way out do not count",
    spec: spread(HOST),
    nodes: { a: { pods: [leaving] }, b: {} },
    on: ["a", "b"],
  },
  {
    name: "minDomains: too few domains make the least zero",
    spec: spread(ZONE, { minDomains: 3 }),
    nodes: { a: inZone("1", like(1)), b: inZone("2", like(1)) },
    why: `2 ${REASON}.`,
  },
  {
    name: "minDomains: enough domains",
    spec: spread(ZONE, { minDomains: 2 }),
    nodes: { a: inZone("1", like(1)), b: inZone("2", like(1)) },
    on: ["a", "b"],
  },
  {
    name: "nodeAffinityPolicy Honor: a domain the pod cannot go to does not count",
    spec: { ...spread(ZONE), nodeSelector: { disk: "ssd" } },
    nodes: { a: inZone("1", like(1), { labels: { disk: "ssd" } }), b: inZone("2") },
    on: ["a"],
  },
  {
    name: "nodeAffinityPolicy Ignore: it does",
    spec: { ...spread(ZONE, { nodeAffinityPolicy: "Ignore" }), nodeSelector: { disk: "ssd" } },
    nodes: { a: inZone("1", like(1), { labels: { disk: "ssd" } }), b: inZone("2") },
    why: `1 node(s) didn't match Pod's node affinity/selector, 1 ${REASON}.`,
  },
  {
    name: "nodeTaintsPolicy Ignore: a tainted domain counts",
    spec: spread(ZONE),
    nodes: { a: inZone("1", like(1)), b: inZone("2", [], tainted) },
    why: `1 ${REASON}, 1 node(s) had untolerated taint(s).`,
  },
  {
    name: "nodeTaintsPolicy Honor: it does not",
    spec: spread(ZONE, { nodeTaintsPolicy: "Honor" }),
    nodes: { a: inZone("1", like(1)), b: inZone("2", [], tainted) },
    on: ["a"],
  },
  {
    name: "matchLabelKeys: only pods of the same version are spread against",
    spec: spread(HOST, { matchLabelKeys: ["version"] }),
    labels: { app: "a", version: "2" },
    nodes: { a: { pods: like(3, { version: "1" }) }, b: {} },
    on: ["a", "b"],
  },
];

for (const { name, spec, labels = { app: "a" }, nodes, on, why } of cases) {
  test(`topology spread: ${name}`, () => {
    const cluster = new TestCluster(nodes);
    const pod = podInfo(spec, labels);
    const { feasible, diagnosis } = cluster.search(pod);
    if (on !== undefined) assert.deepEqual(feasible, on);
    else assert.equal(fitMessage(diagnosis, ""), `0/${Object.keys(nodes).length} nodes are available: ${why}`);
  });
}
