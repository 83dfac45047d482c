import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision } from "#api/apps/controllerrevision.ts";
import { DaemonSet, type DaemonSetDraft } from "#api/apps/daemonset.ts";
import { Event } from "#api/core/event.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { daemonSetController } from "./daemonset.ts";
import { nodeNameOf } from "./daemonset_nodes.ts";
import { isReady } from "./pod_state.ts";
import { eventsOf, World } from "./world_suite.ts";

const LOG = { namespace: "default", name: "log" };

function draft(image: string, spec: Partial<DaemonSetDraft["spec"]> = {}): DaemonSetDraft {
  const template = { metadata: { labels: { app: "log" } }, spec: { containers: [{ name: "log", image }] } };
  return { metadata: LOG, spec: { selector: { matchLabels: { app: "log" } }, template, ...spec } };
}

/** A world of nodes n1, n2 …, whose pods stand where they are meant to. */
async function started(nodes: number, set: DaemonSetDraft): Promise<World> {
  const world = await World.create();
  world.kubelet = { ...world.kubelet, nodeFor: nodeNameOf };
  for (let at = 1; at <= nodes; at++) await addNode(world, `n${at}`);
  world.start(daemonSetController());
  await world.client.create(DaemonSet, set);
  await world.run(5_000);
  return world;
}

const addNode = (world: World, name: string, labels: Record<string, string> = {}) =>
  world.client.create(Node, { metadata: { name, labels } });
const read = (world: World) => world.client.get(DaemonSet, LOG);
const change = (world: World, spec: object) => world.client.patch(DaemonSet, LOG, { type: "merge", body: { spec } });
const withImage = (image: string) => ({ template: { spec: { containers: [{ name: "log", image }] } } });
const taint = (world: World, name: string, taints: object[]) =>
  world.client.patch(Node, { name }, { type: "merge", body: { spec: { taints } } });

/** Pods as `node image`, in order. */
async function standing(world: World): Promise<string[]> {
  const shown = (await world.pods()).map((pod) => `${pod.spec.nodeName} ${pod.spec.containers[0]?.image}`);
  return shown.toSorted();
}

async function history(world: World): Promise<ControllerRevision[]> {
  const { items } = await world.client.list(ControllerRevision);
  return items.toSorted((a, b) => a.revision - b.revision);
}

test("a DaemonSet puts one pod on each node, also on one that comes later, and says so", async () => {
  const world = await started(2, draft("log:1"));
  await addNode(world, "n3");
  await world.run(5_000);
  assert.deepEqual(await standing(world), ["n1 log:1", "n2 log:1", "n3 log:1"]);
  const { status } = await read(world);
  assert.deepEqual(status, {
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
  });
  const [revision] = await history(world);
  const hash = revision?.metadata.labels?.["controller-revision-hash"] ?? "";
  assert.equal(revision?.metadata.name, `log-${hash}`);
  assert.equal(revision.revision, 1);
  const [pod] = await world.pods();
  assert.equal(pod?.metadata.labels?.["controller-revision-hash"], hash);
  assert.equal(pod.metadata.generateName, "log-");
  assert.equal(pod.metadata.labels["pod-template-generation"], "1");
  assert.deepEqual(pod.spec.affinity, {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchFields: [{ key: "metadata.name", operator: "In", values: [pod.spec.nodeName ?? ""] }] },
        ],
      },
    },
  });
  const tolerated = (pod.spec.tolerations ?? []).map(({ key, effect }) => `${key?.split("/")[1]}:${effect}`);
  assert.deepEqual(tolerated.slice(0, 6), [
    "not-ready:NoExecute",
    "unreachable:NoExecute",
    "disk-pressure:NoSchedule",
    "memory-pressure:NoSchedule",
    "pid-pressure:NoSchedule",
    "unschedulable:NoSchedule",
  ]);
  const events = await eventsOf(world, Event);
  assert.equal(events.filter((event) => /^SuccessfulCreate: Created pod: log-\w{5}$/.test(event)).length, 3);
  await world.stop();
});

test("taints and selectors decide which nodes have a pod; NoSchedule lets it stay, NoExecute does not", async () => {
  const world = await started(3, draft("log:1"));
  await taint(world, "n1", [{ key: "gpu", effect: "NoSchedule" }]);
  await taint(world, "n2", [{ key: "gpu", effect: "NoExecute" }]);
  await taint(world, "n3", [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }]);
  await world.run(5_000);
  assert.deepEqual(await standing(world), ["n1 log:1", "n3 log:1"]);
  const { status } = await read(world);
  const { desiredNumberScheduled, currentNumberScheduled, numberMisscheduled } = status;
  assert.deepEqual([desiredNumberScheduled, currentNumberScheduled, numberMisscheduled], [1, 1, 1]);
  await taint(world, "n1", []);
  await taint(world, "n2", []);
  await addNode(world, "n4", { disk: "ssd" });
  const { template } = withImage("log:1");
  await change(world, { template: { spec: { ...template.spec, nodeSelector: { disk: "ssd" } } } });
  await world.run(10_000);
  assert.deepEqual(await standing(world), ["n4 log:1"]);
  const deleted = (await eventsOf(world, Event)).filter((event) =>
    event.startsWith("SuccessfulDelete: Deleted pod: log-"),
  );
  assert.ok(deleted.length >= 3);
  await world.stop();
});

test("a rolling update leaves one node of four without an available pod at a time", async () => {
  const world = await started(4, draft("log:1"));
  let least = 4;
  await change(world, withImage("log:2"));
  await world.run(30_000, async () => {
    const ready = (await world.pods()).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
    least = Math.min(least, ready.length);
  });
  assert.equal(least, 3);
  assert.deepEqual(await standing(world), ["n1 log:2", "n2 log:2", "n3 log:2", "n4 log:2"]);
  const { status } = await read(world);
  assert.deepEqual([status.updatedNumberScheduled, status.numberAvailable, status.observedGeneration], [4, 4, 2]);
  assert.equal((await read(world)).metadata.annotations?.["deprecated.daemonset.template.generation"], "2");
  assert.deepEqual(
    (await history(world)).map((each) => each.revision),
    [1, 2],
  );
  await world.stop();
});

test("a broken template stops a rolling update at maxUnavailable, and the next change goes on from there", async () => {
  const world = await started(4, draft("log:1"));
  const isBroken = (pod: Pod) => pod.spec.containers[0]?.image === "log:2";
  world.kubelet = { ...world.kubelet, readyAfterMs: (pod) => (isBroken(pod) ? Infinity : 1_000) };
  await change(world, withImage("log:2"));
  await world.run(30_000, () => {}, 1_000);
  const { status } = await read(world);
  assert.deepEqual([status.updatedNumberScheduled, status.numberAvailable, status.numberUnavailable], [1, 3, 1]);
  await change(world, withImage("log:3"));
  await world.run(40_000, () => {}, 1_000);
  assert.deepEqual(await standing(world), ["n1 log:3", "n2 log:3", "n3 log:3", "n4 log:3"]);
  await world.stop();
});

test("a surge keeps an available pod on every node", async () => {
  const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const world = await started(3, draft("log:1", { updateStrategy }));
  await change(world, withImage("log:2"));
  let most = 0;
  await world.run(30_000, async () => {
    const pods = (await world.pods()).filter((pod) => !pod.metadata.deletionTimestamp);
    const served = new Set(pods.filter(isReady).map((pod) => pod.spec.nodeName));
    assert.equal(served.size, 3);
    most = Math.max(most, pods.length);
  });
  assert.equal(most, 4);
  assert.deepEqual(await standing(world), ["n1 log:2", "n2 log:2", "n3 log:2"]);
  await world.stop();
});

test("OnDelete changes a pod when somebody deletes it", async () => {
  const world = await started(2, draft("log:1", { updateStrategy: { type: "OnDelete" } }));
  await change(world, withImage("log:2"));
  await world.run(5_000);
  assert.deepEqual(await standing(world), ["n1 log:1", "n2 log:1"]);
  const pod = (await world.pods()).find((each) => each.spec.nodeName === "n2");
  assert.ok(pod);
  await world.client.delete(Pod, pod.metadata);
  await world.run(5_000);
  assert.deepEqual(await standing(world), ["n1 log:1", "n2 log:2"]);
  assert.equal((await read(world)).status.updatedNumberScheduled, 1);
  await world.stop();
});

test("an undo sends an old revision's data as a patch; that revision becomes the newest", async () => {
  const world = await started(1, draft("log:1"));
  await change(world, withImage("log:2"));
  await world.run(10_000);
  const [first] = await history(world);
  await world.client.patch(DaemonSet, LOG, { type: "strategic", body: first?.data });
  await world.run(10_000);
  assert.deepEqual(await standing(world), ["n1 log:1"]);
  const after = await history(world);
  assert.deepEqual(
    after.map((each) => each.revision),
    [2, 3],
  );
  assert.equal(after[1]?.metadata.uid, first?.metadata.uid);
  await world.stop();
});

test("revisions beyond the limit are forgotten, oldest first", async () => {
  const world = await started(1, draft("log:1", { revisionHistoryLimit: 1 }));
  for (const image of ["log:2", "log:3", "log:4"]) {
    await change(world, withImage(image));
    await world.run(10_000);
  }
  assert.deepEqual(
    (await history(world)).map((each) => each.revision),
    [3, 4],
  );
  await world.stop();
});

test("a pod that fails is replaced, at once the first time and then later and later", async () => {
  const world = await started(1, draft("log:1"));
  const created: number[] = [];
  const known = new Set((await world.pods()).map((pod) => pod.metadata.uid));
  await world.run(20_000, async () => {
    for (const pod of await world.pods()) {
      if (!known.has(pod.metadata.uid)) created.push(world.clock.now());
      known.add(pod.metadata.uid);
      if (!isReady(pod) || pod.status.phase === "Failed" || pod.metadata.deletionTimestamp) continue;
      await world.client.patch(
        Pod,
        pod.metadata,
        { type: "merge", body: { status: { phase: "Failed" } } },
        { subresource: "status" },
      );
    }
  });
  const gaps = created.slice(1).map((at, index) => at - (created[index] ?? 0));
  assert.ok(gaps.length >= 2 && gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0)), String(gaps));
  const events = await eventsOf(world, Event);
  const told = /^FailedDaemonPod: Found failed daemon pod default\/log-\w{5} on node n1, will try to kill it$/;
  assert.ok(events.some((event) => told.test(event)));
  await world.stop();
});

test("a pod that waits for a node which is gone is removed", async () => {
  const world = await started(1, draft("log:1"));
  world.kubelet = { ...world.kubelet, nodeFor: () => undefined };
  await addNode(world, "n2");
  await world.run(1_000);
  assert.equal((await world.pods()).length, 2);
  await world.client.delete(Node, { name: "n2" });
  await world.run(1_000);
  assert.deepEqual(await standing(world), ["n1 log:1"]);
  await world.stop();
});

test("minReadySeconds counts a pod as available only after it has been ready that long", async () => {
  const world = await started(1, draft("log:1", { minReadySeconds: 10 }));
  assert.deepEqual(
    [(await read(world)).status.numberReady, (await read(world)).status.numberAvailable],
    [1, undefined],
  );
  await world.run(8_000);
  assert.equal((await read(world)).status.numberAvailable, 1);
  await world.stop();
});
