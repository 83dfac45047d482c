import assert from "node:assert/strict";
import { test } from "node:test";
import { HorizontalPodAutoscaler } from "knarr";
import type { HorizontalPodAutoscalerDraft } from "#api/autoscaling/horizontalpodautoscaler.ts";
import { Story, WEB } from "./story.ts";

/** A load of so many thousandths of a processor, which the pods of `web` share. */
interface Load {
  milli: number;
}

/** A cluster whose Deployment `web` bears `load`; each of its pods asks for half a processor. */
async function begin(replicas: number, load: Load): Promise<Story> {
  let pods = replicas;
  const use = () => ({ cpuMilli: load.milli / Math.max(1, pods) });
  const story = await Story.begin({ nodes: 2, images: { "web:1": { use } } });
  const resources = { requests: { cpu: "500m" } };
  await story.deploy(replicas, "web:1", {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", resources }] },
    },
  });
  await story.rolledOut();
  story.watchPods((found) => (pods = found.length));
  return story;
}

async function autoscale(story: Story, spec: Partial<HorizontalPodAutoscalerDraft["spec"]> = {}): Promise<void> {
  const target = { type: "Utilization", averageUtilization: 50 };
  await story.cluster.client.create(HorizontalPodAutoscaler, {
    metadata: WEB,
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 10,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
      ...spec,
    },
  });
}

const autoscaler = (story: Story) => story.cluster.client.get(HorizontalPodAutoscaler, WEB);
const replicas = async (story: Story) => (await story.deployment()).spec.replicas;

/** What was done, by the number of replicas; events themselves come in no order. */
async function rescales(story: Story): Promise<string[]> {
  const events = await story.events("HorizontalPodAutoscaler");
  return events.filter((event) => event.startsWith("SuccessfulRescale")).toSorted();
}

/** `Type=Status Reason` of each condition. */
function conditionsOf({ status }: HorizontalPodAutoscaler): string[] {
  return (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);
}

test("replicas follow the load: up within a minute, down after five", async () => {
  const load = { milli: 500 };
  await using story = await begin(2, load);
  await autoscale(story);
  const used = async () => (await autoscaler(story)).status.currentMetrics[0]?.resource?.current.averageUtilization;
  await story.cluster.until(async () => (await used()) === 50, "2m");
  assert.equal((await autoscaler(story)).status.desiredReplicas, 2);

  load.milli = 2_000;
  await story.cluster.until(async () => (await replicas(story)) === 8, "2m");
  await story.rolledOut();
  assert.deepEqual(await rescales(story), [
    "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target",
    "SuccessfulRescale New size: 8; reason: cpu resource utilization (percentage of request) above target",
  ]);

  load.milli = 250;
  await story.cluster.clock.advance("4m");
  assert.equal(await replicas(story), 8);
  assert.ok(conditionsOf(await autoscaler(story)).includes("AbleToScale=True ScaleDownStabilized"));
  await story.cluster.until(async () => (await replicas(story)) === 1, "5m");
  assert.equal((await rescales(story))[0], "SuccessfulRescale New size: 1; reason: All metrics below target");
  const { strategy } = (await story.deployment()).spec;
  assert.deepEqual(strategy, { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 0 } });
});

test("the bounds hold whatever the load, and are kept to at once", async () => {
  const load = { milli: 9_000 };
  await using story = await begin(1, load);
  await autoscale(story, { minReplicas: 3, maxReplicas: 5 });
  await story.cluster.until(async () => (await replicas(story)) === 3, "20s");
  await story.cluster.until(async () => (await replicas(story)) === 5, "3m");
  await story.cluster.clock.advance("2m");
  assert.deepEqual(conditionsOf(await autoscaler(story)), [
    "AbleToScale=True ReadyForNewScale",
    "ScalingActive=True ValidMetricFound",
    "ScalingLimited=True TooManyReplicas",
  ]);
  assert.equal(
    (await rescales(story))[0],
    "SuccessfulRescale New size: 3; reason: Current number of replicas below Spec.MinReplicas",
  );
});

test("an autoscaler that knows nothing says so and changes nothing", async () => {
  await using story = await begin(2, { milli: 100 });
  await autoscale(story, {
    metrics: [{ type: "External", external: { metric: { name: "queue" }, target: { type: "Value", value: "10" } } }],
  });
  await story.cluster.clock.advance("1m");
  assert.equal(await replicas(story), 2);
  const cause =
    "failed to get external metric queue: unable to get external metric default/queue/nil: unable to fetch metrics from " +
    "external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)";
  assert.deepEqual((await story.events("HorizontalPodAutoscaler")).toSorted().toReversed(), [
    `FailedGetExternalMetric ${cause}`,
    `FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get queue external metric value: ${cause}`,
  ]);
  const { status } = await autoscaler(story);
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  assert.equal(active?.reason, "FailedGetExternalMetric");
  assert.equal(active?.message, `the HPA was unable to compute the replica count: ${cause}`);
});

test("what cannot be scaled, or is scaled to zero by hand, is left alone", async () => {
  await using story = await begin(1, { milli: 100 });
  await autoscale(story, { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" } });
  await story.cluster.clock.advance("20s");
  const [condition] = (await autoscaler(story)).status.conditions ?? [];
  assert.equal(
    condition?.message,
    `the HPA controller was unable to get the target's current scale: deployments.apps "absent" not found`,
  );
  await story.change({ replicas: 0 });
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const body = { spec: { scaleTargetRef } };
  await story.cluster.client.patch(HorizontalPodAutoscaler, WEB, { type: "merge", body });
  await story.cluster.clock.advance("1m");
  assert.equal(await replicas(story), 0);
  assert.ok(conditionsOf(await autoscaler(story)).includes("ScalingActive=False ScalingDisabled"));
});

test("two autoscalers of the same pods both stand still", async () => {
  await using story = await begin(2, { milli: 4_000 });
  await autoscale(story);
  const { spec } = await autoscaler(story);
  const other = { namespace: "default", name: "rival" };
  await story.cluster.client.create(HorizontalPodAutoscaler, { metadata: other, spec: { ...spec, minReplicas: 1 } });
  await story.cluster.clock.advance("1m");
  const conditions = (await autoscaler(story)).status.conditions ?? [];
  assert.equal(
    conditions.find(({ type }) => type === "ScalingActive")?.message,
    "pods by selector app=web are controlled by multiple HPAs: [{rival default} {web default}]",
  );
});
