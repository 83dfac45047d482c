import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "#store/memory_store.ts";
import { testServer } from "../testing.ts";

const SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
const MERGE = { contentType: "application/merge-patch+json" };
const ELSEWHERE = { service: { namespace: "a", name: "b" }, insecureSkipTLSVerify: true };

test("a start puts right the APIServices of what is built in", async () => {
  const store = new MemoryStore();
  const before = await testServer({}, 1, store);
  await before.server.registerApiServices();
  const { spec, status } = (await before.call("GET", `${SERVICES}/v1.batch`)).json;
  await before.call("DELETE", `${SERVICES}/v1.apps`);
  await before.call("PATCH", `${SERVICES}/v1.batch`, { spec: ELSEWHERE }, MERGE);
  await before.call("PATCH", `${SERVICES}/v1.policy`, { spec: { versionPriority: 7 } }, MERGE);
  await before.call("PATCH", `${SERVICES}/v1beta1.metrics.k8s.io`, { spec: ELSEWHERE }, MERGE);
  await before.server.registerApiServices();
  // Until then it stays as it was left (kube-aggregator: registered on start).
  assert.equal((await before.call("GET", `${SERVICES}/v1.apps`)).code, 404);
  assert.equal((await before.call("GET", `${SERVICES}/v1.policy`)).json.spec.versionPriority, 7);
  before.server.close();

  const { server, call } = await testServer({}, 1, store);
  await server.registerApiServices();
  assert.equal((await call("GET", `${SERVICES}/v1.apps`)).code, 200);
  const restored = (await call("GET", `${SERVICES}/v1.batch`)).json;
  assert.deepEqual(restored.spec, spec);
  assert.equal(restored.status.conditions[0].reason, status.conditions[0].reason);
  assert.equal((await call("GET", `${SERVICES}/v1.policy`)).json.spec.versionPriority, 15);
  // Who installs a metrics server keeps it.
  assert.equal((await call("GET", `${SERVICES}/v1beta1.metrics.k8s.io`)).json.spec.service.name, "b");
});

test("an APIService says why it is not available, also where nothing leads to Services", async () => {
  const { call, clock } = await testServer();
  const spec = { group: "a.example", version: "v1", groupPriorityMinimum: 100, versionPriority: 10, ...ELSEWHERE };
  await call("POST", SERVICES, { metadata: { name: "v1.a.example" }, spec });
  await clock.advance(10);
  const { conditions } = (await call("GET", `${SERVICES}/v1.a.example`)).json.status;
  const { status, reason, message } = conditions[0];
  assert.deepEqual([status, reason, message], ["False", "ServiceNotFound", 'service/b in "a" is not present']);
});
