import assert from "node:assert/strict";
import { test } from "node:test";
import { ignoreTerminate, Pod, type FakeImage } from "knarr";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job, type JobDraft } from "#api/batch/job.ts";
import { Story } from "./story.ts";
import { watched } from "./watched.ts";

const JOB = { namespace: "default", name: "sum" } as const;

/** A task that fails on every other of its runs, as a container that is started again sees it. */
const SOMETIMES: FakeImage = {
  program: (task) => void task.clock.after(1_000, () => task.exit(task.attempt % 2 === 0 ? 1 : 0)),
};

async function create(story: Story, spec: Partial<NonNullable<JobDraft["spec"]>>, restartPolicy = "Never") {
  const containers = [{ name: "main", image: "app:1" }];
  const template = { spec: { terminationGracePeriodSeconds: 1, restartPolicy, containers } };
  await story.cluster.client.create(Job, { metadata: { ...JOB, labels: { group: "g" } }, spec: { template, ...spec } });
}

const read = (story: Story) => story.cluster.client.get(Job, JOB);
const until = (story: Story, check: (job: Job) => boolean) => story.cluster.until(async () => check(await read(story)));
const running = async (story: Story) => (await story.pods()).filter(({ status }) => status.phase === "Running");
const change = (story: Story, body: object) => story.cluster.client.patch(Job, JOB, { type: "merge", body });
const isTrue = ({ status }: Job, wanted: string) =>
  (status.conditions ?? []).some(({ type, status: value }) => type === wanted && value === "True");

test("a Job whose tasks sometimes fail and are started again on their node runs to completion", async () => {
  await using story = await Story.begin({ images: { "app:1": SOMETIMES } });
  await create(story, { completions: 4, parallelism: 2 }, "OnFailure");
  await until(story, (job) => isTrue(job, "Complete"));
  const { succeeded, failed } = (await read(story)).status;
  assert.deepEqual([succeeded, failed ?? 0], [4, 0]);
  const restarts = (await story.pods()).map(({ status }) => status.containerStatuses?.[0]?.restartCount);
  assert.deepEqual(restarts, [1, 1, 1, 1]);
});

test("a Job lets go of a pod whose labels are taken away, and adopts it again when they are back", async () => {
  await using story = await Story.begin();
  const { client } = story.cluster;
  await create(story, { completions: 2, parallelism: 2 });
  await story.cluster.until(async () => (await running(story)).length === 2);
  const [first] = await story.pods();
  assert.ok(first);
  const owners = async () => (await client.get(Pod, first.metadata)).metadata.ownerReferences ?? [];
  const body = [{ op: "remove", path: "/metadata/ownerReferences" }];
  await client.patch(Pod, first.metadata, { type: "json", body });
  await story.cluster.until(async () => (await owners()).length === 1);
  assert.deepEqual(
    (await owners()).map(({ kind, name, controller }) => [kind, name, controller]),
    [["Job", "sum", true]],
  );
  const labels = Object.fromEntries(Object.keys(first.metadata.labels ?? {}).map((key) => [key, null]));
  await client.patch(Pod, first.metadata, { type: "merge", body: { metadata: { labels } } });
  await story.cluster.until(async () => (await owners()).length === 0);
  await story.cluster.until(async () => (await running(story)).length === 3);
});

test("a failure policy that ignores disruptions: evicted pods are replaced and not counted as failures", async () => {
  await using story = await Story.begin({ images: { "app:1": { program: ignoreTerminate } } });
  const { client } = story.cluster;
  const rules = [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }];
  await create(story, { completions: 2, parallelism: 2, backoffLimit: 0, podFailurePolicy: { rules } });
  for (let round = 0; round < 2; round++) {
    await story.cluster.until(async () => (await running(story)).length === 2);
    const [victim] = await running(story);
    assert.ok(victim);
    const { namespace, name } = victim.metadata;
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace, name } };
    await client.createSubresource(Pod, victim.metadata, "eviction", eviction);
    await story.cluster.until(async () => !(await running(story)).some(({ metadata }) => metadata.name === name));
  }
  await story.cluster.until(async () => (await running(story)).length === 2);
  const job = await read(story);
  assert.deepEqual([job.status.failed ?? 0, isTrue(job, "Failed")], [0, false]);
});

test("a Job that is deleted takes its pods along", async () => {
  await using story = await Story.begin();
  await create(story, { completions: 4, parallelism: 2 });
  await story.cluster.until(async () => (await running(story)).length === 2);
  await story.cluster.client.delete(Job, JOB, { propagationPolicy: "Foreground" });
  await story.cluster.until(async () => !(await story.exists(Job, JOB)));
  assert.deepEqual(await story.pods(), []);
});

test("the life of a Job: made suspended, patched, let go, watched, and deleted with its like", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  const watch = await watched(client, Job, { namespace: "default", labelSelector: "group=g" });
  await create(story, { suspend: true, completions: 2, parallelism: 2 });
  await until(story, (job) => isTrue(job, "Suspended"));
  assert.deepEqual(await story.pods(), []);
  await change(story, { metadata: { labels: { patched: "yes" } } });
  await change(story, { spec: { suspend: false } });
  await story.cluster.until(async () => (await running(story)).length === 2);
  const job = await read(story);
  await client.update(Job, { ...job, metadata: { ...job.metadata, annotations: { updated: "yes" } } });
  const listed = await client.list(Job, { labelSelector: "patched=yes" });
  assert.deepEqual(
    listed.items.map(({ metadata }) => [metadata.name, metadata.annotations?.["updated"]]),
    [["sum", "yes"]],
  );
  const all = { namespace: "default", labelSelector: "group=g" };
  await client.deleteCollection(Job, all, { propagationPolicy: "Background" });
  await clock.advance("1m");
  await watch.stop();
  assert.deepEqual(await story.pods(), []);
  const types = watch.events.map(({ type }) => type);
  assert.deepEqual([types[0], types.at(-1)], ["ADDED", "DELETED"]);
  assert.ok(watch.events.some(({ object }) => object.status.ready === 2));
});

test("a CronJob that is suspended makes no Jobs until it goes on", async () => {
  await using story = await Story.begin();
  const { client, clock } = story.cluster;
  const nightly = { namespace: "default", name: "nightly" };
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] } };
  await client.create(CronJob, {
    metadata: nightly,
    spec: { schedule: "* * * * *", suspend: true, jobTemplate: { spec: { template } } },
  });
  await clock.advance("10m");
  assert.deepEqual((await client.list(Job)).items, []);
  assert.deepEqual((await client.get(CronJob, nightly)).status.active ?? [], []);
  await client.patch(CronJob, nightly, { type: "merge", body: { spec: { suspend: false } } });
  await clock.advance("61s");
  assert.ok((await client.list(Job)).items.length > 0);
});
