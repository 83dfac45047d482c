import assert from "node:assert/strict";
import { test } from "node:test";
import { Node, Pod, type Cluster } from "knarr";
import { exampleStages, isReady, Story } from "./story.ts";

const begin = (simulatedNodes = 1) => Story.begin({ nodes: 0, simulatedNodes, stages: exampleStages() });
const P = { namespace: "default", name: "p" } as const;

async function create({ client }: Cluster, image: string, spec: object = {}): Promise<void> {
  await client.create(Pod, { metadata: P, spec: { containers: [{ name: "main", image }], ...spec } });
}

/** What the pod shows: phase, the container's state and its count of restarts. */
async function shown({ client }: Cluster): Promise<string> {
  const { status } = await client.get(Pod, P);
  const [container] = status.containerStatuses ?? [];
  const { waiting, running, terminated } = container?.state ?? {};
  const state = waiting?.reason ?? (running ? "running" : `${terminated?.reason} ${terminated?.exitCode}`);
  return `${status.phase} ${state} ${container?.restartCount}`;
}

test("an image nobody has: ErrImagePull, then ImagePullBackOff, ever longer, and never a restart", async () => {
  await using story = await begin();
  const { cluster } = story;
  await create(cluster, "app:missing");
  await cluster.clock.advance("1500ms");
  assert.equal(await shown(cluster), "Pending ErrImagePull 0");
  await cluster.clock.advance("1s");
  assert.equal(await shown(cluster), "Pending ImagePullBackOff 0");
  const [container] = (await cluster.client.get(Pod, P)).status.containerStatuses ?? [];
  assert.match(container?.state.waiting?.message ?? "", /^Back-off pulling image "app:missing"/);
  await cluster.clock.advance("1h");
  assert.match(await shown(cluster), /^Pending (ErrImagePull|ImagePullBackOff) 0$/);
});

test("a crash loop: started again after 10 s, 20 s, 40 s …", async () => {
  await using story = await begin();
  const { cluster } = story;
  await create(cluster, "app:crashes");
  await cluster.clock.advance("1500ms");
  assert.equal(await shown(cluster), "Running running 0");
  await cluster.clock.advance("2s");
  assert.equal(await shown(cluster), "Running CrashLoopBackOff 0");
  const { status, metadata } = await cluster.client.get(Pod, P);
  const [container] = status.containerStatuses ?? [];
  assert.equal(
    container?.state.waiting?.message,
    `back-off 10s restarting failed container=main pod=p_default(${metadata.uid})`,
  );
  assert.equal(container?.lastState.terminated?.exitCode, 1);
  // Each round: 2 s of running, 0.1 s until it is said, and the wait.
  await cluster.clock.advance(10_000 + 2_100 + 20_000 + 2_100);
  assert.equal(await shown(cluster), "Running CrashLoopBackOff 2");
  await cluster.clock.advance(37_000);
  assert.equal(await shown(cluster), "Running CrashLoopBackOff 2");
  await cluster.clock.advance(3_000);
  assert.equal(await shown(cluster), "Running running 3");
});

test("a container that uses up its memory is OOMKilled", async () => {
  await using story = await begin();
  await create(story.cluster, "app:hungry");
  await story.cluster.clock.advance("4500ms");
  const [container] = (await story.cluster.client.get(Pod, P)).status.containerStatuses ?? [];
  const { exitCode, reason } = container?.lastState.terminated ?? {};
  assert.deepEqual([exitCode, reason], [137, "OOMKilled"]);
});

test("a container that ignores SIGTERM lives until its grace period is over; one that heeds it does not", async () => {
  await using story = await begin();
  const { client, clock } = story.cluster;
  for (const [image, leftMs] of [
    ["app:stubborn", 30_000],
    ["app:1", 500],
  ] as const) {
    await create(story.cluster, image);
    await clock.advance("5s");
    await client.delete(Pod, P);
    await clock.advance(leftMs - 100);
    assert.ok(await story.exists(Pod, P), image);
    await clock.advance(1_200);
    assert.ok(!(await story.exists(Pod, P)), image);
  }
});

test("work completes, or fails, and is not begun anew by a policy that says Never", async () => {
  await using story = await begin();
  const { cluster } = story;
  for (const [image, end] of [
    ["work:1", "Succeeded Completed 0 0"],
    ["work:fails", "Failed Error 1 0"],
  ] as const) {
    await create(cluster, image, { restartPolicy: "Never" });
    await cluster.clock.advance("1m");
    assert.equal(await shown(cluster), end);
    await cluster.client.delete(Pod, P);
    await cluster.clock.advance("2s");
  }
});

test("a slow start is not ready before it is, and how slow is decided by the seed", async () => {
  const readyAfter = async (seed: number) => {
    await using story = await Story.begin({ nodes: 0, simulatedNodes: 1, stages: exampleStages(), seed });
    const { client, clock } = story.cluster;
    const beganMs = clock.monotonic();
    await create(story.cluster, "app:slow");
    await story.cluster.until(async () => isReady(await client.get(Pod, P)));
    return clock.monotonic() - beganMs;
  };
  const times = [await readyAfter(1), await readyAfter(2), await readyAfter(1)];
  assert.ok(
    times.every((ms) => ms >= 5_000 && ms <= 11_200),
    String(times),
  );
  assert.equal(times[0], times[2]);
  assert.notEqual(times[0], times[1]);
});

test("a full disk: the node says so and is tainted, evicts two pods, and recovers", async () => {
  await using story = await begin();
  const { client, clock } = story.cluster;
  const node = { name: "simulated-1" };
  await client.patch(Node, node, {
    type: "merge",
    body: { metadata: { annotations: { "example.com/disk": "small" } } },
  });
  await story.deploy(4, "app:1");
  await story.rolledOut();
  const taints = async () => (await client.get(Node, node)).spec.taints?.map(({ key }) => key) ?? [];
  await clock.advance("10m30s");
  assert.deepEqual(await taints(), ["node.kubernetes.io/disk-pressure"]);
  const evicted = (await story.pods()).filter(({ status }) => status.reason === "Evicted");
  assert.deepEqual(
    evicted.map(({ status }) => [status.phase, status.message]),
    [1, 2].map(() => ["Failed", "The node was low on resource: ephemeral-storage. "]),
  );
  await clock.advance("5m");
  assert.deepEqual(await taints(), []);
  assert.equal((await story.deployment()).status.availableReplicas, 4);
});

test("a simulated node that loses power or its network is given up, and what it runs is told when it is back", async () => {
  await using story = await begin(2);
  const { cluster } = story;
  await story.deploy(4, "app:1");
  await story.rolledOut();
  const [first, second] = cluster.simulatedNodes;
  const on = async (node: string | undefined) => (await story.pods()).filter((pod) => pod.spec.nodeName === node);
  first?.partition();
  await cluster.clock.advance("1m");
  assert.ok(
    (await on(first?.name)).every((pod) => !isReady(pod)),
    "nobody hears it",
  );
  await cluster.clock.during(first?.heal() ?? Promise.resolve());
  await cluster.clock.advance("30s");
  assert.equal((await on(first?.name)).filter(isReady).length, 2, "they ran all the time");
  second?.kill();
  await cluster.clock.advance("10m");
  assert.equal((await on(first?.name)).filter(isReady).length, 4, "others took their place");
  await cluster.clock.during(second?.start() ?? Promise.resolve());
  await cluster.clock.advance("1m");
  assert.equal((await story.pods()).length, 4, "those that were asked to go have gone");
});

test("a container added for debugging runs as long as its pod, and is no part of its readiness", async () => {
  await using story = await begin();
  const { cluster } = story;
  await create(cluster, "app:1");
  await cluster.clock.advance("2s");
  const body = { spec: { ephemeralContainers: [{ name: "debug", image: "tools:1" }] } };
  const patch = cluster.client.patch(Pod, P, { type: "strategic", body }, { subresource: "ephemeralcontainers" });
  await cluster.clock.during(patch);
  await cluster.clock.advance("1s");
  const pod = await cluster.client.get(Pod, P);
  assert.ok(isReady(pod));
  const [debug] = pod.status.ephemeralContainerStatuses ?? [];
  assert.ok(debug?.state.running);
  assert.deepEqual([debug.name, debug.ready, debug.restartCount], ["debug", false, 0]);
  const { resourceVersion } = pod.metadata;
  await cluster.clock.advance("10m");
  assert.equal((await cluster.client.get(Pod, P)).metadata.resourceVersion, resourceVersion, "nothing more is written");
});

test("a container added for debugging ends with its pod", async () => {
  await using story = await begin();
  const { cluster } = story;
  await create(cluster, "app:1", { restartPolicy: "Never" });
  await cluster.clock.advance("2s");
  const body = { spec: { ephemeralContainers: [{ name: "debug", image: "tools:1" }] } };
  const patch = cluster.client.patch(Pod, P, { type: "strategic", body }, { subresource: "ephemeralcontainers" });
  await cluster.clock.during(patch);
  await cluster.clock.advance("1m");
  const { status } = await cluster.client.get(Pod, P);
  assert.equal(status.phase, "Succeeded");
  assert.equal(status.ephemeralContainerStatuses?.[0]?.state.terminated?.exitCode, 137);
});
