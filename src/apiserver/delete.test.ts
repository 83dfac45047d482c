import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type TestServer } from "./testing.ts";

const NS = "/api/v1/namespaces/default";
const POD = { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "nginx" }] } };

async function boundPod(): Promise<TestServer> {
  const api = await testServer();
  await api.call("POST", `${NS}/pods`, POD);
  const bound = await api.call("POST", `${NS}/pods/p/binding`, {
    metadata: { name: "p" },
    target: { kind: "Node", name: "n1" },
  });
  assert.equal(bound.code, 201, bound.text);
  return api;
}

test("a pod is bound once", async () => {
  const { call } = await boundPod();
  const pod = await call("GET", `${NS}/pods/p`);
  assert.equal(pod.json.spec.nodeName, "n1");
  assert.equal(pod.json.status.conditions[0].type, "PodScheduled");
  const again = await call("POST", `${NS}/pods/p/binding`, { target: { kind: "Node", name: "n2" } });
  assert.equal(again.code, 409);
  assert.equal(
    again.json.message,
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
  );
});

test("a pod on a node is given its grace period, which a later deletion can only shorten", async () => {
  const { call, clock } = await boundPod();
  const begun = clock.now();
  const first = await call("DELETE", `${NS}/pods/p`);
  assert.equal(first.json.metadata.deletionGracePeriodSeconds, 30);
  assert.equal(Date.parse(first.json.metadata.deletionTimestamp), begun + 30_000);
  const longer = await call("DELETE", `${NS}/pods/p?gracePeriodSeconds=60`);
  assert.equal(longer.json.metadata.deletionGracePeriodSeconds, 30);
  const shorter = await call("DELETE", `${NS}/pods/p?gracePeriodSeconds=5`);
  assert.equal(shorter.json.metadata.deletionGracePeriodSeconds, 5);
  assert.equal(Date.parse(shorter.json.metadata.deletionTimestamp), begun + 5_000);
  const now = await call("DELETE", `${NS}/pods/p`, { gracePeriodSeconds: 0 });
  assert.equal(now.code, 200);
  assert.equal((await call("GET", `${NS}/pods/p`)).code, 404);
});

test("a pod without a node goes at once", async () => {
  const { call } = await testServer();
  await call("POST", `${NS}/pods`, POD);
  assert.equal((await call("DELETE", `${NS}/pods/p`)).json.kind, "Pod");
  assert.equal((await call("GET", `${NS}/pods/p`)).code, 404);
});

test("finalizers hold an object until the last is gone", async () => {
  const { call } = await testServer();
  const path = `${NS}/configmaps/a`;
  await call("POST", `${NS}/configmaps`, { metadata: { name: "a", finalizers: ["example.com/hold"] } });
  const marked = await call("DELETE", path);
  assert.equal(marked.json.kind, "ConfigMap");
  assert.ok(marked.json.metadata.deletionTimestamp);
  assert.equal((await call("GET", path)).code, 200);
  const freed = await call(
    "PATCH",
    path,
    { metadata: { finalizers: null } },
    { contentType: "application/merge-patch+json" },
  );
  assert.equal(freed.code, 200, freed.text);
  assert.equal((await call("GET", path)).code, 404);
});

test("the policy of a deletion becomes the garbage collector's finalizer", async () => {
  for (const [policy, finalizer] of [
    ["Foreground", "foregroundDeletion"],
    ["Orphan", "orphan"],
  ] as const) {
    const { call } = await testServer();
    await call("POST", `${NS}/configmaps`, { metadata: { name: "a" } });
    const marked = await call("DELETE", `${NS}/configmaps/a`, { propagationPolicy: policy });
    assert.deepEqual(marked.json.metadata.finalizers, [finalizer]);
  }
  const { call } = await testServer();
  await call("POST", `${NS}/configmaps`, { metadata: { name: "a" } });
  const gone = await call("DELETE", `${NS}/configmaps/a`, { propagationPolicy: "Background" });
  assert.equal(gone.json.status, "Success");
  assert.equal(gone.json.details.kind, "configmaps");
  const wrong = await call("DELETE", `${NS}/configmaps/a?propagationPolicy=Never`);
  assert.equal(
    wrong.json.message,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Never": supported values: "Foreground", "Background", "Orphan", "nil"',
  );
});

test("a deletion may name the very object it means", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", `${NS}/configmaps`, { metadata: { name: "a" } });
  const refused = await call("DELETE", `${NS}/configmaps/a`, { preconditions: { uid: "other" } });
  assert.equal(
    refused.json.message,
    `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${json.metadata.uid}). The object might have been deleted and then recreated`,
  );
  assert.equal((await call("DELETE", `${NS}/configmaps/a`, { preconditions: { uid: json.metadata.uid } })).code, 200);
});

test("a namespace is emptied by others before it goes", async () => {
  const { call } = await testServer();
  const created = await call("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
  assert.deepEqual(created.json.spec.finalizers, ["kubernetes"]);
  const marked = await call("DELETE", "/api/v1/namespaces/shop");
  assert.equal(marked.json.status.phase, "Terminating");
  const late = await call("POST", "/api/v1/namespaces/shop/configmaps", { metadata: { name: "a" } });
  assert.equal(late.code, 403);
  assert.equal(
    late.json.message,
    'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  assert.equal(late.json.details.causes[0].reason, "NamespaceTerminating");
  const finalized = await call("PUT", "/api/v1/namespaces/shop/finalize", { ...marked.json, spec: {} });
  assert.equal(finalized.code, 200, finalized.text);
  assert.equal((await call("GET", "/api/v1/namespaces/shop")).code, 404);
});

test("a collection is deleted as far as it is selected", async () => {
  const { call } = await testServer();
  for (const name of ["a", "b", "c"]) {
    await call("POST", `${NS}/configmaps`, { metadata: { name, labels: { keep: String(name === "b") } } });
  }
  const gone = await call("DELETE", `${NS}/configmaps?labelSelector=keep%3Dfalse`);
  assert.equal(gone.json.items.length, 2);
  const left = await call("GET", `${NS}/configmaps`);
  assert.deepEqual(
    left.json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    ["b"],
  );
});

test("a collection of which one object is not the one meant is refused, and what is gone meanwhile is not missed", async () => {
  const { call } = await testServer();
  const maps = "/api/v1/namespaces/default/configmaps";
  await call("POST", maps, { metadata: { name: "a" } });
  const preconditions = { resourceVersion: "1" };
  const refused = await call("DELETE", maps, { kind: "DeleteOptions", apiVersion: "v1", preconditions });
  assert.deepEqual([refused.code, refused.json.reason], [409, "Conflict"]);
  const [first, second] = await Promise.all([call("DELETE", maps), call("DELETE", maps)]);
  assert.deepEqual([first?.code, second?.code], [200, 200]);
});

test("an eviction deletes", async () => {
  const { call } = await boundPod();
  const evicted = await call("POST", `${NS}/pods/p/eviction`, {
    metadata: { name: "p" },
    deleteOptions: { gracePeriodSeconds: 3 },
  });
  assert.equal(evicted.code, 201, evicted.text);
  assert.equal((await call("GET", `${NS}/pods/p`)).json.metadata.deletionGracePeriodSeconds, 3);
});

test("Events expire after an hour without a repetition", async () => {
  const { call, clock } = await testServer();
  const event = (name: string) => ({
    metadata: { name },
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
  });
  await call("POST", `${NS}/events`, event("old"));
  await clock.advance(40 * 60_000);
  await call("POST", `${NS}/events`, event("new"));
  await clock.advance(26 * 60_000);
  const left = await call("GET", `${NS}/events`);
  assert.deepEqual(
    left.json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    ["new"],
  );
});
