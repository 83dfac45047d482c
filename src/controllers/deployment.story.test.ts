import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment, type DeploymentDraft } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { Event } from "#api/core/event.ts";
import { Pod } from "#api/core/pod.ts";
import { deploymentController } from "./deployment.ts";
import { conditionOf } from "./deployment_status.ts";
import { isReady } from "./pod_state.ts";
import { replicaSetController } from "./replicaset.ts";
import { eventsOf, World } from "./world_suite.ts";

const WEB = { namespace: "default", name: "web" };

function draft(replicas: number, image: string, spec: Partial<DeploymentDraft["spec"]> = {}): DeploymentDraft {
  return {
    metadata: WEB,
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      ...spec,
    },
  };
}

async function started(deployment: DeploymentDraft): Promise<World> {
  const world = await World.create();
  world.start(replicaSetController, deploymentController);
  await world.client.create(Deployment, deployment);
  await world.run(5_000);
  return world;
}

const read = (world: World) => world.client.get(Deployment, WEB);
const conditions = async (world: World) => (await read(world)).status.conditions ?? [];

/** Changes the present spec. */
async function change(world: World, spec: Record<string, unknown>): Promise<void> {
  await world.client.patch(Deployment, WEB, { type: "merge", body: { spec } });
}

const withImage = (image: string) => ({ template: { spec: { containers: [{ name: "web", image }] } } });

/** ReplicaSets as `image revision wanted`, by revision. */
async function revisions(world: World): Promise<string[]> {
  const { items } = await world.client.list(ReplicaSet);
  const shown = items.map((rs) => {
    const revision = rs.metadata.annotations?.["deployment.kubernetes.io/revision"];
    return `${revision}: ${rs.spec.template.spec.containers[0]?.image} x${rs.spec.replicas}`;
  });
  return shown.toSorted();
}

test("what names an owner of another namespace is none of its own", async () => {
  const world = await started(draft(3, "app:1"));
  const namespace = "kube-node-lease";
  const deployment = await read(world);
  const [set] = (await world.client.list(ReplicaSet)).items;
  assert.ok(set);
  const owned = (kind: string, { name, uid }: { name: string; uid: string }) => {
    const ownerReferences = [{ apiVersion: "apps/v1", kind, name, uid, controller: true }];
    return { namespace, name: "foreign", labels: set.spec.template.metadata.labels, ownerReferences };
  };
  const { spec } = set;
  await world.client.create(ReplicaSet, {
    metadata: owned("Deployment", deployment.metadata),
    spec: { selector: spec.selector, template: spec.template, replicas: 2 },
  });
  await world.client.create(Pod, { metadata: owned("ReplicaSet", set.metadata), spec: spec.template.spec });
  await change(world, { replicas: 4 });
  await world.run(5_000);
  const { replicas, updatedReplicas } = (await read(world)).status;
  assert.deepEqual([replicas, updatedReplicas, (await revisions(world)).length], [4, 4, 2]);
  assert.equal((await world.client.list(Pod, { namespace: "default" })).items.length, 4);
  assert.ok(!(await eventsOf(world, Event)).some((event) => event.startsWith("SuccessfulDelete")));
  await world.stop();
});

test("a name taken by another ReplicaSet is left to it, and counted as a collision", async () => {
  const world = await started(draft(2, "app:1"));
  const [set] = (await world.client.list(ReplicaSet)).items;
  assert.ok(set);
  await world.client.delete(Deployment, WEB);
  await world.client.delete(ReplicaSet, set.metadata);
  const { name, namespace } = set.metadata;
  const labels = { app: "other" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  const taken = await world.client.create(ReplicaSet, { metadata: { name, namespace }, spec });
  await world.client.create(Deployment, draft(2, "app:1"));
  await world.run(5_000);
  const { status } = await read(world);
  assert.deepEqual([status.collisionCount, status.availableReplicas], [1, 2]);
  const { items } = await world.client.list(ReplicaSet);
  assert.equal(items.length, 2);
  const left = items.find(({ metadata }) => metadata.name === name);
  assert.deepEqual([left?.metadata.uid, left?.metadata.ownerReferences], [taken.metadata.uid, undefined]);
  await world.stop();
});

test("a Deployment makes a ReplicaSet, that makes pods, and it says so", async () => {
  const world = await started(draft(3, "app:1"));
  const { status, metadata } = await read(world);
  assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas, observedGeneration } =
    status;
  const counts = { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas };
  assert.deepEqual(counts, {
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    unavailableReplicas: undefined,
  });
  assert.equal(observedGeneration, 1);
  const [rs] = (await world.client.list(ReplicaSet)).items;
  const name = rs?.metadata.name ?? "";
  assert.match(name, /^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  assert.equal(rs?.metadata.annotations?.["deployment.kubernetes.io/max-replicas"], "4");
  const told = (status.conditions ?? []).map((each) => `${each.type} ${each.status} ${each.reason} ${each.message}`);
  assert.deepEqual(told.toSorted(), [
    "Available True MinimumReplicasAvailable Deployment has minimum availability.",
    `Progressing True NewReplicaSetAvailable ReplicaSet "${name}" has successfully progressed.`,
  ]);
  const events = await eventsOf(world, Event);
  assert.ok(events.includes(`ScalingReplicaSet: Scaled up replica set ${name} from 0 to 3`));
  assert.equal(events.filter((event) => event.startsWith("SuccessfulCreate: Created pod: web-")).length, 3);
  await world.stop();
});

test("a pod that is deleted comes back", async () => {
  const world = await started(draft(3, "app:1"));
  const [victim] = await world.pods();
  assert.ok(victim);
  await world.client.delete(Pod, victim.metadata);
  await world.run(5_000);
  const names = (await world.pods()).map((pod) => pod.metadata.name);
  assert.equal(names.length, 3);
  assert.ok(!names.includes(victim.metadata.name));
  await world.stop();
});

test("a rolling update of 10 keeps 8 available and has 13 at most, at every moment", async () => {
  const world = await started(draft(10, "app:1"));
  let most = 0;
  let least = 10;
  await change(world, withImage("app:2"));
  await world.run(20_000, async () => {
    const pods = (await world.pods()).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    most = Math.max(most, pods.length);
    least = Math.min(least, pods.filter(isReady).length);
  });
  assert.deepEqual({ most, least }, { most: 13, least: 8 });
  assert.deepEqual(await revisions(world), ["1: app:1 x0", "2: app:2 x10"]);
  const images = (await world.pods()).map((pod) => pod.spec.containers[0]?.image);
  assert.deepEqual(new Set(images), new Set(["app:2"]));
  assert.equal((await read(world)).metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  await world.stop();
});

test("an image that does not exist stops a rollout of 10 with 8 old pods serving and 5 new ones", async () => {
  const world = await started(draft(10, "app:1"));
  const broken = (pod: Pod) => pod.spec.containers[0]?.image === "app:3";
  world.kubelet = { ...world.kubelet, readyAfterMs: (pod) => (broken(pod) ? Infinity : 1_000) };
  await change(world, withImage("app:3"));
  await world.run(60_000, () => {}, 1_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x8", "2: app:3 x5"]);
  const { status } = await read(world);
  assert.equal(status.updatedReplicas, 5);
  assert.equal(status.availableReplicas, 8);
  assert.equal(conditionOf(status.conditions ?? [], "Progressing")?.reason, "ReplicaSetUpdated");
  await world.run(600_000, () => {}, 10_000);
  const progressing = conditionOf(await conditions(world), "Progressing");
  assert.equal(progressing?.status, "False");
  assert.equal(progressing?.reason, "ProgressDeadlineExceeded");
  assert.match(progressing?.message ?? "", /^ReplicaSet "web-\w+" has timed out progressing\.$/);
  await change(world, withImage("app:1"));
  await world.run(20_000);
  assert.deepEqual(await revisions(world), ["2: app:3 x0", "3: app:1 x10"]);
  assert.equal(conditionOf(await conditions(world), "Progressing")?.reason, "NewReplicaSetAvailable");
  await world.stop();
});

test("a template that comes back takes the next revision: of 1, 2, 3 the second becomes 4", async () => {
  const world = await started(draft(2, "app:1"));
  for (const image of ["app:2", "app:3", "app:2"]) {
    await change(world, withImage(image));
    await world.run(15_000);
  }
  assert.deepEqual(await revisions(world), ["1: app:1 x0", "3: app:3 x0", "4: app:2 x2"]);
  const current = (await world.client.list(ReplicaSet)).items.find((rs) => rs.spec.replicas === 2);
  assert.equal(current?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "2");
  await world.stop();
});

test("a second change in the middle of a rollout goes straight to the newest template", async () => {
  const world = await started(draft(10, "app:1"));
  await change(world, withImage("app:2"));
  await world.run(1_500);
  await change(world, withImage("app:3"));
  let least = 10;
  await world.run(25_000, async () => {
    least = Math.min(
      least,
      (await world.pods()).filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length,
    );
  });
  assert.equal(least, 8);
  assert.deepEqual(await revisions(world), ["1: app:1 x0", "2: app:2 x0", "3: app:3 x10"]);
  await world.stop();
});

test("a paused Deployment does not roll but scales, and goes on when it is resumed", async () => {
  const world = await started(draft(4, "app:1"));
  await change(world, { paused: true, ...withImage("app:2") });
  await world.run(5_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x4"]);
  assert.equal(conditionOf(await conditions(world), "Progressing")?.reason, "DeploymentPaused");
  await change(world, { replicas: 6 });
  await world.run(5_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x6"]);
  await change(world, { paused: false });
  await world.run(20_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x0", "2: app:2 x6"]);
  await world.stop();
});

test("Recreate lets the last old pod go before the first new one comes", async () => {
  const world = await started(draft(3, "app:1", { strategy: { type: "Recreate" } }));
  await change(world, withImage("app:2"));
  let mixed = false;
  await world.run(15_000, async () => {
    const images = new Set((await world.pods()).map((pod) => pod.spec.containers[0]?.image));
    mixed ||= images.size > 1;
  });
  assert.equal(mixed, false);
  assert.deepEqual(await revisions(world), ["1: app:1 x0", "2: app:2 x3"]);
  assert.equal((await world.pods()).filter(isReady).length, 3);
  await world.stop();
});

test("scaling in the middle of a stuck rollout keeps each template's share", async () => {
  const world = await started(draft(10, "app:1"));
  world.kubelet = { ...world.kubelet, readyAfterMs: () => Infinity };
  await change(world, withImage("app:2"));
  await world.run(10_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x8", "2: app:2 x5"]);
  await change(world, { replicas: 20 });
  await world.run(10_000);
  assert.deepEqual(await revisions(world), ["1: app:1 x15", "2: app:2 x10"]);
  await world.stop();
});

test("old ReplicaSets beyond the history wanted are deleted, oldest first", async () => {
  const world = await started(draft(1, "app:1", { revisionHistoryLimit: 1 }));
  for (const image of ["app:2", "app:3", "app:4"]) {
    await change(world, withImage(image));
    await world.run(10_000);
  }
  assert.deepEqual(await revisions(world), ["3: app:3 x0", "4: app:4 x1"]);
  await world.stop();
});

test("a template whose name is taken by another gets another name", async () => {
  const world = await started(draft(1, "app:1"));
  const [rs] = (await world.client.list(ReplicaSet)).items;
  assert.ok(rs);
  await world.client.update(ReplicaSet, {
    ...rs,
    metadata: { ...rs.metadata, ownerReferences: [] },
    spec: { ...rs.spec, template: { ...rs.spec.template, spec: { ...rs.spec.template.spec, hostNetwork: true } } },
  });
  await world.run(10_000);
  const { status } = await read(world);
  assert.ok(status.updatedReplicas === 1 && status.replicas === 1);
  await world.stop();
});

test("minReadySeconds holds a rollout back until pods have been ready that long", async () => {
  const world = await started(draft(2, "app:1", { minReadySeconds: 10 }));
  assert.equal((await read(world)).status.availableReplicas, undefined);
  assert.equal((await read(world)).status.readyReplicas, 2);
  await world.run(8_000);
  assert.equal((await read(world)).status.availableReplicas, 2);
  await world.stop();
});
