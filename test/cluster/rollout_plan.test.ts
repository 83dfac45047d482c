import assert from "node:assert/strict";
import { test } from "node:test";
import { paceOf, planRollout, ReplicaSet, rolloutStateOf } from "knarr";
import { isReady, Story } from "./story.ts";

/** Every pod is ready three seconds after it was bound, and gone two after it was told to go. */
const STAGES = `
apiVersion: simulation.knarr.dev/v1
kind: Stages
metadata: { name: even }
selects: { kind: Pod, images: ["*"] }
stages:
  - { from: bound, after: 3s, to: running, show: { running: { ready: true } } }
  - { from: terminating, after: 2s, to: gone, show: { gone: true } }
`;

const rollouts = [
  { replicas: 10, strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } } },
  { replicas: 4, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
  { replicas: 3, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
  { replicas: 6, strategy: { rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } } },
  { replicas: 5, strategy: { type: "Recreate" as const } },
];
for (const { replicas, strategy } of rollouts) {
  test(`a rollout goes as planned: ${replicas} replicas, ${JSON.stringify(strategy)}`, async () => {
    await using story = await Story.begin({ nodes: 0, simulatedNodes: 2, stages: STAGES });
    const { client, clock } = story.cluster;
    await story.deploy(replicas, "app:1", { strategy });
    await story.rolledOut();
    await clock.advance("1m");
    const pace = { ...paceOf(await story.pods()), goneMs: 2_000 };
    let most = 0;
    let fewest = Infinity;
    const unwatch = story.watchPods((pods) => {
      most = Math.max(most, pods.length);
      fewest = Math.min(fewest, pods.filter(isReady).length);
    });
    // Paused, so that there is a moment between the new template and the first step.
    await story.change({ paused: true });
    await story.setImage("app:2");
    const { items } = await client.list(ReplicaSet, { namespace: "default" });
    const deployment = await story.deployment();
    const plan = planRollout({ ...deployment, spec: { ...deployment.spec, paused: false } }, items, pace);
    await story.change({ paused: false });
    const startMs = clock.now();
    await story.rolledOut();
    unwatch();
    assert.deepEqual({ most, fewest }, { most: plan.peakPods, fewest: plan.minServing });
    const tookMs = clock.now() - startMs;
    assert.ok(Math.abs(tookMs - plan.expectedMs) <= 2_000, `took ${tookMs} ms, planned ${plan.expectedMs}`);

    const sets = (await client.list(ReplicaSet, { namespace: "default" })).items;
    await clock.advance("10s");
    const state = rolloutStateOf(await story.deployment(), sets, await story.pods(), clock.now());
    assert.equal(state.stand, "complete");
  });
}

test("a rollout that is stuck says why", async () => {
  await using story = await Story.begin();
  await story.deploy(4, "app:1", { progressDeadlineSeconds: 60 });
  await story.rolledOut();
  await story.setImage("app:missing");
  await story.cluster.clock.advance("3m");
  const { items } = await story.cluster.client.list(ReplicaSet, { namespace: "default" });
  const state = rolloutStateOf(await story.deployment(), items, await story.pods(), story.cluster.clock.now());
  const { stand, isStuck, updated, available, old } = state;
  assert.deepEqual(
    { stand, isStuck, updated, available, old },
    { stand: "waitingForNew", isStuck: true, updated: 2, available: 3, old: 3 },
  );
  const [blocker] = state.blockers;
  assert.equal(blocker?.reason, "ImagePullBackOff");
  assert.match(blocker?.message ?? "", /app:missing/);
  assert.equal(blocker?.pods.length, 2);
});
