import assert from "node:assert/strict";
import { test } from "node:test";
import { DaemonSet, Node, Pod, StatefulSet } from "knarr";
import { imageOf, isReady, Story } from "./story.ts";

const AGENT = { namespace: "default", name: "agent" } as const;
const DB = { namespace: "default", name: "db" } as const;

const spec = (app: string, image: string) => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec: { containers: [{ name: app, image }] } },
});

test("a DaemonSet has one pod on each node, also on one that died, and rolls one node at a time", async () => {
  await using story = await Story.begin({ nodes: 4 });
  const { client, clock, nodes } = story.cluster;
  await client.create(DaemonSet, { metadata: AGENT, spec: spec("agent", "app:1") });
  await clock.advance("10s");
  const places = async () =>
    (await story.pods())
      .filter(isReady)
      .map((pod) => pod.spec.nodeName)
      .toSorted();
  assert.deepEqual(await places(), ["node-1", "node-2", "node-3", "node-4"]);
  let least = 4;
  const stop = story.watchPods((pods) => (least = Math.min(least, pods.filter(isReady).length)));
  const containers = [{ name: "agent", image: "app:2" }];
  await client.patch(DaemonSet, AGENT, { type: "strategic", body: { spec: { template: { spec: { containers } } } } });
  await clock.advance("1m");
  stop();
  assert.equal(least, 3);
  assert.deepEqual(new Set((await story.pods()).map(imageOf)), new Set(["app:2"]));
  const { status } = await client.get(DaemonSet, AGENT);
  assert.deepEqual([status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberAvailable], [4, 4, 4]);
  await nodes[3]?.kill();
  await clock.advance("10m");
  const onDead = (await story.pods()).filter((pod) => pod.spec.nodeName === "node-4");
  assert.deepEqual(
    onDead.map((pod) => pod.metadata.deletionTimestamp),
    [undefined],
    "its pods tolerate a lost node",
  );
  await client.delete(Node, { name: "node-4" });
  await clock.advance("2m");
  assert.deepEqual(await places(), ["node-1", "node-2", "node-3"]);
});

test("a StatefulSet makes its pods in order, replaces them from the last, and keeps their names", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  const made: string[] = [];
  const stop = story.watchPods((pods) => {
    for (const { metadata } of pods) if (!made.includes(metadata.uid)) made.push(metadata.uid);
    const ready = pods.filter(isReady).length;
    assert.ok(pods.length <= ready + 1, "no pod is made before the one before it is ready");
  });
  await client.create(StatefulSet, { metadata: DB, spec: { ...spec("db", "app:1"), serviceName: "db", replicas: 3 } });
  await clock.advance("30s");
  const names = async () => (await story.pods()).map((pod) => `${pod.metadata.name} ${imageOf(pod)}`);
  assert.deepEqual(await names(), ["db-0 app:1", "db-1 app:1", "db-2 app:1"]);
  const containers = [{ name: "db", image: "app:2" }];
  await client.patch(StatefulSet, DB, { type: "strategic", body: { spec: { template: { spec: { containers } } } } });
  await story.cluster.until(async () => (await names()).includes("db-2 app:2"));
  assert.deepEqual((await names()).slice(0, 2), ["db-0 app:1", "db-1 app:1"]);
  await clock.advance("1m");
  assert.deepEqual(await names(), ["db-0 app:2", "db-1 app:2", "db-2 app:2"]);
  assert.equal(made.length, 6);
  await client.patch(StatefulSet, DB, { type: "merge", body: { spec: { replicas: 1 } } });
  await clock.advance("30s");
  stop();
  assert.deepEqual(await names(), ["db-0 app:2"]);
});

test("a StatefulSet never has two pods of one name: one on a dead node is not replaced until the node is given up", async () => {
  await using story = await Story.begin({ nodes: 2 });
  const { client, clock, nodes } = story.cluster;
  await client.create(StatefulSet, { metadata: DB, spec: { ...spec("db", "app:1"), serviceName: "db", replicas: 2 } });
  await clock.advance("30s");
  const before = await client.get(Pod, { ...DB, name: "db-0" });
  const dead = nodes.find((node) => node.name === before.spec.nodeName);
  assert.ok(dead);
  await dead.kill();
  await clock.advance("15m");
  const marked = await client.get(Pod, { ...DB, name: "db-0" });
  assert.equal(marked.metadata.uid, before.metadata.uid);
  assert.ok(marked.metadata.deletionTimestamp);
  await client.delete(Node, { name: dead.name });
  await clock.advance("2m");
  const after = await client.get(Pod, { ...DB, name: "db-0" });
  assert.notEqual(after.metadata.uid, before.metadata.uid);
  assert.ok(isReady(after) && after.spec.nodeName !== dead.name);
});
