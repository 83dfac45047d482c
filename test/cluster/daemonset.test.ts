import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision, DaemonSet, Node, Pod } from "knarr";
import { imageOf, isReady, Story } from "./story.ts";

const AGENT = { namespace: "default", name: "agent" } as const;
const labels = { app: "agent" };

async function make(story: Story, podSpec: object = {}): Promise<void> {
  const containers = [{ name: "agent", image: "app:1" }];
  await story.cluster.client.create(DaemonSet, {
    metadata: AGENT,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers, ...podSpec } } },
  });
}

const change = (story: Story, podSpec: object) =>
  story.cluster.client.patch(DaemonSet, AGENT, { type: "strategic", body: { spec: { template: { spec: podSpec } } } });
const setImage = (story: Story, image: string) => change(story, { containers: [{ name: "agent", image }] });
const label = (story: Story, name: string, colour: string) =>
  story.cluster.client.patch(Node, { name }, { type: "merge", body: { metadata: { labels: { colour } } } });
/** Where its ready pods are. */
const places = async (story: Story) => {
  const ready = (await story.pods()).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  return ready.map(({ spec }) => spec.nodeName).toSorted();
};
const arrives = (story: Story, ...nodes: readonly string[]) =>
  story.cluster.until(async () => (await places(story)).join() === nodes.join());

test("a simple DaemonSet runs on every node, and revives a pod that is stopped", async () => {
  await using story = await Story.begin();
  await make(story);
  await arrives(story, "node-1", "node-2", "node-3");
  const [stopped] = await story.pods();
  assert.ok(stopped);
  await story.cluster.client.delete(Pod, stopped.metadata);
  await story.cluster.until(async () => !(await story.exists(Pod, stopped.metadata)));
  await arrives(story, "node-1", "node-2", "node-3");
});

test("a DaemonSet that selects nodes follows their labels, and a change of what it selects", async () => {
  await using story = await Story.begin();
  await make(story, { nodeSelector: { colour: "blue" } });
  await story.cluster.clock.advance("10s");
  assert.deepEqual(await story.pods(), []);
  await label(story, "node-2", "blue");
  await arrives(story, "node-2");
  await label(story, "node-2", "green");
  await story.cluster.until(async () => (await story.pods()).length === 0);
  await change(story, { nodeSelector: { colour: "green" } });
  await arrives(story, "node-2");
  const { status } = await story.cluster.client.get(DaemonSet, AGENT);
  assert.deepEqual([status.desiredNumberScheduled, status.numberMisscheduled], [1, 0]);
});

test("undoing an update that got stuck leaves the pods alone that it did not reach", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  await make(story);
  await arrives(story, "node-1", "node-2", "node-3");
  const before = new Set((await story.pods()).map(({ metadata }) => metadata.uid));
  await setImage(story, "app:missing");
  await story.cluster.until(async () => (await story.pods()).some((pod) => imageOf(pod) === "app:missing"));
  const untouched = (await story.pods()).filter(
    ({ metadata }) => before.has(metadata.uid) && metadata.deletionTimestamp === undefined,
  );
  assert.equal(untouched.length, 2);
  await setImage(story, "app:1");
  await arrives(story, "node-1", "node-2", "node-3");
  await clock.advance("1m");
  const after = await story.pods();
  assert.deepEqual(new Set(after.map(imageOf)), new Set(["app:1"]));
  for (const { metadata } of untouched) {
    const { status } = await client.get(Pod, metadata);
    assert.equal(after.filter(({ metadata: { uid } }) => uid === metadata.uid).length, 1);
    assert.equal(status.containerStatuses?.[0]?.restartCount, 0);
  }
});

test("the life of a ControllerRevision: listed, patched, replaced, deleted by its label, and made again", async () => {
  await using story = await Story.begin();
  const { client } = story.cluster;
  const list = async (labelSelector: string) => (await client.list(ControllerRevision, { labelSelector })).items;
  await make(story);
  await arrives(story, "node-1", "node-2", "node-3");
  const [first, ...others] = await list("app=agent");
  assert.ok(first && others.length === 0);
  assert.deepEqual([first.revision, first.metadata.ownerReferences?.[0]?.name], [1, "agent"]);
  const patched = await client.patch(ControllerRevision, first.metadata, {
    type: "strategic",
    body: { metadata: { labels: { patched: "yes" } } },
  });
  assert.equal(patched.metadata.labels?.["patched"], "yes");
  const { metadata, data, ...rest } = patched;
  const { uid: _, resourceVersion: __, ...plain } = metadata;
  await client.create(ControllerRevision, {
    ...rest,
    data,
    metadata: { ...plain, name: "made-by-hand" },
    revision: 2,
  });
  await client.delete(ControllerRevision, first.metadata);
  // Its data is that of the template: the one made by hand is the present one now.
  await story.cluster.clock.advance("10s");
  const [newest, ...more] = await list("app=agent");
  assert.deepEqual([newest?.metadata.name, more], ["made-by-hand", []]);
  assert.ok(newest);
  const relabelled = { ...newest.metadata, labels: { ...newest.metadata.labels, replaced: "yes" } };
  await client.update(ControllerRevision, { ...newest, metadata: relabelled });
  assert.equal((await list("replaced=yes")).length, 1);
  await setImage(story, "app:2");
  await story.cluster.until(async () => (await story.pods()).every((pod) => imageOf(pod) === "app:2"));
  await client.deleteCollection(ControllerRevision, { namespace: "default", labelSelector: "replaced=yes" });
  await story.cluster.until(async () => (await list("replaced=yes")).length === 0);
  assert.deepEqual((await list("app=agent")).map(({ revision }) => revision).toSorted(), [3]);
});
