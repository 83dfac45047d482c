import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing.ts";

const POD = {
  metadata: { name: "web", labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "nginx" }] },
};
const PODS = "/api/v1/namespaces/default/pods";

test("an object is created, read, listed, replaced and deleted", async () => {
  const { call } = await testServer();
  const created = await call("POST", PODS, POD);
  assert.equal(created.code, 201, created.text);
  assert.equal(created.json.kind, "Pod");
  assert.equal(created.json.status.phase, "Pending");
  assert.equal(created.json.spec.serviceAccountName, "default");
  assert.match(created.json.metadata.uid, /^[0-9a-f-]{36}$/);
  const read = await call("GET", `${PODS}/web`);
  assert.deepEqual(read.json, created.json);
  const listed = await call("GET", PODS);
  assert.equal(listed.json.kind, "PodList");
  assert.deepEqual(listed.json.items, [created.json]);
  const replaced = await call("PUT", `${PODS}/web`, {
    ...created.json,
    metadata: { ...created.json.metadata, labels: { app: "b" } },
  });
  assert.equal(replaced.code, 200, replaced.text);
  assert.notEqual(replaced.json.metadata.resourceVersion, created.json.metadata.resourceVersion);
  const gone = await call("DELETE", `${PODS}/web`);
  assert.equal(gone.code, 200);
  assert.equal((await call("GET", `${PODS}/web`)).code, 404);
});

test("a stale replacement is refused in Kubernetes' words", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", "/api/v1/namespaces/default/configmaps", {
    metadata: { name: "a" },
    data: { k: "1" },
  });
  const path = "/api/v1/namespaces/default/configmaps/a";
  assert.equal((await call("PUT", path, { ...json, data: { k: "2" } })).code, 200);
  const stale = await call("PUT", path, { ...json, data: { k: "3" } });
  assert.equal(stale.code, 409);
  assert.equal(
    stale.json.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  );
});

test("a watch sees each change once, and a selector turns changes into appearing and leaving", async () => {
  const { call, watch } = await testServer();
  const all = await watch(PODS);
  const selected = await watch(`${PODS}?labelSelector=app%3Dweb`);
  const { json } = await call("POST", PODS, POD);
  const away = await call("PUT", `${PODS}/web`, { ...json, metadata: { ...json.metadata, labels: { app: "other" } } });
  await call("PUT", `${PODS}/web`, { ...away.json, metadata: { ...away.json.metadata, labels: { app: "web" } } });
  await call("DELETE", `${PODS}/web`);
  assert.deepEqual(all.summary, ["ADDED web", "MODIFIED web", "MODIFIED web", "DELETED web"]);
  assert.deepEqual(selected.summary, ["ADDED web", "DELETED web", "ADDED web", "DELETED web"]);
  assert.equal(selected.events[1]?.object.metadata.labels.app, "web", "the object as it last matched");
  assert.equal(selected.events[1]?.object.metadata.resourceVersion, away.json.metadata.resourceVersion);
});

test("every kind with a collection is created, listed and deleted", async () => {
  const { call, server } = await testServer();
  void server;
  const cases = [
    [
      "/apis/apps/v1/namespaces/default/deployments",
      {
        spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: POD.spec } },
      },
    ],
    ["/api/v1/namespaces/default/secrets", { stringData: { a: "b" } }],
    ["/api/v1/nodes", {}],
    ["/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", { spec: { holderIdentity: "x" } }],
  ] as const;
  for (const [path, rest] of cases) {
    const created = await call("POST", path, { metadata: { name: "x1" }, ...rest });
    assert.equal(created.code, 201, created.text);
    assert.equal((await call("GET", `${path}/x1`)).json.metadata.name, "x1");
    assert.equal((await call("GET", path)).json.items.length, 1);
    assert.equal((await call("DELETE", `${path}/x1`)).json.status === undefined, false);
    assert.equal((await call("GET", path)).json.items.length, 0);
  }
});
