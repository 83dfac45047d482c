import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "./testing.ts";

const V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const MERGE = { contentType: "application/merge-patch+json" };
const APPLY = { contentType: "application/apply-patch+yaml" };
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const cpu = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const memory = {
  type: "Resource",
  resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } },
};
const requests = {
  type: "Pods",
  pods: { metric: { name: "requests" }, target: { type: "AverageValue", averageValue: "100" } },
};
const queue = {
  type: "External",
  external: {
    metric: { name: "queue", selector: { matchLabels: { a: "b" } } },
    target: { type: "Value", value: "30" },
  },
};
const ingress = {
  type: "Object",
  object: {
    describedObject: { kind: "Ingress", name: "main" },
    target: { type: "Value", value: "2k" },
    metric: { name: "hits" },
  },
};

test("an autoscaler created as v1 is the same object as v2", async () => {
  const { call } = await testServer();
  const spec = { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 60 };
  const created = await call("POST", V1, { metadata: { name: "web" }, spec });
  assert.equal(created.code, 201, created.text);
  assert.equal(created.json.apiVersion, "autoscaling/v1");
  assert.deepEqual(created.json.spec, { ...spec, minReplicas: 1 });
  const { json } = await call("GET", `${V2}/web`);
  assert.equal(json.apiVersion, "autoscaling/v2");
  assert.equal(json.metadata.uid, created.json.metadata.uid);
  assert.deepEqual(json.spec, { scaleTargetRef: target, minReplicas: 1, maxReplicas: 5, metrics: [cpu(60)] });
});

test("without a target of its own v1 gets that of v2", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", V1, {
    metadata: { name: "web" },
    spec: { scaleTargetRef: target, maxReplicas: 5 },
  });
  assert.equal(json.spec.targetCPUUtilizationPercentage, 80);
});

test("what v1 has no fields for is in annotations there, and survives an update through v1", async () => {
  const { call } = await testServer();
  const metrics = [memory, requests, queue, ingress, cpu(50)];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  const spec = { scaleTargetRef: target, minReplicas: 2, maxReplicas: 5, metrics, behavior };
  const created = await call("POST", V2, { metadata: { name: "web", annotations: { mine: "1" } }, spec });
  assert.equal(created.code, 201, created.text);
  const { json: old } = await call("GET", `${V1}/web`);
  assert.equal(old.spec.targetCPUUtilizationPercentage, 50);
  const { annotations } = old.metadata;
  assert.equal(annotations["mine"], "1");
  assert.deepEqual(JSON.parse(annotations["autoscaling.alpha.kubernetes.io/metrics"]), [
    { type: "Resource", resource: { name: "memory", targetAverageValue: "1Gi" } },
    { type: "Pods", pods: { metricName: "requests", targetAverageValue: "100" } },
    {
      type: "External",
      external: { metricName: "queue", metricSelector: { matchLabels: { a: "b" } }, targetValue: "30" },
    },
    { type: "Object", object: { target: { kind: "Ingress", name: "main" }, metricName: "hits", targetValue: "2k" } },
  ]);
  const text = annotations["autoscaling.alpha.kubernetes.io/behavior"];
  assert.equal(JSON.parse(text).ScaleDown.StabilizationWindowSeconds, 60);
  const updated = await call("PUT", `${V1}/web`, { ...old, spec: { ...old.spec, maxReplicas: 9 } });
  assert.equal(updated.code, 200, updated.text);
  const { json: now } = await call("GET", `${V2}/web`);
  assert.deepEqual(now.spec, { ...created.json.spec, maxReplicas: 9 });
  assert.deepEqual(now.metadata.annotations, { mine: "1" });
});

test("v1 is patched, applied, listed, watched and shown as a table", async () => {
  const { call, watch } = await testServer();
  const log = await watch(V1);
  const config = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", metadata: { name: "web" } };
  const spec = { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 60 };
  const applied = await call("PATCH", `${V1}/web?fieldManager=me`, { ...config, spec }, APPLY);
  assert.equal(applied.code, 201, applied.text);
  const patched = await call("PATCH", `${V1}/web`, { spec: { targetCPUUtilizationPercentage: 70 } }, MERGE);
  assert.equal(patched.json.spec.targetCPUUtilizationPercentage, 70);
  const { json: list } = await call("GET", V1);
  assert.deepEqual([list.apiVersion, list.kind], ["autoscaling/v1", "HorizontalPodAutoscalerList"]);
  assert.equal(list.items[0].spec.targetCPUUtilizationPercentage, 70);
  await log.reach(2);
  assert.deepEqual(
    log.events.map(({ object }) => [object.apiVersion, object.spec.targetCPUUtilizationPercentage]),
    [
      ["autoscaling/v1", 60],
      ["autoscaling/v1", 70],
    ],
  );
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const { json: table } = await call("GET", V1, undefined, { headers: { accept } });
  assert.deepEqual(table.rows[0].cells.slice(0, 3), ["web", "Deployment/web", "cpu: <unknown>/70%"]);
});

test("the status of v1 is written through its subresource", async () => {
  const { call } = await testServer();
  await call("POST", V2, { metadata: { name: "web" }, spec: { scaleTargetRef: target, maxReplicas: 5 } });
  const status = { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 40 };
  const answer = await call("PATCH", `${V1}/web/status`, { status }, MERGE);
  assert.equal(answer.code, 200, answer.text);
  const { json } = await call("GET", `${V2}/web`);
  assert.deepEqual(json.status.currentMetrics, [
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } },
  ]);
});

const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
const CORE_EVENTS = "/api/v1/namespaces/default/events";
const regarding = { kind: "Pod", namespace: "default", name: "web" };
const event = {
  metadata: { name: "e" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingController: "example.com/c",
  reportingInstance: "c-1",
  action: "Binding",
  reason: "Scheduled",
  regarding,
  note: "on a node",
  type: "Normal",
};

test("an event of events.k8s.io is one of the core group, by the names each has for its fields", async () => {
  const { call } = await testServer();
  const created = await call("POST", EVENTS, event);
  assert.equal(created.code, 201, created.text);
  assert.equal(created.json.note, "on a node");
  const { json } = await call("GET", `${CORE_EVENTS}/e`);
  assert.equal(json.metadata.uid, created.json.metadata.uid);
  assert.equal(json.message, "on a node");
  assert.deepEqual(json.involvedObject, regarding);
  assert.equal(json.reportingComponent, "example.com/c");
  const found = async (path: string) => (await call("GET", path)).json.items.length;
  assert.equal(await found(`${EVENTS}?fieldSelector=regarding.name=web`), 1);
  assert.equal(await found(`${EVENTS}?fieldSelector=regarding.name=other`), 0);
  assert.equal(await found(`${CORE_EVENTS}?fieldSelector=involvedObject.name=web`), 1);
  const wrong = await call("GET", `${EVENTS}?fieldSelector=involvedObject.name=web`);
  assert.equal(wrong.code, 400);
});

test("each group of events checks them by its own rules", async () => {
  const { call } = await testServer();
  const loose = { metadata: { name: "loose" }, involvedObject: regarding, reason: "R", message: "m" };
  assert.equal((await call("POST", CORE_EVENTS, loose)).code, 201);
  const { note: _, eventTime: __, ...strict } = event;
  const refused = await call("POST", EVENTS, strict);
  assert.equal(refused.code, 422);
  assert.match(refused.json.message, /eventTime: Required value/);
  await call("POST", EVENTS, event);
  const changed = await call("PATCH", `${EVENTS}/e`, { note: "elsewhere" }, MERGE);
  assert.equal(changed.code, 422);
  assert.match(changed.json.message, /field is immutable/);
});

test("deprecated kinds say so with every answer", async () => {
  const { call } = await testServer();
  const endpoints = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
  const path = "/api/v1/namespaces/default/endpoints";
  assert.equal((await call("GET", path)).headers["warning"], endpoints);
  assert.equal((await call("POST", path, { metadata: { name: "e" } })).headers["warning"], endpoints);
  const missing = await call("GET", `${path}/nothing`);
  assert.deepEqual([missing.code, missing.headers["warning"]], [404, endpoints]);
  const removed = await call("DELETE", `${path}/e`);
  assert.equal(removed.headers["warning"], endpoints);
});

test("the health of components is made up when asked for", async () => {
  const components = [{ name: "controllers", check: () => "they do not answer" }];
  const { call } = await testServer({ components });
  const { json, headers } = await call("GET", "/api/v1/componentstatuses");
  assert.equal(headers["warning"], '299 - "v1 ComponentStatus is deprecated in v1.19+"');
  assert.deepEqual(
    json.items.map(({ metadata, conditions }: AnyJson) => [metadata.name, conditions[0]]),
    [
      ["controllers", { type: "Healthy", status: "False", error: "they do not answer" }],
      ["etcd-0", { type: "Healthy", status: "True", message: "ok" }],
    ],
  );
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const table = await call("GET", "/api/v1/componentstatuses/controllers", undefined, { headers: { accept } });
  assert.deepEqual(table.json.rows[0].cells, ["controllers", "Unhealthy", "", "they do not answer"]);
  assert.equal((await call("GET", "/api/v1/componentstatuses/nothing")).code, 404);
});

test("an event of the core group comes back as it was by way of events.k8s.io", async () => {
  const { call } = await testServer();
  const involvedObject = { kind: "Pod", namespace: "default", name: "p" };
  await call("POST", "/api/v1/namespaces/default/events", { metadata: { name: "e" }, involvedObject, reason: "Why" });
  const { json } = await call("GET", `${EVENTS}/e`);
  const answer = await call("PUT", `${EVENTS}/e`, { ...json, metadata: { ...json.metadata, labels: { a: "b" } } });
  assert.deepEqual([answer.code, answer.json.metadata.labels], [200, { a: "b" }]);
});
