import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision } from "#api/apps/controllerrevision.ts";
import { StatefulSet, type StatefulSetDraft } from "#api/apps/statefulset.ts";
import { Event } from "#api/core/event.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { isReady } from "./pod_state.ts";
import { statefulSetController } from "./statefulset.ts";
import { claimProtectionController } from "./volume_protection.ts";
import { eventsOf, World } from "./world_suite.ts";

const DB = { namespace: "default", name: "db" };

function draft(replicas: number, image: string, spec: Partial<StatefulSetDraft["spec"]> = {}): StatefulSetDraft {
  const template = { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image }] } };
  return {
    metadata: DB,
    spec: { replicas, serviceName: "db", selector: { matchLabels: { app: "db" } }, template, ...spec },
  };
}

async function started(set: StatefulSetDraft, forMs = 15_000): Promise<World> {
  const world = await World.create();
  world.start(statefulSetController(), claimProtectionController);
  await world.client.create(StatefulSet, set);
  await world.run(forMs);
  return world;
}

const read = (world: World) => world.client.get(StatefulSet, DB);
const change = (world: World, spec: object) => world.client.patch(StatefulSet, DB, { type: "merge", body: { spec } });
const withImage = (image: string) => ({ template: { spec: { containers: [{ name: "db", image }] } } });
const ordinals = async (world: World) => (await world.pods()).map((pod) => pod.metadata.name).toSorted();

/** Pods as `name image`, in order. */
async function standing(world: World): Promise<string[]> {
  return (await world.pods()).map((pod) => `${pod.metadata.name} ${pod.spec.containers[0]?.image}`).toSorted();
}

async function history(world: World): Promise<ControllerRevision[]> {
  const { items } = await world.client.list(ControllerRevision);
  return items.toSorted((a, b) => a.revision - b.revision);
}

test("an ordered set brings its pods up one after the other, each once the last is ready", async () => {
  const world = await started(draft(3, "db:1"), 0);
  const seen: string[] = [];
  await world.run(15_000, async () => {
    const pods = (await world.pods()).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const line = pods.map((pod) => `${pod.metadata.name}${isReady(pod) ? "+" : ""}`).join(" ");
    if (seen.at(-1) !== line) seen.push(line);
    assert.ok(pods.slice(0, -1).every(isReady), line);
  });
  assert.equal(seen.at(-1), "db-0+ db-1+ db-2+");
  const [pod] = await world.pods();
  const [revision] = await history(world);
  assert.deepEqual(pod?.metadata.labels, {
    app: "db",
    "apps.kubernetes.io/pod-index": "0",
    "controller-revision-hash": revision?.metadata.name,
    "statefulset.kubernetes.io/pod-name": "db-0",
  });
  assert.deepEqual([pod?.spec.hostname, pod?.spec.subdomain], ["db-0", "db"]);
  assert.deepEqual((await read(world)).status, {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: revision?.metadata.name,
    updateRevision: revision?.metadata.name,
    collisionCount: 0,
    availableReplicas: 3,
  });
  const events = await eventsOf(world, Event);
  assert.ok(events.includes("SuccessfulCreate: create Pod db-2 in StatefulSet db successful"));
  await world.stop();
});

test("an ordered set goes down from the highest number, one at a time", async () => {
  const world = await started(draft(4, "db:1"), 20_000);
  await change(world, { replicas: 1 });
  const seen: string[] = [];
  await world.run(15_000, async () => {
    const pods = await world.pods();
    assert.ok(pods.filter((pod) => pod.metadata.deletionTimestamp).length <= 1);
    const count = String(pods.length);
    if (seen.at(-1) !== count) seen.push(count);
  });
  assert.deepEqual(seen, ["4", "3", "2", "1"]);
  assert.deepEqual(await ordinals(world), ["db-0"]);
  const events = await eventsOf(world, Event);
  assert.ok(events.includes("SuccessfulDelete: delete Pod db-3 in StatefulSet db successful"));
  await world.stop();
});

test("a rolling update goes from the highest number down and waits for each", async () => {
  const world = await started(draft(3, "db:1"));
  const before = (await read(world)).status.currentRevision;
  await change(world, withImage("db:2"));
  const order: string[] = [];
  await world.run(2_000);
  assert.equal((await read(world)).status.currentRevision, before);
  await world.run(30_000, async () => {
    const pods = await world.pods();
    assert.ok(pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length >= 2);
    for (const pod of pods) {
      const isNew = pod.spec.containers[0]?.image === "db:2";
      if (isNew && !order.includes(pod.metadata.name)) order.push(pod.metadata.name);
    }
  });
  assert.deepEqual(order, ["db-2", "db-1", "db-0"]);
  const { status } = await read(world);
  assert.equal(status.currentRevision, status.updateRevision);
  assert.notEqual(status.currentRevision, before);
  assert.deepEqual([status.currentReplicas, status.updatedReplicas], [3, 3]);
  await world.stop();
});

test("a partition keeps the pods below it on the current revision, also when they come back", async () => {
  const rolling = (partition: number) => ({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition } } });
  const world = await started(draft(3, "db:1", rolling(2)));
  await change(world, withImage("db:2"));
  await world.run(15_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:1", "db-2 db:2"]);
  const { status } = await read(world);
  assert.deepEqual([status.currentReplicas, status.updatedReplicas], [2, 1]);
  await world.client.delete(Pod, { namespace: "default", name: "db-0" });
  await world.run(10_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:1", "db-2 db:2"]);
  await change(world, rolling(0));
  await world.run(20_000);
  assert.deepEqual(await standing(world), ["db-0 db:2", "db-1 db:2", "db-2 db:2"]);
  await world.stop();
});

test("a parallel set brings all pods up at once and takes them down at once", async () => {
  const world = await started(draft(5, "db:1", { podManagementPolicy: "Parallel" }), 500);
  assert.equal((await world.pods()).length, 5);
  await world.run(5_000);
  await change(world, { replicas: 1 });
  await world.run(500);
  assert.equal((await world.pods()).filter((pod) => pod.metadata.deletionTimestamp).length, 4);
  await world.run(5_000);
  assert.deepEqual(await ordinals(world), ["db-0"]);
  await world.stop();
});

test("OnDelete changes a pod when somebody deletes it, and the current revision stays", async () => {
  const world = await started(draft(2, "db:1", { updateStrategy: { type: "OnDelete" } }));
  const before = (await read(world)).status.currentRevision;
  await change(world, withImage("db:2"));
  await world.run(5_000);
  await world.client.delete(Pod, { namespace: "default", name: "db-1" });
  await world.run(10_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:2"]);
  assert.equal((await read(world)).status.currentRevision, before);
  await world.stop();
});

test("a broken update stays where it is: the template that cures it needs the broken pod deleted", async () => {
  const world = await started(draft(3, "db:1"));
  const isBroken = (pod: Pod) => pod.spec.containers[0]?.image === "db:2";
  world.kubelet = { ...world.kubelet, readyAfterMs: (pod) => (isBroken(pod) ? Infinity : 1_000) };
  await change(world, withImage("db:2"));
  await world.run(20_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:1", "db-2 db:2"]);
  await change(world, withImage("db:1"));
  await world.run(20_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:1", "db-2 db:2"]);
  await world.client.delete(Pod, { namespace: "default", name: "db-2" });
  await world.run(20_000);
  assert.deepEqual(await standing(world), ["db-0 db:1", "db-1 db:1", "db-2 db:1"]);
  const { status } = await read(world);
  assert.equal(status.currentRevision, status.updateRevision);
  await world.stop();
});

test("an undo brings an old revision back as the newest", async () => {
  const world = await started(draft(1, "db:1"));
  await change(world, withImage("db:2"));
  await world.run(10_000);
  const [first] = await history(world);
  await world.client.patch(StatefulSet, DB, { type: "strategic", body: first?.data });
  await world.run(10_000);
  assert.deepEqual(await standing(world), ["db-0 db:1"]);
  const revisions = await history(world);
  assert.deepEqual(
    revisions.map((each) => [each.revision, each.metadata.uid === first?.metadata.uid]),
    [
      [2, false],
      [3, true],
    ],
  );
  await world.stop();
});

test("a pod on its way out is not replaced before it is gone: no number is borne twice", async () => {
  const world = await started(draft(2, "db:1"));
  world.kubelet = { ...world.kubelet, goneAfterMs: () => 20_000 };
  const old = (await world.pods()).find((pod) => pod.metadata.name === "db-0")?.metadata.uid;
  await world.client.delete(Pod, { namespace: "default", name: "db-0" });
  await world.run(19_000, () => {}, 1_000);
  const uidOf = async () => (await world.pods()).find((pod) => pod.metadata.name === "db-0")?.metadata.uid;
  assert.equal(await uidOf(), old);
  await world.run(5_000);
  const now = await uidOf();
  assert.ok(now && now !== old);
  await world.stop();
});

test("a failed pod is deleted and made anew", async () => {
  const world = await started(draft(1, "db:1"));
  const [pod] = await world.pods();
  assert.ok(pod);
  const body = { status: { phase: "Failed" } };
  await world.client.patch(Pod, pod.metadata, { type: "merge", body }, { subresource: "status" });
  await world.run(10_000);
  const [next] = await world.pods();
  assert.ok(next && next.metadata.uid !== pod.metadata.uid && isReady(next));
  await world.stop();
});

test("numbers begin where they are told to", async () => {
  const world = await started(draft(2, "db:1", { ordinals: { start: 5 } }));
  assert.deepEqual(await ordinals(world), ["db-5", "db-6"]);
  await change(world, { ordinals: { start: 6 } });
  await world.run(15_000);
  assert.deepEqual(await ordinals(world), ["db-6", "db-7"]);
  await world.stop();
});

const volumeClaimTemplates = [
  {
    metadata: { name: "data", labels: { tier: "disk" } },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

/** Claims as `name owners`. */
async function claims(world: World): Promise<string[]> {
  const { items } = await world.client.list(PersistentVolumeClaim);
  return items
    .map(({ metadata }) => [metadata.name, ...(metadata.ownerReferences ?? []).map((o) => `${o.kind}/${o.name}`)])
    .map((parts) => parts.join(" "))
    .toSorted();
}

test("each pod has its own claim, which outlives it unless told otherwise", async () => {
  const world = await started(draft(2, "db:1", { volumeClaimTemplates }));
  assert.deepEqual(await claims(world), ["data-db-0", "data-db-1"]);
  const [claim] = (await world.client.list(PersistentVolumeClaim)).items;
  assert.deepEqual(claim?.metadata.labels, { app: "db", tier: "disk" });
  const [pod] = await world.pods();
  assert.deepEqual(pod?.spec.volumes?.[0], { name: "data", persistentVolumeClaim: { claimName: "data-db-0" } });
  await change(world, { replicas: 1 });
  await world.run(10_000);
  assert.deepEqual(await claims(world), ["data-db-0", "data-db-1"]);
  const events = await eventsOf(world, Event);
  assert.ok(events.includes("SuccessfulCreate: create Claim data-db-1 Pod db-1 in StatefulSet db success"));
  await world.stop();
});

test("the retention policy makes the set or the pod scaled away the owner of a claim", async () => {
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
  const world = await started(draft(2, "db:1", { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy }));
  assert.deepEqual(await claims(world), ["data-db-0 StatefulSet/db", "data-db-1 StatefulSet/db"]);
  world.kubelet = { ...world.kubelet, goneAfterMs: () => 1_000 };
  await change(world, { replicas: 1 });
  await world.run(5_000);
  assert.deepEqual(await claims(world), ["data-db-0 StatefulSet/db", "data-db-1 Pod/db-1"]);
  assert.deepEqual(await ordinals(world), ["db-0"]);
  // As long as the claim is to go with the old pod, a new pod of that number must not come.
  await change(world, { replicas: 2 });
  await world.run(3_000);
  assert.deepEqual(await ordinals(world), ["db-0"]);
  await world.client.delete(PersistentVolumeClaim, { namespace: "default", name: "data-db-1" });
  await world.run(10_000);
  assert.deepEqual(await ordinals(world), ["db-0", "db-1"]);
  assert.deepEqual(await claims(world), ["data-db-0 StatefulSet/db", "data-db-1 StatefulSet/db"]);
  await world.stop();
});

test("minReadySeconds makes each pod wait that long for the one before", async () => {
  const world = await started(draft(2, "db:1", { minReadySeconds: 10 }), 8_000);
  assert.deepEqual(await ordinals(world), ["db-0"]);
  await world.run(20_000);
  const { status } = await read(world);
  assert.deepEqual([status.readyReplicas, status.availableReplicas], [2, 2]);
  await world.stop();
});
