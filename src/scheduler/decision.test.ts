import assert from "node:assert/strict";
import { test } from "node:test";
import { nodesEnough } from "./decision.ts";
import { TestCluster, asking, podInfo, type NodeFacts } from "./testing.ts";

const cases = [
  { nodes: 10, percentage: undefined, enough: 10 },
  { nodes: 99, percentage: 10, enough: 99 },
  { nodes: 100, percentage: undefined, enough: 100 },
  { nodes: 1_000, percentage: undefined, enough: 420 },
  { nodes: 5_000, percentage: undefined, enough: 500 },
  { nodes: 10_000, percentage: undefined, enough: 500 },
  { nodes: 1_000, percentage: 5, enough: 100 },
  { nodes: 1_000, percentage: 40, enough: 400 },
  { nodes: 6_000, percentage: 100, enough: 6_000 },
];

for (const { nodes, percentage, enough } of cases) {
  test(`nodesEnough() of ${nodes} at ${percentage ?? "the default"} is ${enough}`, () => {
    assert.equal(nodesEnough(nodes, percentage), enough);
  });
}

const many = (count: number): Record<string, NodeFacts> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`node-${at}`, {}]));

test("a large cluster is searched in turn: every node is chosen from in the end", () => {
  const cluster = new TestCluster(many(400));
  const pod = podInfo();
  const seen = new Set<string>();
  for (let search = 0; search < 4; search++) {
    const { feasible } = cluster.decider.search(pod, [], 25);
    assert.equal(feasible.length, 100);
    for (const { name } of feasible) seen.add(name);
  }
  assert.equal(seen.size, 400);
});

test("zones take turns in the order of the search", () => {
  const zone = (name: string): NodeFacts => ({ labels: { "topology.kubernetes.io/zone": name } });
  const cluster = new TestCluster({ a: zone("1"), b: zone("1"), c: zone("1"), d: zone("2") });
  assert.deepEqual(
    cluster.index.order.map(({ name }) => name),
    ["a", "d", "b", "c"],
  );
});

test("among equals each is chosen", () => {
  const cluster = new TestCluster(many(3));
  const chosen = new Set<string>();
  for (let at = 0; at < 50; at++) {
    const decision = cluster.decide(podInfo());
    if (decision.kind === "node") chosen.add(decision.info.name);
  }
  assert.equal(chosen.size, 3);
});

test("the emptier node is chosen, and the fuller one where that is asked for", () => {
  const nodes = { a: { pods: [podInfo(asking({ cpu: "1", memory: "2Gi" }))] }, b: {} };
  const pod = podInfo(asking({ cpu: "100m", memory: "200Mi" }));
  const resources = [{ name: "cpu", weight: 1 }];
  const chosen = (settings: object) => {
    const decision = new TestCluster(nodes).decide(pod, settings);
    return decision.kind === "node" && decision.info.name;
  };
  assert.equal(chosen({}), "b");
  assert.equal(chosen({ scoringStrategy: { type: "MostAllocated", resources } }), "a");
});
