import assert from "node:assert/strict";
import { test } from "node:test";
import { DaemonSet, Deployment, Namespace, Pod, PodDisruptionBudget, ReplicaSet, ReplicationController } from "knarr";
import { StatefulSet } from "knarr";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import type { AnyKind } from "#api/object.ts";
import { Story } from "./story.ts";
import { watched } from "./watched.ts";

/* What all kinds of workloads have in common, for each of them, while its controller is at work. */

const WEB = { namespace: "default", name: "web" } as const;
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "app:1" }] } };
const selector = { matchLabels: labels };
const jobTemplate = { spec: { ...template.spec, restartPolicy: "Never" } };

interface Workload {
  readonly kind: AnyKind;
  readonly spec: object;
}

const SCALED: readonly Workload[] = [
  { kind: Deployment, spec: { replicas: 1, selector, template } },
  { kind: ReplicaSet, spec: { replicas: 1, selector, template } },
  { kind: ReplicationController, spec: { replicas: 1, selector: labels, template } },
  { kind: StatefulSet, spec: { replicas: 1, serviceName: "web", selector, template } },
];
const DAEMONS: Workload = { kind: DaemonSet, spec: { selector, template } };
const JOB: Workload = { kind: Job, spec: { template: jobTemplate } };
const CRON_JOB: Workload = {
  kind: CronJob,
  spec: { schedule: "* * * * *", jobTemplate: { spec: { template: jobTemplate } } },
};
const BUDGET: Workload = { kind: PodDisruptionBudget, spec: { minAvailable: 1, selector } };

interface Condition {
  readonly type: string;
  readonly reason?: string;
}
/** An object of any of these kinds. */
interface Seen {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

async function make(story: Story, { kind, spec }: Workload, namespace = "default"): Promise<void> {
  const metadata = { namespace, name: "web", labels: { group: "g" } };
  await story.cluster.apply(JSON.stringify({ apiVersion: kind.apiVersion, kind: kind.kind, metadata, spec }));
}

const runningPods = async ({ cluster }: Story) =>
  (await cluster.client.list(Pod, { labelSelector: "app=web" })).items.filter(
    ({ metadata, status }) => !metadata.deletionTimestamp && status.phase === "Running",
  ).length;

for (const workload of SCALED) {
  const { kind } = workload;
  test(`${kind.kind}: its scale is read, replaced and patched, and the pods follow`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    const { cluster } = story;
    const { client } = cluster;
    const has = (count: number) => cluster.until(async () => (await runningPods(story)) === count);
    await make(story, workload);
    await has(1);
    await cluster.until(async () => (await client.getScale(kind, WEB)).status.replicas === 1);
    const scale = await client.getScale(kind, WEB);
    assert.deepEqual([scale.spec.replicas, scale.status.selector], [1, "app=web"]);
    await client.updateScale(kind, { ...scale, spec: { replicas: 2 } });
    await has(2);
    assert.equal(((await client.get(kind, WEB)) as Seen).spec?.replicas, 2);
    await client.patch(kind, WEB, { type: "merge", body: { spec: { replicas: 4 } } }, { subresource: "scale" });
    await has(4);
    await cluster.until(async () => (await client.getScale(kind, WEB)).status.replicas === 4);
  });
}

for (const workload of [...SCALED, DAEMONS, JOB, BUDGET]) {
  const { kind } = workload;
  test(`${kind.kind}: its status is read, patched and replaced at a path of its own, and watchers see it`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    const { client, clock } = story.cluster;
    await make(story, workload);
    await clock.advance("10s");
    const read = async () => ((await client.get(kind, WEB)) as Seen).status?.conditions ?? [];
    const watch = await watched(client, kind, { namespace: "default" });
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    const byHand = (reason: string) => ({ type: "ByHand", status: "True", reason, message: "m", lastTransitionTime });
    const body = { status: { conditions: [...(await read()), byHand("Patched")] } };
    await client.patch(kind, WEB, { type: "merge", body }, { subresource: "status" });
    // A budget's controller writes after every change of it.
    await clock.advance("1s");
    const current = await client.get(kind, WEB);
    const { status } = current as Seen;
    const others = (status?.conditions ?? []).filter(({ type }) => type !== "ByHand");
    await client.updateStatus(kind, { ...current, status: { ...status, conditions: [...others, byHand("Replaced")] } });
    await clock.advance("1m");
    await watch.stop();
    const seen = watch.events.flatMap(({ object }) =>
      ((object as Seen).status?.conditions ?? []).flatMap(({ type, reason }) => (type === "ByHand" ? [reason] : [])),
    );
    assert.deepEqual([...new Set(seen)], ["Patched", "Replaced"]);
    assert.ok(
      (await read()).some(({ type }) => type === "ByHand"),
      "its controller leaves others' conditions alone",
    );
  });
}

for (const workload of [...SCALED, DAEMONS, JOB, CRON_JOB, BUDGET]) {
  const { kind } = workload;
  test(`${kind.kind}: listed by label over all namespaces, and deleted as a collection with all it has`, async () => {
    await using story = await Story.begin({ nodes: 1 });
    const { cluster } = story;
    const { client, clock } = cluster;
    await client.create(Namespace, { metadata: { name: "other" } });
    await clock.advance("1s");
    await make(story, workload);
    await make(story, workload, "other");
    await clock.advance("90s");
    const places = async () => {
      const { items } = await client.list(kind, { labelSelector: "group=g" });
      return items.map(({ metadata }) => metadata.namespace).toSorted();
    };
    const podsIn = async (namespace: string) => (await client.list(Pod, { namespace })).items.length;
    const remove = (labelSelector: string) =>
      client.deleteCollection(kind, { namespace: "default", labelSelector }, { propagationPolicy: "Background" });
    await remove("group=none");
    assert.deepEqual(await places(), ["default", "other"]);
    assert.equal((await podsIn("default")) > 0, workload !== BUDGET);
    await remove("group=g");
    await cluster.until(async () => (await places()).join() === "other");
    await cluster.until(async () => (await podsIn("default")) === 0);
    assert.equal((await podsIn("other")) > 0, workload !== BUDGET);
  });
}
