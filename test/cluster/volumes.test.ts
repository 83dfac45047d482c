import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSetDraft } from "#api/apps/statefulset.ts";
import { Event, PersistentVolume, PersistentVolumeClaim, Pod, StatefulSet } from "knarr";
import type { Faults } from "knarr";
import { seededRandom } from "#base/random.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import { Story, isReady } from "./story.ts";

const DATA = { namespace: "default", name: "data" } as const;

const claim = (name = "data", spec = "") => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }, ${spec} }`;

const user = (name: string, claimName = "data") => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers: [{ name: c, image: "app:1", volumeMounts: [{ name: v, mountPath: /data }] }]
  volumes: [{ name: v, persistentVolumeClaim: { claimName: ${claimName} } }]`;

const volume = (name: string, storage: string, more = "") => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec: { capacity: { storage: ${storage} }, accessModes: [ReadWriteOnce], hostPath: { path: /srv/${name} }, ${more} }`;

const DB = { namespace: "default", name: "db" } as const;

/** Creates the StatefulSet `db`, each of whose pods has a volume at `/data`. */
function createSet({ cluster }: Story, replicas: number, more: Partial<StatefulSetDraft["spec"]> = {}) {
  const containers = [{ name: "db", image: "app:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }];
  const resources = { requests: { storage: "1Gi" } };
  return cluster.client.create(StatefulSet, {
    metadata: DB,
    spec: {
      replicas,
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: { metadata: { labels: { app: "db" } }, spec: { containers } },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources } }],
      ...more,
    },
  });
}

test("a claim waits for its first pod, gets a volume where that goes, and both go with the claim", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 2 });
  const { cluster } = story;
  const { client, clock } = cluster;
  await cluster.apply(claim());
  await clock.advance("10s");
  assert.equal((await client.get(PersistentVolumeClaim, DATA)).status.phase, "Pending");
  assert.deepEqual(await story.events("PersistentVolumeClaim"), [
    "WaitForFirstConsumer waiting for first consumer to be created before binding",
  ]);
  await cluster.apply(user("p"));
  await clock.advance("10s");
  const pod = await client.get(Pod, { namespace: "default", name: "p" });
  assert.ok(isReady(pod));
  const bound = await client.get(PersistentVolumeClaim, DATA);
  const name = `pvc-${bound.metadata.uid}`;
  assert.deepEqual(
    [bound.status.phase, bound.spec.volumeName, bound.status.capacity],
    ["Bound", name, { storage: "1Gi" }],
  );
  const made = await client.get(PersistentVolume, { name });
  assert.equal(made.status.phase, "Bound");
  assert.equal(
    made.spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0],
    pod.spec.nodeName,
  );
  await client.delete(PersistentVolumeClaim, DATA);
  await clock.advance("10s");
  assert.ok((await client.get(PersistentVolumeClaim, DATA)).metadata.deletionTimestamp, "a pod still uses it");
  await client.delete(Pod, { namespace: "default", name: "p" });
  await clock.advance("1m");
  assert.equal(await story.exists(PersistentVolumeClaim, DATA), false);
  assert.equal(await story.exists(PersistentVolume, { name }), false);
});

test("a claim of no class takes the smallest volume that will do, which is kept when it is given back", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  const { cluster } = story;
  const { client, clock } = cluster;
  await cluster.apply(claim("data", 'storageClassName: ""'));
  await clock.advance("5s");
  assert.deepEqual(await story.events("PersistentVolumeClaim"), [
    "FailedBinding no persistent volumes available for this claim and no storage class is set",
  ]);
  await client.delete(PersistentVolumeClaim, DATA);
  await clock.advance("5s");
  await cluster.apply([volume("large", "9Gi"), volume("small", "500Mi"), volume("right", "2Gi")].join("\n---\n"));
  await clock.advance("20s");
  await cluster.apply(claim("data", 'storageClassName: ""'));
  await clock.advance("20s");
  const phases = async () =>
    Object.fromEntries(
      (await client.list(PersistentVolume)).items.map(({ metadata, status }) => [metadata.name, status.phase]),
    );
  assert.deepEqual(await phases(), { large: "Available", right: "Bound", small: "Available" });
  const bound = await client.get(PersistentVolumeClaim, DATA);
  assert.deepEqual([bound.spec.volumeName, bound.status.capacity], ["right", { storage: "2Gi" }]);
  await client.delete(PersistentVolumeClaim, DATA);
  await clock.advance("5s");
  await cluster.apply(claim("data", 'storageClassName: "", volumeName: right'));
  await clock.advance("20s");
  assert.deepEqual(await phases(), { large: "Available", right: "Released", small: "Available" });
  const events = await story.events("PersistentVolumeClaim");
  assert.ok(events.includes('FailedBinding volume "right" already bound to a different claim.'), events.join("\n"));
  // Who forgives it its last claim makes it free for the next.
  await client.patch(PersistentVolume, { name: "right" }, { type: "merge", body: { spec: { claimRef: null } } });
  await clock.advance("20s");
  assert.equal((await client.get(PersistentVolumeClaim, DATA)).status.phase, "Bound");
  await client.delete(PersistentVolume, { name: "right" });
  await clock.advance("5s");
  assert.ok(await story.exists(PersistentVolume, { name: "right" }), "its claim protects it");
  await client.delete(PersistentVolumeClaim, DATA);
  await clock.advance("20s");
  assert.equal(await story.exists(PersistentVolume, { name: "right" }), false);
});

test("two pods that wait for volumes of one node each get one, and the third says why it has none", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 2 });
  const { cluster } = story;
  const { client, clock } = cluster;
  const onFirst = `
    storageClassName: local, local: { path: /disk },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [
      { key: kubernetes.io/hostname, operator: In, values: [simulated-1] }] }] } }`;
  const local = (name: string) => volume(name, "1Gi", onFirst).replace(`hostPath: { path: /srv/${name} },`, "");
  const names = ["a", "b", "c"];
  await cluster.apply(
    [
      `{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: local },
         provisioner: kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer }`,
      local("one"),
      local("two"),
    ].join("\n---\n"),
  );
  await clock.advance("5s");
  await cluster.apply(
    names.flatMap((name) => [claim(name, "storageClassName: local"), user(name, name)]).join("\n---\n"),
  );
  await clock.advance("30s");
  const pods = await story.pods();
  const placed = pods.filter(({ spec }) => spec.nodeName === "simulated-1");
  assert.equal(placed.length, 2);
  const claims = (await client.list(PersistentVolumeClaim)).items;
  assert.deepEqual(claims.map(({ status }) => status.phase).toSorted(), ["Bound", "Bound", "Pending"]);
  const [left] = pods.filter(({ spec }) => !spec.nodeName);
  assert.match(
    left?.status.conditions?.find(({ type }) => type === "PodScheduled")?.message ?? "",
    /2 node\(s\) didn't find available persistent volumes to bind/,
  );
});

test("a StatefulSet's pods keep their volumes over their deaths, and leave them by its retention policy", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 3 });
  const { cluster } = story;
  const { client, clock } = cluster;
  await createSet(story, 3, { persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" } });
  await clock.advance("1m");
  const claims = async () =>
    (await client.list(PersistentVolumeClaim)).items.map(({ metadata, spec }) => `${metadata.name} ${spec.volumeName}`);
  const before = await claims();
  assert.deepEqual(
    before.map((line) => line.split(" ")[0]),
    ["data-db-0", "data-db-1", "data-db-2"],
  );
  const nodeOf = async (name: string) => (await client.get(Pod, { namespace: "default", name })).spec.nodeName;
  const home = await nodeOf("db-1");
  await client.delete(Pod, { namespace: "default", name: "db-1" });
  await clock.advance("1m");
  assert.equal(await nodeOf("db-1"), home);
  assert.deepEqual(await claims(), before);
  await client.patch(StatefulSet, DB, { type: "merge", body: { spec: { replicas: 1 } } });
  await clock.advance("1m");
  assert.deepEqual(await claims(), before.slice(0, 1));
  await client.delete(StatefulSet, DB);
  await clock.advance("1m");
  assert.deepEqual(await claims(), before.slice(0, 1));
  assert.equal((await client.list(PersistentVolume)).items.length, 1);
});

test("a pod whose chosen node vanishes before there is a volume goes elsewhere", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  story.mayComplain = true;
  const { cluster } = story;
  const { client } = cluster;
  await cluster.apply(claim());
  const body = { metadata: { annotations: { "volume.kubernetes.io/selected-node": "gone" } } };
  await client.patch(PersistentVolumeClaim, DATA, { type: "merge", body });
  await cluster.apply(user("p"));
  await cluster.until(async () => isReady(await client.get(Pod, { namespace: "default", name: "p" })));
  const events = await story.events("PersistentVolumeClaim");
  assert.ok(
    events.includes(
      'ProvisioningFailed failed to provision volume with StorageClass "standard": failed to get target node: node "gone" not found',
    ),
    events.join("\n"),
  );
});

test("a bound claim grows as far as its class lets it", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  const { cluster } = story;
  const { client, clock } = cluster;
  const grow = () =>
    client.patch(PersistentVolumeClaim, DATA, {
      type: "merge",
      body: { spec: { resources: { requests: { storage: "3Gi" } } } },
    });
  await cluster.apply(claim());
  await clock.advance("5s");
  await assert.rejects(
    grow(),
    /spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims/,
  );
  await cluster.apply(user("p"));
  await clock.advance("10s");
  const mayGrow = (allowVolumeExpansion: boolean) =>
    client.patch(StorageClass, { name: "standard" }, { type: "merge", body: { allowVolumeExpansion } });
  await mayGrow(false);
  const rule =
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
  await assert.rejects(grow(), { message: `persistentvolumeclaims "data" is forbidden: ${rule}` });
  await mayGrow(true);
  await grow();
  await clock.advance("10s");
  const { status, spec } = await client.get(PersistentVolumeClaim, DATA);
  assert.deepEqual([status.capacity, status.conditions], [{ storage: "3Gi" }, undefined]);
  const grown = await client.get(PersistentVolume, { name: spec.volumeName ?? "" });
  assert.deepEqual(grown.spec.capacity, { storage: "3Gi" });
});

test("a pod's own volume comes and goes with it, and a claim of that name that is not its own is told of", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { cluster } = story;
  const { client, clock } = cluster;
  const template = "{ spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }";
  const pod = (name: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers: [{ name: c, image: "app:1", volumeMounts: [{ name: v, mountPath: /data }] }]
  volumes: [{ name: v, ephemeral: { volumeClaimTemplate: ${template} } }]`;
  await cluster.apply([pod("own"), claim("robbed-v"), pod("robbed")].join("\n---\n"));
  await clock.advance("30s");
  assert.ok(isReady(await client.get(Pod, { namespace: "default", name: "own" })));
  const owned = await client.get(PersistentVolumeClaim, { namespace: "default", name: "own-v" });
  assert.equal(owned.metadata.ownerReferences?.[0]?.name, "own");
  const events = await story.events("Pod");
  const robbed =
    "FailedBinding ephemeral volume v: PVC default/robbed-v was not created for pod default/robbed (pod is not owner)";
  assert.ok(events.includes(robbed), events.join("\n"));
  await client.delete(Pod, { namespace: "default", name: "own" });
  await clock.advance("2m");
  assert.equal(await story.exists(PersistentVolumeClaim, { namespace: "default", name: "own-v" }), false);
  assert.equal(await story.exists(PersistentVolume, { name: owned.spec.volumeName ?? "" }), false);
});

test("a pod whose volume nobody makes waits ten minutes, says so, and goes elsewhere when its maker gives up", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  story.mayComplain = true;
  const { cluster } = story;
  const { client, clock } = cluster;
  await cluster.apply(
    [
      `{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: far },
         provisioner: example.com/far, volumeBindingMode: WaitForFirstConsumer }`,
      claim("data", "storageClassName: far"),
      user("p"),
      user("other", "fresh"),
      claim("fresh"),
    ].join("\n---\n"),
  );
  await clock.advance("1m");
  const waiting = await client.get(PersistentVolumeClaim, DATA);
  assert.equal(waiting.metadata.annotations?.["volume.kubernetes.io/selected-node"], "simulated-1");
  assert.equal(waiting.metadata.annotations?.["volume.kubernetes.io/storage-provisioner"], "example.com/far");
  assert.ok(isReady(await client.get(Pod, { namespace: "default", name: "other" })), "nobody waits for it");
  const failures = async () => (await story.events("Pod")).filter((line) => line.includes("PreBind"));
  assert.deepEqual(await failures(), []);
  await clock.advance("10m");
  const failed = 'FailedScheduling running PreBind plugin "VolumeBinding": binding volumes:';
  assert.deepEqual(await failures(), [`${failed} context deadline exceeded`]);
  const body = { metadata: { annotations: { "volume.kubernetes.io/selected-node": null } } };
  await client.patch(PersistentVolumeClaim, DATA, { type: "merge", body });
  await clock.advance("10s");
  assert.ok((await failures()).includes(`${failed} provisioning failed for PVC "data"`), (await failures()).join("\n"));
});

test("a claim no directory can fill says so at once and again, and its pod goes on when it is replaced", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  story.mayComplain = true;
  const { cluster } = story;
  const { client, clock } = cluster;
  await cluster.apply([claim().replace("ReadWriteOnce", "ReadWriteMany"), user("p")].join("\n---\n"));
  await clock.advance("5s");
  const count = async () => {
    const { items } = await client.list(Event);
    const why = "local volumes support only the access modes ReadWriteOnce and ReadWriteOncePod, not ReadWriteMany";
    return items.find(({ reason, message }) => reason === "ProvisioningFailed" && message?.endsWith(why))?.count;
  };
  assert.equal(await count(), 1);
  await clock.advance("5m");
  assert.ok(((await count()) ?? 0) > 3, "said again");
  await client.delete(PersistentVolumeClaim, DATA);
  await client.patch(PersistentVolumeClaim, DATA, { type: "merge", body: { metadata: { finalizers: null } } });
  await cluster.apply(claim());
  await cluster.until(async () => isReady(await client.get(Pod, { namespace: "default", name: "p" })));
});

test("claims that named no class are of the default one as soon as there is one", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 1 });
  const { cluster } = story;
  const { client, clock } = cluster;
  await client.delete(StorageClass, { name: "standard" });
  await cluster.apply(claim());
  await clock.advance("5s");
  assert.equal((await client.get(PersistentVolumeClaim, DATA)).spec.storageClassName, undefined);
  await cluster.apply(`{ apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: example.com/far, metadata: {
    name: later, annotations: { storageclass.kubernetes.io/is-default-class: "true" } } }`);
  await clock.advance("5s");
  assert.equal((await client.get(PersistentVolumeClaim, DATA)).spec.storageClassName, "later");
});

test("however far caches are behind and whoever dies, no volume has two claims and no claim two volumes", async () => {
  const random = seededRandom(5);
  const faults: Faults = { watch: () => (random.below(3) === 0 ? 700 : 0) };
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 2, faults });
  story.mayComplain = true;
  const { cluster } = story;
  const { client, clock } = cluster;
  const sizes = Array.from({ length: 10 }, (_, at) => `${1 + (at % 4)}Gi`);
  await cluster.apply(sizes.map((size, at) => volume(`v${at}`, size)).join("\n---\n"));
  await cluster.apply(sizes.map((_, at) => claim(`c${at}`, 'storageClassName: ""')).join("\n---\n"));
  await cluster.apply(["a", "b", "c"].flatMap((name) => [claim(name), user(name, name)]).join("\n---\n"));
  for (let round = 0; round < 3; round++) {
    await clock.advance("1s");
    cluster.killManagers();
    await clock.advance("4s");
  }
  await clock.advance("3m");
  const claims = (await client.list(PersistentVolumeClaim)).items;
  const volumes = (await client.list(PersistentVolume)).items;
  const byClaims = claims.map(({ metadata, spec }) => `${spec.volumeName} ${metadata.uid}`).toSorted();
  const byVolumes = volumes.map(({ metadata, spec }) => `${metadata.name} ${spec.claimRef?.uid}`).toSorted();
  assert.deepEqual(byClaims, byVolumes);
  assert.deepEqual(new Set([...claims, ...volumes].map(({ status }) => status.phase)), new Set(["Bound"]));
});

test("however many claims come at once, every pod has its volume and its place", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 50 });
  const { cluster } = story;
  const { client } = cluster;
  const replicas = 200;
  await createSet(story, replicas, { podManagementPolicy: "Parallel" });
  await cluster.until(async () => (await story.pods()).filter(isReady).length === replicas, "1m");
  assert.equal((await client.list(PersistentVolume)).items.length, replicas);
});

test("a pod finds its directory again after its death, its node's, its agent's, and all of Knarr's", async () => {
  await using story = await Story.begin({ nodes: 2 });
  story.mayComplain = true;
  const { cluster } = story;
  const { clock, nodes } = cluster;
  await createSet(story, 3);
  /** The directory each pod is shown, with its node. */
  const places = async () => {
    await cluster.until(async () => (await story.pods()).filter(isReady).length === 3, "10m");
    return (await story.pods()).map(({ metadata, spec }) => {
      const node = nodes.find(({ name }) => name === spec.nodeName);
      const mounts = node?.runtime.container(metadata.uid, "db")?.config.mounts ?? [];
      return `${metadata.name} ${spec.nodeName} ${mounts.find((mount) => mount.containerPath === "/data")?.hostPath}`;
    });
  };
  const before = await places();
  for (const line of before) assert.match(line, /^db-\d node-\d \/data\/local-volumes\/pvc-[-0-9a-f]{36}$/);
  assert.equal(new Set(before.map((line) => line.split("/").at(-1))).size, 3);
  const trials: readonly (() => Promise<unknown>)[] = [
    () => cluster.client.delete(Pod, { namespace: "default", name: "db-0" }),
    async () => {
      await nodes[0]?.kill();
      await clock.advance("2m");
      await clock.during(nodes[0]?.start() ?? Promise.resolve());
    },
    async () => {
      await nodes[1]?.stop();
      await cluster.client.delete(Pod, { namespace: "default", name: "db-1" });
      await clock.advance("5s");
      await clock.during(nodes[1]?.start() ?? Promise.resolve());
    },
    () => cluster.restart(),
  ];
  for (const trial of trials) {
    await trial();
    await clock.advance("1m");
    assert.deepEqual(await places(), before);
  }
  await cluster.client.delete(StatefulSet, DB);
  await cluster.client.deleteCollection(PersistentVolumeClaim, { namespace: "default" });
  await clock.advance("2m");
  assert.deepEqual((await cluster.client.list(PersistentVolume)).items, []);
});
