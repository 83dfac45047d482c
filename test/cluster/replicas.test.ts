import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, ReplicaSet, ReplicationController, ResourceQuota, type FakeImage } from "knarr";
import type { AnyKind } from "#api/object.ts";
import { imageOf, isReady, Story, WEB } from "./story.ts";
import { watched } from "./watched.ts";

const labels = { app: "web" };
const readinessProbe = { httpGet: { path: "/", port: 8080 } };
const container = { name: "web", image: "app:1", readinessProbe };

interface Replicated {
  readonly kind: AnyKind;
  readonly selector: object;
}
const KINDS: readonly Replicated[] = [
  { kind: ReplicaSet, selector: { matchLabels: labels } },
  { kind: ReplicationController, selector: labels },
];

async function make(story: Story, { kind, selector }: Replicated, replicas: number): Promise<void> {
  const { apiVersion, kind: name } = kind;
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const spec = { replicas, selector, template };
  await story.cluster.apply(JSON.stringify({ apiVersion, kind: name, metadata: { ...WEB, labels }, spec }));
}

const readyPods = async (story: Story) => (await story.pods()).filter(isReady);
const ownersOf = ({ metadata }: Pod) => (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`);

for (const replicated of KINDS) {
  const { kind } = replicated;

  test(`a ${kind.kind} serves on each replica: each answers at an address of its own`, async () => {
    const asked = new Set<string>();
    const image: FakeImage = {
      http: ({ port, path }, { containerId }) => {
        asked.add(`${containerId} ${port}${path}`);
        return 200;
      },
    };
    await using story = await Story.begin({ images: { "app:1": image } });
    await make(story, replicated, 3);
    await story.cluster.until(async () => (await readyPods(story)).length === 3);
    const pods = await readyPods(story);
    assert.equal(new Set(pods.map(({ status }) => status.podIP)).size, 3);
    const containers = pods.map(({ status }) => status.containerStatuses?.[0]?.containerID?.split("://")[1] ?? "");
    assert.deepEqual(asked, new Set(containers.map((id) => `${id} 8080/`)));
  });

  test(`a ${kind.kind} adopts a pod that was there before it, and lets go of one whose labels no longer fit`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    const { client, until } = story.cluster;
    const orphan = { namespace: "default", name: "orphan" };
    await client.create(Pod, { metadata: { ...orphan, labels }, spec: { containers: [container] } });
    await until.call(story.cluster, async () => isReady(await client.get(Pod, orphan)));
    await make(story, replicated, 1);
    const owners = async () => ownersOf(await client.get(Pod, orphan));
    await until.call(story.cluster, async () => (await owners()).join() === `${kind.kind}/web`);
    await story.cluster.clock.advance("10s");
    assert.equal((await story.pods()).length, 1);
    await client.patch(Pod, orphan, { type: "merge", body: { metadata: { labels: { app: "other" } } } });
    await until.call(story.cluster, async () => (await owners()).length === 0);
    await until.call(story.cluster, async () => (await readyPods(story)).length === 2);
    const made = (await story.pods()).filter(({ metadata }) => metadata.name !== "orphan");
    assert.deepEqual(made.map(ownersOf), [[`${kind.kind}/web`]]);
  });

  test(`a ${kind.kind} says that a quota refuses its pods, and no longer once it asks for fewer`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    story.mayComplain = true;
    const { client, clock } = story.cluster;
    await client.create(ResourceQuota, {
      metadata: { namespace: "default", name: "two" },
      spec: { hard: { pods: "2" } },
    });
    await clock.advance("1s");
    await make(story, replicated, 3);
    const failure = async () => {
      const { status } = (await client.get(kind, WEB)) as {
        readonly status?: { readonly conditions?: readonly { type: string; reason?: string; message?: string }[] };
      };
      return status?.conditions?.find(({ type }) => type === "ReplicaFailure");
    };
    await story.cluster.until(async () => (await failure()) !== undefined);
    const told = await failure();
    assert.equal(told?.reason, "FailedCreate");
    assert.match(told?.message ?? "", /exceeded quota: two, requested: pods=1, used: pods=2, limited: pods=2$/);
    await client.patch(kind, WEB, { type: "merge", body: { spec: { replicas: 2 } } });
    await story.cluster.until(async () => (await failure()) === undefined);
    await story.cluster.until(async () => (await readyPods(story)).length === 2);
  });

  test(`a ${kind.kind} is replaced and patched; its new template holds for pods made from then on`, async () => {
    await using story = await Story.begin();
    const { client, clock } = story.cluster;
    const watch = await watched(client, kind, { namespace: "default" });
    await make(story, replicated, 1);
    await story.cluster.until(async () => (await readyPods(story)).length === 1);
    const current = await client.get(kind, WEB);
    const template = { metadata: { labels }, spec: { containers: [{ ...container, image: "app:2" }] } };
    const body = { metadata: { labels: { patched: "yes" } }, spec: { replicas: 3, template } };
    await client.patch(kind, WEB, { type: "strategic", body });
    await story.cluster.until(async () => (await readyPods(story)).length === 3);
    assert.deepEqual((await story.pods()).map(imageOf).toSorted(), ["app:1", "app:2", "app:2"]);
    await assert.rejects(client.update(kind, current), { reason: "Conflict" });
    const newest = await client.get(kind, WEB);
    await client.update(kind, { ...newest, metadata: { ...newest.metadata, labels: { ...labels, replaced: "yes" } } });
    await client.delete(kind, WEB, { propagationPolicy: "Background" });
    await clock.advance("1m");
    await watch.stop();
    assert.deepEqual(await story.pods(), []);
    const seen = watch.events.map(({ type, object: { metadata } }) => {
      return `${type} ${Object.keys(metadata.labels ?? {}).join(" ")}`;
    });
    const expected = ["ADDED app", "MODIFIED app patched", "MODIFIED app replaced", "DELETED app replaced"];
    assert.deepEqual(
      [...new Set(seen)].filter((each) => each !== "MODIFIED app"),
      expected,
    );
  });
}
