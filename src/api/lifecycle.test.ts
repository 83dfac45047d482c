import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "./apps/deployment.ts";
import { decode } from "./codec/decode.ts";
import { documentOf } from "./codec/document.ts";
import { ConfigMap } from "./core/configmap.ts";
import { Namespace } from "./core/namespace.ts";
import { Node } from "./core/node.ts";
import { Pod } from "./core/pod.ts";
import { applyDefaults } from "./defaults.ts";
import { markDeleted, prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from "./lifecycle.ts";
import type { AnyKind } from "./object.ts";
import type { ObjectOf } from "./schema/kind.ts";

const CREATION = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), uid: "u-1" };

function created<K extends AnyKind>(kind: K, draft: unknown): ObjectOf<K> {
  const object = applyDefaults(kind, decode(kind, documentOf(draft)).object as ObjectOf<K>);
  prepareForCreate(kind, object, CREATION);
  return object;
}

function changed<K extends AnyKind>(kind: K, before: ObjectOf<K>, change: (next: ObjectOf<K>) => void): ObjectOf<K> {
  const next = structuredClone(before);
  change(next);
  prepareForUpdate(kind, next, before);
  return next;
}

test("prepareForCreate() sets what only the server sets and drops a client's status", () => {
  const deployment = created(Deployment, {
    metadata: {
      name: "a",
      uid: "mine",
      generation: 7,
      resourceVersion: "3",
      deletionTimestamp: "2020-01-01T00:00:00Z",
    },
    status: { replicas: 3 },
  });
  assert.deepEqual(deployment.metadata, {
    name: "a",
    uid: "u-1",
    creationTimestamp: "2026-01-02T03:04:05Z",
    generation: 1,
  });
  assert.deepEqual(deployment.status, {});
});

test("prepareForCreate() starts a pod Pending with its quality of service, a namespace Active with its finalizer", () => {
  const limits = { cpu: "1", memory: "1Gi" };
  const pod = created(Pod, {
    spec: { containers: [{ name: "a", resources: { limits } }] },
    status: { phase: "Running" },
  });
  assert.deepEqual(pod.status, { phase: "Pending", qosClass: "Guaranteed" });
  const namespace = created(Namespace, { metadata: { name: "a" }, status: { phase: "Terminating" } });
  assert.deepEqual([namespace.spec.finalizers, namespace.status.phase], [["kubernetes"], "Active"]);
});

test("prepareForCreate() keeps the status of a node, which registers itself with it", () => {
  const node = created(Node, { metadata: { name: "a" }, status: { capacity: { cpu: "2" } } });
  assert.deepEqual(node.status.allocatable, { cpu: "2" });
});

test("prepareForUpdate() keeps status and what only the server sets", () => {
  const before = created(Deployment, { metadata: { name: "a" } });
  const next = changed(Deployment, before, (object) => {
    object.status.replicas = 9;
    object.metadata.creationTimestamp = "2020-01-01T00:00:00Z";
    object.metadata.generation = 99;
    object.metadata.deletionTimestamp = "2020-01-01T00:00:00Z";
  });
  assert.deepEqual(next, before);
});

const generations: { name: string; change(next: Deployment): void; generation: number }[] = [
  { name: "counts a change of spec", change: (next) => (next.spec.replicas = 5), generation: 2 },
  { name: "does not count labels", change: (next) => (next.metadata.labels = { a: "b" }), generation: 1 },
  { name: "counts a Deployment's annotations", change: (n) => (n.metadata.annotations = { a: "b" }), generation: 2 },
  { name: "does not count status", change: (next) => (next.status.replicas = 3), generation: 1 },
  {
    name: "does not count an order of members",
    change: (next) => (next.spec = Object.fromEntries(Object.entries(next.spec).toReversed()) as typeof next.spec),
    generation: 1,
  },
];
for (const { name, change, generation } of generations) {
  test(`prepareForUpdate() ${name}`, () => {
    const before = created(Deployment, { metadata: { name: "a" } });
    assert.equal(changed(Deployment, before, change).metadata.generation, generation);
  });
}

test("prepareForUpdate() counts nothing for kinds without a generation", () => {
  const before = created(ConfigMap, { metadata: { name: "a" } });
  assert.equal(changed(ConfigMap, before, (next) => (next.data = { a: "b" })).metadata.generation, undefined);
});

test("prepareForUpdate() leaves a namespace's finalizers to the finalize subresource", () => {
  const before = created(Namespace, { metadata: { name: "a" } });
  assert.deepEqual(changed(Namespace, before, (next) => (next.spec.finalizers = [])).spec.finalizers, ["kubernetes"]);
});

test("prepareForStatusUpdate() takes status and annotations, and a Deployment's labels no more than its spec", () => {
  const before = created(Deployment, { metadata: { name: "a", labels: { a: "b" } } });
  const next = structuredClone(before);
  next.status.replicas = 3;
  next.spec.replicas = 7;
  next.metadata.labels = {};
  next.metadata.annotations = { revision: "1" };
  prepareForStatusUpdate(Deployment, next, before, 0);
  assert.deepEqual(next, {
    ...before,
    metadata: { ...before.metadata, annotations: { revision: "1" } },
    status: { replicas: 3 },
  });
});

test("markDeleted() says when the object goes and counts the generation up", () => {
  const pod = created(Pod, { metadata: { name: "a" }, spec: { containers: [] } });
  markDeleted(pod, { nowMs: CREATION.nowMs, gracePeriodSeconds: 30 });
  assert.deepEqual(
    [pod.metadata.deletionTimestamp, pod.metadata.deletionGracePeriodSeconds, pod.metadata.generation],
    ["2026-01-02T03:04:35Z", 30, 2],
  );
});
