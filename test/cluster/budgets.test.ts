import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, PodDisruptionBudget } from "knarr";
import { isReady, Story } from "./story.ts";

const BUDGET = { namespace: "default", name: "budget" } as const;

test("an eviction is refused until the budget is changed to allow it, and the budget says what it allows", async () => {
  await using story = await Story.begin();
  const { client, until } = story.cluster;
  const allowed = async () => (await client.get(PodDisruptionBudget, BUDGET)).status.disruptionsAllowed;
  await story.deploy(3, "app:1");
  await story.rolledOut();
  const selector = { matchLabels: { app: "web" } };
  await client.create(PodDisruptionBudget, { metadata: BUDGET, spec: { minAvailable: 3, selector } });
  await until.call(story.cluster, async () => {
    const { observedGeneration = 0, currentHealthy } = (await client.get(PodDisruptionBudget, BUDGET)).status;
    return observedGeneration >= 1 && currentHealthy === 3;
  });
  assert.equal(await allowed(), 0);
  const [pod] = await story.pods();
  assert.ok(pod);
  const { namespace, name } = pod.metadata;
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace, name } };
  const evict = () => client.createSubresource(Pod, pod.metadata, "eviction", eviction);
  await assert.rejects(evict(), {
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
  });
  assert.equal((await client.get(Pod, pod.metadata)).metadata.deletionTimestamp, undefined);
  await client.patch(PodDisruptionBudget, BUDGET, { type: "merge", body: { spec: { minAvailable: 2 } } });
  await until.call(story.cluster, async () => (await allowed()) === 1);
  await evict();
  await until.call(story.cluster, async () => !(await story.exists(Pod, pod.metadata)));
  await until.call(story.cluster, async () => (await story.pods()).filter(isReady).length === 3);
  // The other way round again: what was allowed is allowed no longer.
  await client.patch(PodDisruptionBudget, BUDGET, { type: "merge", body: { spec: { minAvailable: "100%" } } });
  await until.call(story.cluster, async () => (await allowed()) === 0);
  const [other] = await story.pods();
  assert.ok(other);
  await assert.rejects(
    client.createSubresource(Pod, other.metadata, "eviction", {
      ...eviction,
      metadata: { namespace, name: other.metadata.name },
    }),
    { reason: "TooManyRequests" },
  );
  await client.delete(PodDisruptionBudget, BUDGET);
  assert.equal(await story.exists(PodDisruptionBudget, BUDGET), false);
});
