import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { Endpoints } from "#api/core/endpoints.ts";
import { Event } from "#api/core/event.ts";
import { Namespace } from "#api/core/namespace.ts";
import { Pod } from "#api/core/pod.ts";
import { ReplicationController } from "#api/core/replicationcontroller.ts";
import { Service } from "#api/core/service.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { AnyKind } from "#api/object.ts";
import { exists, whole } from "./whole_world_suite.ts";
import type { World } from "./world_suite.ts";

const WEB = { namespace: "default", name: "web" };
const containers = [{ name: "web", image: "web:1", ports: [{ name: "http", containerPort: 8080 }] }];
const template = { metadata: { labels: { app: "web" } }, spec: { containers } };
const selector = { matchLabels: { app: "web" } };

const deploy = (world: World, replicas = 2) =>
  world.client.create(Deployment, { metadata: WEB, spec: { replicas, selector, template } });

const count = async (world: World, kind: AnyKind) =>
  (await world.client.list(kind, { namespace: "default" })).items.length;

test("every namespace has a default service account and the root certificate, also after they were deleted", async () => {
  const world = await whole();
  await world.client.create(Namespace, { metadata: { name: "shop" } });
  await world.run(500);
  assert.ok(await exists(world, ServiceAccount, { namespace: "shop", name: "default" }));
  const ref = { namespace: "shop", name: "kube-root-ca.crt" };
  assert.equal((await world.client.get(ConfigMap, ref)).data?.["ca.crt"], "PEM");
  await world.client.delete(ConfigMap, ref);
  await world.client.delete(ServiceAccount, { namespace: "shop", name: "default" });
  await world.run(500);
  assert.ok(await exists(world, ConfigMap, ref));
  assert.ok(await exists(world, ServiceAccount, { namespace: "shop", name: "default" }));
  await world.stopAll();
});

test("a namespace that is deleted takes everything in it along, pods last to be waited for", async () => {
  const world = await whole();
  await world.client.create(Namespace, { metadata: { name: "shop" } });
  await world.run(500);
  const metadata = { namespace: "shop", name: "web" };
  await world.client.create(Deployment, { metadata, spec: { replicas: 3, selector, template } });
  await world.client.create(Service, { metadata, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  await world.run(3_000);
  await world.client.delete(Namespace, { name: "shop" });
  await world.run(500);
  const going = await world.client.get(Namespace, { name: "shop" });
  assert.equal(going.status.phase, "Terminating");
  const remaining = going.status.conditions?.find(({ type }) => type === "NamespaceContentRemaining");
  assert.equal(remaining?.message, "Some resources are remaining: pods. has 3 resource instances");
  await world.run(10_000);
  assert.equal(await exists(world, Namespace, { name: "shop" }), false);
  for (const kind of [Deployment, ReplicaSet, Pod, Service, EndpointSlice, ConfigMap, ServiceAccount]) {
    assert.equal((await world.client.list(kind, { namespace: "shop" })).items.length, 0, kind.kind);
  }
  await world.stopAll();
});

test("a namespace whose content cannot be deleted says why, and goes once it can be", async () => {
  const world = await whole();
  await world.client.create(Namespace, { metadata: { name: "shop" } });
  await world.run(500);
  const { client } = world;
  const deleteCollection = client.deleteCollection.bind(client);
  client.deleteCollection = async (kind, ...rest) => {
    if (kind === ConfigMap) throw new Error('admission webhook "no" denied the request');
    return deleteCollection(kind, ...rest);
  };
  await client.delete(Namespace, { name: "shop" });
  await world.run(3_000);
  const { status } = await client.get(Namespace, { name: "shop" });
  const failure = status.conditions?.find(({ type }) => type === "NamespaceDeletionContentFailure");
  const message = 'Failed to delete all resource types, 1 remaining: admission webhook "no" denied the request';
  assert.deepEqual([failure?.status, failure?.reason, failure?.message], ["True", "ContentDeletionFailed", message]);
  client.deleteCollection = deleteCollection;
  await world.run(5_000);
  assert.equal(await exists(world, Namespace, { name: "shop" }), false);
  await world.stopAll();
});

test("deleting a Deployment in the background takes its ReplicaSets and pods along", async () => {
  const world = await whole();
  await deploy(world);
  await world.run(3_000);
  await world.client.delete(Deployment, WEB, { propagationPolicy: "Background" });
  await world.run(5_000);
  assert.deepEqual([await count(world, ReplicaSet), await count(world, Pod)], [0, 0]);
  await world.stopAll();
});

test("deleting a Deployment in the foreground keeps it until its pods are gone", async () => {
  const world = await whole();
  await deploy(world);
  await world.run(3_000);
  await world.client.delete(Deployment, WEB, { propagationPolicy: "Foreground" });
  await world.run(15_000, async () => {
    const pods = await count(world, Pod);
    if (pods > 0) assert.ok(await exists(world, Deployment, WEB), `${pods} pods have outlived their Deployment`);
  });
  assert.equal(await exists(world, Deployment, WEB), false);
  assert.deepEqual([await count(world, ReplicaSet), await count(world, Pod)], [0, 0]);
  await world.stopAll();
});

test("orphaning keeps the ReplicaSet, and a new Deployment of the same selector adopts it", async () => {
  const world = await whole();
  await deploy(world);
  await world.run(3_000);
  const before = (await world.pods()).map((pod) => pod.metadata.name).toSorted();
  await world.client.delete(Deployment, WEB, { propagationPolicy: "Orphan" });
  await world.run(3_000);
  assert.equal(await exists(world, Deployment, WEB), false);
  const [orphan] = (await world.client.list(ReplicaSet)).items;
  assert.equal(orphan?.metadata.ownerReferences, undefined);
  const { metadata } = await deploy(world);
  await world.run(3_000);
  const [adopted] = (await world.client.list(ReplicaSet)).items;
  assert.equal(adopted?.metadata.ownerReferences?.[0]?.uid, metadata.uid);
  assert.deepEqual((await world.pods()).map((pod) => pod.metadata.name).toSorted(), before);
  await world.stopAll();
});

test("an object whose owner never was is collected; one whose owner's kind is unknown is not", async () => {
  const world = await whole();
  const owner = { apiVersion: "v1", kind: "Service", name: "gone", uid: "no-such-uid" };
  const stranger = { apiVersion: "acme.io/v1", kind: "Anvil", name: "x", uid: "another-uid" };
  await world.client.create(ConfigMap, { metadata: { namespace: "default", name: "a", ownerReferences: [owner] } });
  await world.client.create(ConfigMap, { metadata: { namespace: "default", name: "b", ownerReferences: [stranger] } });
  await world.run(2_000);
  assert.equal(await exists(world, ConfigMap, { namespace: "default", name: "a" }), false);
  assert.equal(await exists(world, ConfigMap, { namespace: "default", name: "b" }), true);
  await world.stopAll();
});

test("an owner in another namespace is none, which is told, and harms nobody whose owner it is", async () => {
  const world = await whole();
  for (const name of ["shop", "raid"]) await world.client.create(Namespace, { metadata: { name } });
  const owner = await world.client.create(ConfigMap, { metadata: { namespace: "shop", name: "owner" } });
  const { uid } = owner.metadata;
  const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
  const owned = (namespace: string, name: string, kind = "ConfigMap") =>
    world.client.create(ConfigMap, { metadata: { namespace, name, ownerReferences: [{ ...reference, kind }] } });
  await owned("raid", "abroad");
  await owned("shop", "misnamed", "Secret");
  await world.run(3_000);
  await owned("shop", "rightful");
  await world.run(3_000);
  const left = async (namespace: string, name: string) => exists(world, ConfigMap, { namespace, name });
  assert.deepEqual(
    [await left("raid", "abroad"), await left("shop", "misnamed"), await left("shop", "rightful")],
    [false, false, true],
  );
  const { items } = await world.client.list(Event, { namespace: "raid" });
  assert.deepEqual(
    items.map(({ reason, message, involvedObject: { kind, name } }) => [kind, name, reason, message]),
    [
      [
        "ConfigMap",
        "abroad",
        "OwnerRefInvalidNamespace",
        `ownerRef [v1/ConfigMap, namespace: raid, name: owner, uid: ${uid}] does not exist in namespace "raid"`,
      ],
    ],
  );
  await world.stopAll();
});

test("what stands in another namespace holds back no deletion in the foreground", async () => {
  const world = await whole();
  await world.client.create(Namespace, { metadata: { name: "raid" } });
  const rc = {
    replicas: 0,
    selector: { app: "x" },
    template: { metadata: { labels: { app: "x" } }, spec: { containers } },
  };
  const owner = await world.client.create(ReplicationController, { metadata: WEB, spec: rc });
  const { name, uid } = owner.metadata;
  const reference = { apiVersion: "v1", kind: "ReplicationController", name, uid, blockOwnerDeletion: true };
  const metadata = { namespace: "raid", name: "clamp", finalizers: ["acme.io/hold"], ownerReferences: [reference] };
  await world.client.create(ConfigMap, { metadata });
  await world.client.delete(ReplicationController, WEB, { propagationPolicy: "Foreground" });
  await world.run(3_000);
  assert.equal(await exists(world, ReplicationController, WEB), false);
  await world.stopAll();
});

test("a ReplicationController keeps its pods, lets go of one that is relabelled and takes one that fits", async () => {
  const world = await whole();
  await world.client.create(ReplicationController, { metadata: WEB, spec: { replicas: 2, template } });
  await world.run(3_000);
  const [first] = await world.pods();
  assert.ok(first);
  await world.client.patch(Pod, first.metadata, { type: "merge", body: { metadata: { labels: { app: "debug" } } } });
  await world.run(3_000);
  const freed = await world.client.get(Pod, first.metadata);
  assert.equal(freed.metadata.ownerReferences, undefined);
  assert.equal(await count(world, Pod), 3);
  await world.client.patch(Pod, first.metadata, { type: "merge", body: { metadata: { labels: { app: "web" } } } });
  await world.run(5_000);
  assert.equal(await count(world, Pod), 2);
  assert.equal((await world.client.get(ReplicationController, WEB)).status.readyReplicas, 2);
  await world.stopAll();
});

test("a Service shows its pods: named ports, readiness, and those on their way out", async () => {
  const world = await whole();
  const ports = [{ name: "main", port: 80, targetPort: "http" }];
  await world.client.create(Service, { metadata: WEB, spec: { selector: { app: "web" }, ports } });
  await world.run(500);
  const slicesOf = async () => (await world.client.list(EndpointSlice, { namespace: "default" })).items;
  const [empty] = await slicesOf();
  assert.deepEqual([empty?.endpoints, empty?.ports], [[], []]);
  world.kubelet = { readyAfterMs: () => 5_000, goneAfterMs: () => 10_000 };
  await deploy(world, 2);
  await world.run(2_000);
  const conditions = async () => (await slicesOf()).flatMap((slice) => slice.endpoints.map((each) => each.conditions));
  const unready = { ready: false, serving: false, terminating: false };
  const ready = { ready: true, serving: true, terminating: false };
  assert.deepEqual(await conditions(), [unready, unready]);
  await world.run(5_000);
  assert.deepEqual(await conditions(), [ready, ready]);
  const [slice, ...others] = await slicesOf();
  assert.equal(others.length, 0);
  assert.deepEqual(slice?.ports, [{ name: "main", port: 8080, protocol: "TCP" }]);
  assert.equal(slice?.metadata.labels?.["kubernetes.io/service-name"], "web");
  const [endpoint] = slice?.endpoints ?? [];
  assert.equal(endpoint?.nodeName, "node-1");
  assert.equal(endpoint?.targetRef?.kind, "Pod");
  const { subsets } = await world.client.get(Endpoints, WEB);
  assert.equal(subsets?.[0]?.addresses?.length, 2);
  const [victim] = await world.pods();
  assert.ok(victim);
  await world.client.delete(Pod, victim.metadata);
  await world.run(200);
  const going = (await slicesOf()).flatMap((each) => each.endpoints).find((each) => each.conditions.terminating);
  assert.deepEqual(going?.conditions, { ready: false, serving: true, terminating: true });
  assert.equal((await world.client.get(Endpoints, WEB)).subsets?.[0]?.addresses?.length, 1);
  await world.client.delete(Service, WEB);
  await world.run(2_000);
  assert.deepEqual([await count(world, EndpointSlice), await count(world, Endpoints)], [0, 0]);
  await world.stopAll();
});
