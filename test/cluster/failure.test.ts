import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Node, Pod, ReplicaSet } from "knarr";
import { isReady, Story } from "./story.ts";

const POD = { namespace: "default", name: "solo" } as const;

test("a container that crashes is started again after 10, 20, 40 … seconds, at most 5 minutes apart", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  await client.create(Pod, { metadata: POD, spec: { containers: [{ name: "main", image: "app:crashes" }] } });
  const started: number[] = [];
  let restarts = -1;
  for (let second = 0; second < 1_500; second++) {
    await clock.advance("1s");
    const [main] = (await client.get(Pod, POD)).status.containerStatuses ?? [];
    if (main === undefined || main.restartCount === restarts) continue;
    restarts = main.restartCount;
    started.push(second);
  }
  // Each run lasts 2 s; the first restart is immediate in no kubelet: every one waits its turn.
  const gaps = started.slice(1).map((at, index) => at - (started[index] ?? 0));
  for (const [index, gap] of gaps.entries()) {
    const backoff = index === 0 ? 0 : Math.min(10 * 2 ** (index - 1), 300);
    assert.ok(
      gap >= backoff && gap <= backoff + 14,
      `restart ${index + 1} came ${gap} s after the one before: ${gaps.join(", ")}`,
    );
  }
  assert.ok(gaps.length >= 7, gaps.join(", "));
  const { status } = await client.get(Pod, POD);
  assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, "CrashLoopBackOff");
  assert.ok(
    (await story.events("Pod")).some((event) =>
      event.startsWith("BackOff Back-off restarting failed container main in pod solo_default("),
    ),
  );
});

test("a rollout to an image that crashes stops, and the old pods serve on", async () => {
  await using story = await Story.begin();
  await story.deploy(4, "app:1", { minReadySeconds: 5 });
  await story.rolledOut();
  await story.setImage("app:crashes");
  await story.cluster.clock.advance("20m");
  assert.deepEqual(await story.revisions(), ["1: app:1 x3", "2: app:crashes x2"]);
  assert.equal((await story.deployment()).status.availableReplicas, 3);
});

const taintsOf = async (story: Story, name: string) =>
  ((await story.cluster.client.get(Node, { name })).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

test("a node that dies is tainted, its pods are evicted after 5 minutes and replaced elsewhere; it comes back clean", async () => {
  await using story = await Story.begin();
  const { client, clock, nodes } = story.cluster;
  await story.deploy(6, "app:1");
  await story.rolledOut();
  const dead = nodes[1];
  assert.ok(dead);
  const onDead = (pods: readonly Pod[]) => pods.filter((pod) => pod.spec.nodeName === dead.name);
  const lost = onDead(await story.pods()).map((pod) => pod.metadata.name);
  assert.equal(lost.length, 2);
  await dead.kill();
  await clock.advance("1m");
  assert.deepEqual((await taintsOf(story, dead.name)).toSorted(), [
    "node.kubernetes.io/unreachable:NoExecute",
    "node.kubernetes.io/unreachable:NoSchedule",
  ]);
  const ready = (await client.get(Node, { name: dead.name })).status.conditions?.find(({ type }) => type === "Ready");
  assert.deepEqual([ready?.status, ready?.reason], ["Unknown", "NodeStatusUnknown"]);
  assert.equal((await story.deployment()).status.availableReplicas, 4);
  await clock.advance("4m");
  assert.deepEqual(
    onDead(await story.pods()).filter((pod) => pod.metadata.deletionTimestamp !== undefined),
    [],
    "tolerated for 300 s",
  );
  await clock.advance("90s");
  await story.rolledOut();
  const living = (await story.pods()).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  assert.deepEqual(onDead(living), []);
  assert.deepEqual(
    onDead(await story.pods())
      .map((pod) => pod.metadata.name)
      .toSorted(),
    lost.toSorted(),
    "nobody can say that they ended",
  );
  await dead.start();
  await clock.advance("1m");
  assert.deepEqual(await taintsOf(story, dead.name), []);
  assert.deepEqual(onDead(await story.pods()), []);
  assert.equal((await story.pods()).filter(isReady).length, 6);
});

test("a node that restarts within its pods' patience keeps them: their containers are started again", async () => {
  await using story = await Story.begin({ nodes: 2 });
  const { clock, nodes } = story.cluster;
  await story.deploy(4, "app:1");
  await story.rolledOut();
  const names = (await story.pods()).map((pod) => pod.metadata.name);
  await nodes[0]?.kill();
  await clock.advance("90s");
  await nodes[0]?.start();
  await clock.advance("2m");
  const pods = await story.pods();
  assert.deepEqual(
    pods.map((pod) => pod.metadata.name),
    names,
  );
  assert.equal(pods.filter(isReady).length, 4);
  const restarted = pods
    .filter((pod) => pod.spec.nodeName === "node-1")
    .map((pod) => pod.status.containerStatuses?.[0]?.restartCount);
  assert.deepEqual(restarted, [1, 1]);
  const { items } = await story.cluster.client.list(Event);
  const told = (reason: string) => items.filter((event) => event.reason === reason).map(({ message }) => message);
  assert.match(told("Rebooted").join(), /^Node node-1 has been rebooted, boot id: [0-9a-f]{32}$/);
  assert.deepEqual(
    new Set(told("SandboxChanged")),
    new Set(["Pod sandbox changed, it will be killed and re-created."]),
  );
  assert.deepEqual(
    (await story.cluster.client.list(ReplicaSet)).items.map((rs) => rs.status.replicas),
    [4],
  );
});

test("an agent that restarts touches no container", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { clock, nodes } = story.cluster;
  await story.deploy(3, "app:1");
  await story.rolledOut();
  const ids = async () => (await story.pods()).map((pod) => pod.status.containerStatuses?.[0]?.containerID).toSorted();
  const before = await ids();
  await nodes[0]?.stop();
  await clock.advance("30s");
  await nodes[0]?.start();
  await clock.advance("1m");
  assert.deepEqual(await ids(), before);
});

test("pods that no node has room for wait, say why, and are placed when there is room", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const containers = [{ name: "web", image: "app:1", resources: { requests: { cpu: "1500m" } } }];
  await story.deploy(3, "app:1", { template: { metadata: { labels: { app: "web" } }, spec: { containers } } });
  await story.cluster.clock.advance("30s");
  const waiting = (await story.pods()).filter((pod) => pod.spec.nodeName === undefined);
  assert.equal(waiting.length, 1);
  const scheduled = waiting[0]?.status.conditions?.find(({ type }) => type === "PodScheduled");
  assert.match(scheduled?.message ?? "", /^0\/1 nodes are available: 1 Insufficient cpu\./);
  await story.change({ replicas: 2 });
  await story.rolledOut();
});
