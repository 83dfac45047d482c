import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { profilesOf } from "../configuration.ts";
import { fitMessage } from "../diagnosis.ts";
import { TestCluster, asking, podInfo } from "../testing.ts";
import { decideExtended } from "./extended_decision.ts";
import { Extender, ExtenderError, type ExtenderSettings } from "./extender.ts";

type Answer = (body: Record<string, unknown>) => unknown;

/** A world of two nodes with an extender that answers as told; `asked` is what it was sent. */
function world(settings: Partial<ExtenderSettings>, answers: Readonly<Record<string, Answer>>) {
  const asked: [string, Record<string, unknown>][] = [];
  const post = (url: string, body: unknown) => {
    const sent = body as Record<string, unknown>;
    asked.push([url, sent]);
    const answer = answers[url.slice("http://ext/".length)];
    return answer ? Promise.resolve(answer(sent)) : Promise.reject(new Error("connection refused"));
  };
  const extender = new Extender({ urlPrefix: "http://ext/", ...settings }, post, silentLog);
  const cluster = new TestCluster({ a: {}, b: {}, c: { spec: { unschedulable: true } } });
  const [profile] = profilesOf().values();
  assert.ok(profile);
  const decide = (pod = podInfo()) => decideExtended(cluster.decider, pod, profile, [extender]);
  return { asked, cluster, extender, decide };
}

test("an extender that knows the nodes is sent names, and what it lets pass is left", async () => {
  const filter: Answer = ({ NodeNames }) => ({ NodeNames: (NodeNames as string[]).filter((name) => name !== "a") });
  const { asked, decide } = world({ filterVerb: "filter", nodeCacheCapable: true }, { filter });
  const decision = await decide();
  assert.equal(decision.kind === "node" && decision.info.name, "b");
  const [[url, sent] = ["", {}]] = asked;
  assert.equal(url, "http://ext/filter");
  assert.deepEqual((sent["NodeNames"] as string[]).toSorted(), ["a", "b"]);
});

test("one that does not is sent whole nodes, and may answer in lower case", async () => {
  const filter: Answer = ({ Nodes }) => ({
    nodes: { items: (Nodes as { items: { metadata: { name: string } }[] }).items.slice(0, 1) },
  });
  const { decide } = world({ filterVerb: "filter" }, { filter });
  assert.equal((await decide()).kind, "node");
});

test("its reasons stand beside those of the plugins", async () => {
  const filter: Answer = () => ({
    NodeNames: [],
    FailedNodes: { a: "no licence" },
    FailedAndUnresolvableNodes: { b: "wrong colour" },
  });
  const { decide } = world({ filterVerb: "filter", nodeCacheCapable: true }, { filter });
  const decision = await decide();
  assert.equal(decision.kind, "none");
  if (decision.kind !== "none") return;
  assert.equal(
    fitMessage(decision.diagnosis, ""),
    "0/3 nodes are available: 1 no licence, 1 node(s) were unschedulable, 1 wrong colour.",
  );
  assert.deepEqual([...decision.diagnosis.byNode.values()].map(({ isFinal }) => isFinal).toSorted(), [
    false,
    true,
    true,
  ]);
});

test("its ratings count ten times their number, by its weight", async () => {
  const rate: Answer = () => [
    { Host: "a", Score: 1 },
    { host: "b", score: 10 },
  ];
  const { decide } = world({ prioritizeVerb: "rate", weight: 5 }, { rate });
  for (let at = 0; at < 10; at++) {
    const decision = await decide();
    assert.equal(decision.kind === "node" && decision.info.name, "b");
  }
});

test("one that fails stops the pod, unless it may be ignored", async () => {
  await assert.rejects(
    world({ filterVerb: "filter" }, {}).decide(),
    (error) => error instanceof ExtenderError && error.message === "extender http://ext/: connection refused",
  );
  const says: Answer = () => ({ Error: "out of order" });
  await assert.rejects(world({ filterVerb: "filter" }, { filter: says }).decide(), /out of order/);
  assert.equal((await world({ filterVerb: "filter", ignorable: true }, {}).decide()).kind, "node");
  assert.equal((await world({ prioritizeVerb: "rate" }, {}).decide()).kind, "node");
});

test("it is asked only about pods that ask for what it manages", () => {
  const { extender } = world({ managedResources: [{ name: "example.com/gpu" }] }, {});
  assert.equal(extender.concerns(podInfo()), false);
  assert.equal(extender.concerns(podInfo(asking({ "example.com/gpu": "1" }))), true);
});

test("it may spare victims, and whole nodes", async () => {
  const victims = [podInfo({ priority: 1 }), podInfo({ priority: 2 })];
  const [low] = victims;
  assert.ok(low);
  const preempt: Answer = () => ({ NodeNameToMetaVictims: { a: { Pods: [{ UID: low.uid }], NumPDBViolations: 1 } } });
  const { cluster, extender } = world({ preemptVerb: "preempt", nodeCacheCapable: true }, { preempt });
  for (const victim of victims) cluster.index.place(victim, "a");
  const candidates = ["a", "b"].map((name) => {
    const info = cluster.index.nodes.get(name);
    assert.ok(info);
    return { info, pods: victims, violations: 0 };
  });
  const reviewed = await extender.review(podInfo({ priority: 10 }), candidates);
  assert.deepEqual(
    reviewed.map(({ info, pods, violations }) => [info.name, pods.map(({ uid }) => uid), violations]),
    [["a", [low.uid], 1]],
  );
});

test("it binds where it says it does", async () => {
  const { asked, extender } = world({ bindVerb: "bind" }, { bind: () => ({}) });
  const pod = podInfo();
  assert.equal(await extender.bind(pod, "a"), true);
  const { name, namespace, uid } = pod.pod.metadata;
  assert.deepEqual(asked[0]?.[1], { PodName: name, PodNamespace: namespace, PodUID: uid, Node: "a" });
  assert.equal(await world({}, {}).extender.bind(pod, "a"), false);
});
