import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "#api/apps/deployment.ts";
import { Event } from "#api/core/event.ts";
import { Pod } from "#api/core/pod.ts";
import { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import { ApiError } from "#client/client.ts";
import { deploymentController } from "./deployment.ts";
import { disruptionController } from "./disruption.ts";
import { isReady } from "./pod_state.ts";
import { replicaSetController } from "./replicaset.ts";
import { eventsOf, World } from "./world_suite.ts";

const WEB = { namespace: "default", name: "web" };
const selector = { matchLabels: { app: "web" } };

async function started(replicas: number, spec: object): Promise<World> {
  const world = await World.create();
  world.start(deploymentController, replicaSetController, disruptionController);
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  await world.client.create(Deployment, { metadata: WEB, spec: { replicas, selector, template } });
  await world.client.create(PodDisruptionBudget, { metadata: WEB, spec: { selector, ...spec } });
  await world.run(5_000);
  return world;
}

const read = (world: World) => world.client.get(PodDisruptionBudget, WEB);

/** Evicts; gives the refusal, if it was one. */
async function evict(world: World, { metadata: { name, namespace } }: Pod): Promise<ApiError | undefined> {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  try {
    await world.client.createSubresource(Pod, { name, namespace }, "eviction", eviction);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

test("a budget counts the pods its Deployment wants, and says how many may be away", async () => {
  const world = await started(4, { maxUnavailable: "25%" });
  const { conditions = [], ...counts } = (await read(world)).status;
  assert.deepEqual(counts, {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 4,
    desiredHealthy: 3,
    expectedPods: 4,
  });
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [["DisruptionAllowed", "True", "SufficientPods"]],
  );
  await world.stop();
});

test("evictions beyond the budget are refused until pods are back", async () => {
  const world = await started(3, { minAvailable: 2 });
  const [first, second] = await world.pods();
  assert.ok(first && second);
  assert.equal(await evict(world, first), undefined);
  const going = await world.client.get(Pod, first.metadata);
  const target = going.status.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual([target?.reason, target?.message], ["EvictionByEvictionAPI", "Eviction API: evicting"]);
  assert.equal(target?.observedGeneration, 1);
  const refusal = await evict(world, second);
  assert.equal(refusal?.code, 429);
  assert.equal(refusal.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.deepEqual(refusal.status.details?.causes?.[0]?.reason, "DisruptionBudget");
  await world.run(5_000);
  assert.deepEqual((await read(world)).status.disruptedPods, undefined);
  assert.equal(await evict(world, second), undefined);
  await world.stop();
});

test("a node is drained without ever going below the budget", async () => {
  const world = await started(6, { minAvailable: "50%" });
  const old = await world.pods();
  let refusals = 0;
  const left = new Set(old);
  await world.run(30_000, async () => {
    for (const pod of left) {
      const refusal = await evict(world, pod);
      if (!refusal) left.delete(pod);
      else refusals++;
    }
    const serving = (await world.pods()).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    assert.ok(serving.length >= 3, String(serving.length));
  });
  assert.equal(left.size, 0);
  assert.ok(refusals > 0);
  await world.stop();
});

test("a pod that is not ready goes when the others suffice, and always when the budget says so", async () => {
  const world = await started(2, { minAvailable: 2, unhealthyPodEvictionPolicy: "AlwaysAllow" });
  const [pod] = await world.pods();
  assert.ok(pod);
  assert.equal((await evict(world, pod))?.code, 429);
  const conditions = [{ type: "Ready", status: "False", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  const body = { status: { conditions } };
  await world.client.patch(Pod, pod.metadata, { type: "merge", body }, { subresource: "status" });
  assert.equal(await evict(world, pod), undefined);
  await world.stop();
});

test("two budgets for one pod are refused outright", async () => {
  const world = await started(1, { minAvailable: 0 });
  await world.client.create(PodDisruptionBudget, { metadata: { ...WEB, name: "also" }, spec: { selector: {} } });
  const [pod] = await world.pods();
  assert.ok(pod);
  const refusal = await evict(world, pod);
  assert.equal(refusal?.code, 500);
  assert.match(refusal.message, /^This pod has more than one PodDisruptionBudget/);
  await world.stop();
});

test("a budget whose pods nobody manages says so, and by which selector it found them", async () => {
  const world = await started(1, { maxUnavailable: 1 });
  const lone = { namespace: "default", name: "lone", labels: { app: "web" } };
  await world.client.create(Pod, { metadata: lone, spec: { containers: [{ name: "c", image: "i" }] } });
  await world.run(3_000);
  const text =
    "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}";
  const message =
    `UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: ${text}) were found to be unmanaged. As a ` +
    "result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account " +
    'for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
  assert.ok((await eventsOf(world, Event)).includes(message));
  await world.stop();
});
