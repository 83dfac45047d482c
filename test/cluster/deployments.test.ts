import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment, ReplicaSet } from "knarr";
import { imageOf, isReady, Story, WEB } from "./story.ts";
import { watched } from "./watched.ts";

const labels = { app: "web" };
const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: "web", image }] } });
const selector = { matchLabels: labels };

test("the life of a Deployment: created, patched, replaced, watched, and deleted by its label", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  const watch = await watched(client, Deployment, { labelSelector: "kept=static" });
  await client.create(Deployment, {
    metadata: { ...WEB, labels: { kept: "static" } },
    spec: { replicas: 1, selector, template: template("app:1") },
  });
  await story.rolledOut();
  const body = { metadata: { labels: { patched: "yes" } }, spec: { replicas: 2, template: template("app:2") } };
  await client.patch(Deployment, WEB, { type: "strategic", body });
  await story.rolledOut();
  const { items } = await client.list(Deployment, { labelSelector: "kept=static" });
  assert.deepEqual(
    items.map(({ metadata, spec }) => [metadata.name, metadata.labels?.["patched"], spec.replicas]),
    [["web", "yes", 2]],
  );
  const { metadata, spec, ...rest } = structuredClone(await story.deployment());
  const [container] = spec.template.spec.containers;
  assert.ok(container);
  container.image = "app:3";
  await client.update(Deployment, {
    ...rest,
    spec,
    metadata: { ...metadata, labels: { kept: "static", updated: "yes" } },
  });
  await story.rolledOut();
  assert.deepEqual(new Set((await story.pods()).filter(isReady).map(imageOf)), new Set(["app:3"]));
  await client.deleteCollection(Deployment, { namespace: "default", labelSelector: "updated=yes" });
  await clock.advance("1m");
  await watch.stop();
  const types = watch.events.map(({ type }) => type);
  assert.deepEqual([types[0], types.at(-1), new Set(types).size], ["ADDED", "DELETED", 3]);
  const ready = watch.events.map(({ object }) => object.status.readyReplicas ?? 0);
  assert.ok(ready.includes(1) && ready.includes(2));
  assert.deepEqual(await story.pods(), []);
});

test("a rolling update takes over a ReplicaSet that was there before, and replaces its pods", async () => {
  await using story = await Story.begin();
  const { client } = story.cluster;
  const old = { namespace: "default", name: "older" };
  const annotations = { "deployment.kubernetes.io/revision": "3546343826724305832" };
  await client.create(ReplicaSet, {
    metadata: { ...old, labels, annotations },
    spec: { replicas: 1, selector, template: template("app:1") },
  });
  await story.cluster.until(async () => ((await client.get(ReplicaSet, old)).status.readyReplicas ?? 0) === 1);
  await story.deploy(1, "app:2");
  await story.rolledOut();
  await story.cluster.until(async () => (await story.pods()).length === 1);
  const { metadata, spec } = await client.get(ReplicaSet, old);
  assert.deepEqual([metadata.ownerReferences?.[0]?.name, spec.replicas], ["web", 0]);
  assert.deepEqual((await story.pods()).map(imageOf), ["app:2"]);
  const revision = (await story.deployment()).metadata.annotations?.["deployment.kubernetes.io/revision"];
  assert.equal(revision, "3546343826724305833");
});
