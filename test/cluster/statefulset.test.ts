import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, StatefulSet, type FakeImage } from "knarr";
import type { StatefulSetDraft } from "#api/apps/statefulset.ts";
import { imageOf, isReady, Story } from "./story.ts";

const DB = { namespace: "default", name: "db" } as const;
const labels = { app: "db" };

type Spec = Partial<NonNullable<StatefulSetDraft["spec"]>>;

/** Its pods answer their probes as long as `isWell`. */
async function started(replicas: number, spec: Spec = {}, container: object = {}) {
  const health = { isWell: true };
  const image: FakeImage = { http: () => (health.isWell ? 200 : 503) };
  const story = await Story.begin({ images: { "app:1": image, "app:2": image } });
  const readinessProbe = { httpGet: { path: "/", port: 80 }, periodSeconds: 1, failureThreshold: 1 };
  const containers = [{ name: "db", image: "app:1", readinessProbe, ...container }];
  const template = { metadata: { labels }, spec: { containers, ...spec.template?.spec } };
  await story.cluster.client.create(StatefulSet, {
    metadata: DB,
    spec: { serviceName: "db", replicas, selector: { matchLabels: labels }, ...spec, template },
  });
  return { story, health };
}

const merge = (story: Story, spec: object) =>
  story.cluster.client.patch(StatefulSet, DB, { type: "strategic", body: { spec } });
const scale = (story: Story, replicas: number) => merge(story, { replicas });
const setImage = (story: Story, image: string) =>
  merge(story, { template: { spec: { containers: [{ name: "db", image }] } } });
const names = async (story: Story) => (await story.pods()).map(({ metadata }) => metadata.name).toSorted();
const ready = async (story: Story) => (await story.pods()).filter(isReady).length;
const images = async (story: Story) =>
  (await story.pods()).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name)).map(imageOf);

test("a StatefulSet scales in order, and halts both up and down while a pod is unhealthy", async () => {
  const { story, health } = await started(1);
  await using _ = story;
  const { clock, until } = story.cluster;
  const has = (count: number) => until.call(story.cluster, async () => (await ready(story)) === count);
  await has(1);
  health.isWell = false;
  await has(0);
  await scale(story, 3);
  await clock.advance("1m");
  assert.deepEqual(await names(story), ["db-0"]);
  health.isWell = true;
  const grown: string[][] = [];
  const stop = story.watchPods((pods) => grown.push(pods.map(({ metadata }) => metadata.name).toSorted()));
  await has(3);
  stop();
  const steps = new Set(grown.map((each) => each.join(" ")));
  assert.deepEqual([...steps], ["db-0", "db-0 db-1", "db-0 db-1 db-2"]);
  health.isWell = false;
  await has(0);
  await scale(story, 0);
  await clock.advance("1m");
  assert.deepEqual(await names(story), ["db-0", "db-1", "db-2"]);
  health.isWell = true;
  const left: string[] = [];
  const end = story.watchPods((pods) =>
    left.push(
      pods
        .map(({ metadata }) => metadata.name)
        .toSorted()
        .join(" "),
    ),
  );
  await until.call(story.cluster, async () => (await names(story)).length === 0);
  end();
  assert.deepEqual([...new Set(left)], ["db-0 db-1 db-2", "db-0 db-1", "db-0", ""]);
});

test("a StatefulSet that scales in bursts goes all the way up and down with unhealthy pods", async () => {
  const { story, health } = await started(1, { podManagementPolicy: "Parallel" });
  await using _ = story;
  await story.cluster.until(async () => (await ready(story)) === 1);
  health.isWell = false;
  await story.cluster.until(async () => (await ready(story)) === 0);
  await scale(story, 3);
  await story.cluster.until(async () => (await names(story)).length === 3);
  assert.equal(await ready(story), 0);
  await scale(story, 0);
  await story.cluster.until(async () => (await names(story)).length === 0);
});

test("a pod of a StatefulSet that its node turns away is made anew until there is room for it", async () => {
  const story = await Story.begin({ nodes: 1 });
  await using _ = story;
  const { client, clock } = story.cluster;
  const taken = { namespace: "default", name: "taken" };
  const ports = [{ containerPort: 80, hostPort: 21_017 }];
  const container = { name: "db", image: "app:1", ports };
  await client.create(Pod, { metadata: taken, spec: { nodeName: "node-1", containers: [container] } });
  await story.cluster.until(async () => isReady(await client.get(Pod, taken)));
  const template = { metadata: { labels }, spec: { nodeName: "node-1", containers: [container] } };
  const tries = new Set<string>();
  const stop = story.watchPods((pods) => {
    for (const { metadata, status } of pods) if (status.phase === "Failed") tries.add(metadata.uid);
  });
  await client.create(StatefulSet, {
    metadata: DB,
    spec: { serviceName: "db", replicas: 1, selector: { matchLabels: labels }, template },
  });
  await clock.advance("30s");
  assert.ok(tries.size >= 3 && tries.size <= 8, `its node turned it away ${tries.size} times`);
  await client.delete(Pod, taken);
  await story.cluster.until(async () => (await names(story)).join() === "db-0" && (await ready(story)) === 1);
  stop();
});

test("a StatefulSet is updated pod by pod as its partition is lowered, canary first", async () => {
  const rollingUpdate = (partition: number) => ({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition } },
  });
  const { story } = await started(3, rollingUpdate(3));
  await using _ = story;
  const { client, clock } = story.cluster;
  await story.cluster.until(async () => (await ready(story)) === 3);
  await setImage(story, "app:2");
  await clock.advance("30s");
  assert.deepEqual(await images(story), ["app:1", "app:1", "app:1"]);
  const { status } = await client.get(StatefulSet, DB);
  assert.notEqual(status.currentRevision, status.updateRevision);
  await merge(story, rollingUpdate(2));
  await clock.advance("30s");
  assert.deepEqual(await images(story), ["app:1", "app:1", "app:2"]);
  // Pods that are deleted come back each in the revision of its side of the partition.
  for (const name of ["db-0", "db-2"]) await client.delete(Pod, { ...DB, name });
  await clock.advance("1m");
  assert.deepEqual(await images(story), ["app:1", "app:1", "app:2"]);
  for (const [partition, expected] of [
    [1, ["app:1", "app:2", "app:2"]],
    [0, ["app:2", "app:2", "app:2"]],
  ] as const) {
    await merge(story, rollingUpdate(partition));
    await clock.advance("1m");
    assert.deepEqual(await images(story), expected);
  }
  const after = (await client.get(StatefulSet, DB)).status;
  assert.equal(after.currentRevision, after.updateRevision);
});

test("a StatefulSet rolls forward and back: the same template is the same revision again", async () => {
  const { story } = await started(3);
  await using _ = story;
  const { client } = story.cluster;
  await story.cluster.until(async () => (await ready(story)) === 3);
  const first = (await client.get(StatefulSet, DB)).status.currentRevision;
  const rolled = (image: string) =>
    story.cluster.until(async () => {
      const all = await images(story);
      return all.length === 3 && all.every((each) => each === image) && (await ready(story)) === 3;
    });
  const order: string[] = [];
  const stop = story.watchPods((pods) => {
    for (const { metadata } of pods.filter((pod) => imageOf(pod) === "app:2")) {
      if (!order.includes(metadata.name)) order.push(metadata.name);
    }
  });
  await setImage(story, "app:2");
  await rolled("app:2");
  stop();
  assert.deepEqual(order, ["db-2", "db-1", "db-0"]);
  await setImage(story, "app:1");
  await rolled("app:1");
  await story.cluster.until(async () => (await client.get(StatefulSet, DB)).status.currentRevision === first);
  const hashes = (await story.pods()).map(({ metadata }) => metadata.labels?.["controller-revision-hash"]);
  assert.deepEqual(new Set(hashes), new Set([first]));
});
