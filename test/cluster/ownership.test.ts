import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigMap,
  Deployment,
  EndpointSlice,
  Namespace,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
} from "knarr";
import { Story, WEB } from "./story.ts";

const shop = (replicas: number) => `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "app:1" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Secret
metadata: { name: key, namespace: shop }
stringData: { key: secret }
`;

test("a namespace that is deleted ends its pods properly, then everything in it, then itself", async () => {
  await using story = await Story.begin();
  const { client, until } = story.cluster;
  await story.cluster.apply(shop(5));
  const inShop = { namespace: "shop" };
  await until.call(story.cluster, async () => {
    const { items } = await client.list(Pod, inShop);
    return items.length === 5 && items.every(({ status }) => status.phase === "Running");
  });
  await client.delete(Namespace, { name: "shop" });
  assert.equal((await client.get(Namespace, { name: "shop" })).status.phase, "Terminating");
  await assert.rejects(
    client.create(ConfigMap, { metadata: { ...inShop, name: "late" } }),
    /because it is being terminated/,
  );
  await story.cluster.clock.advance("30s");
  assert.equal(await story.exists(Namespace, { name: "shop" }), false);
  for (const kind of [Deployment, ReplicaSet, Pod, Service, EndpointSlice, ConfigMap, Secret, ServiceAccount]) {
    assert.deepEqual((await client.list(kind, inShop)).items, [], kind.kind);
  }
  for (const node of story.cluster.nodes) {
    assert.deepEqual(await node.runtime.listContainers(), [], `${node.name} has containers left`);
  }
});

const count = async (story: Story) => {
  const { client } = story.cluster;
  const all = await Promise.all([client.list(Deployment), client.list(ReplicaSet), client.list(Pod)]);
  return all.map(({ items }) => items.length);
};

test("a Deployment deleted in the background is gone at once, what it owned a little later", async () => {
  await using story = await Story.begin();
  await story.deploy(3, "app:1");
  await story.rolledOut();
  await story.cluster.client.delete(Deployment, WEB, { propagationPolicy: "Background" });
  assert.equal((await count(story))[0], 0);
  await story.cluster.clock.advance("10s");
  assert.deepEqual(await count(story), [0, 0, 0]);
});

test("a Deployment deleted in the foreground outlives everything it owns", async () => {
  await using story = await Story.begin();
  await story.deploy(3, "app:1");
  await story.rolledOut();
  await story.cluster.client.delete(Deployment, WEB, { propagationPolicy: "Foreground" });
  let last: number[] = [];
  for (let step = 0; step < 200; step++) {
    last = await count(story);
    const [deployments = 0, sets = 0, pods = 0] = last;
    assert.ok(sets >= Math.sign(pods) && deployments >= Math.sign(sets), `${deployments}, ${sets}, ${pods}`);
    await story.cluster.clock.advance("100ms");
  }
  assert.deepEqual(last, [0, 0, 0]);
});

test("an orphaned ReplicaSet keeps its pods, and a Deployment made anew adopts it without a restart", async () => {
  await using story = await Story.begin();
  await story.deploy(3, "app:1");
  await story.rolledOut();
  const uids = async () => (await story.pods()).map((pod) => pod.metadata.uid).toSorted();
  const before = await uids();
  await story.cluster.client.delete(Deployment, WEB, { propagationPolicy: "Orphan" });
  await story.cluster.clock.advance("30s");
  assert.deepEqual(await count(story), [0, 1, 3]);
  await story.deploy(3, "app:1");
  await story.rolledOut();
  assert.deepEqual(await count(story), [1, 1, 3]);
  assert.deepEqual(await uids(), before);
});

test("what names an owner that does not exist is collected, what names none stays", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "nobody", uid: "4e9fdc4b-8e6d-4d9c-8f43-0a3a8d3f1a11" };
  await client.create(ConfigMap, { metadata: { namespace: "default", name: "orphan", ownerReferences: [owner] } });
  await client.create(ConfigMap, { metadata: { namespace: "default", name: "free" } });
  await clock.advance("1m");
  assert.equal(await story.exists(ConfigMap, { namespace: "default", name: "orphan" }), false);
  assert.equal(await story.exists(ConfigMap, { namespace: "default", name: "free" }), true);
});
