import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "./testing.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const PODS = "/api/v1/namespaces/default/pods";
const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const MERGE = { contentType: "application/merge-patch+json" };
const APPLY = { contentType: "application/apply-patch+yaml" };
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 1, selector: { matchLabels: labels }, template },
};

/** `manager operation subresource` of each entry, with what it owns. */
function managers({ metadata }: AnyJson): Record<string, unknown> {
  return Object.fromEntries(
    metadata.managedFields.map((entry: AnyJson) => [
      `${entry.manager} ${entry.operation} ${entry.subresource ?? ""}`.trim(),
      entry.fieldsV1,
    ]),
  );
}
const REPLICAS = { "f:spec": { "f:replicas": {} } };

test("who scales through the subresource owns the replicas, under its name", async () => {
  const { call } = await testServer();
  await call("POST", `${DEPLOYMENTS}?fieldManager=a`, deployment);
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 3 } };
  const updated = await call("PUT", `${DEPLOYMENTS}/web/scale?fieldManager=b`, scale);
  assert.equal(updated.code, 200, updated.text);
  const now = managers((await call("GET", `${DEPLOYMENTS}/web`)).json);
  assert.deepEqual(now["b Update scale"], REPLICAS);
  assert.equal((now["a Update"] as AnyJson)["f:spec"]["f:replicas"], undefined);
});

test("a Scale is applied: conflicts name its version, force takes over, the object's own apply gets it back", async () => {
  const { call } = await testServer();
  await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=a`, deployment, APPLY);
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas: 5 } };
  const path = `${DEPLOYMENTS}/web/scale?fieldManager=b`;
  const refused = await call("PATCH", path, scale, APPLY);
  assert.equal(refused.code, 409);
  assert.equal(refused.json.message, 'Apply failed with 1 conflict: conflict with "a": .spec.replicas');
  await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=c`, { spec: { replicas: 2 } }, MERGE);
  const byUpdate = await call("PATCH", path, scale, APPLY);
  const why = 'conflict with "c" using autoscaling/v1: .spec.replicas';
  assert.equal(byUpdate.json.message, `Apply failed with 1 conflict: ${why}`);
  const forced = await call("PATCH", `${path}&force=true`, scale, APPLY);
  assert.deepEqual([forced.code, forced.json.kind, forced.json.spec.replicas], [200, "Scale", 5]);
  const owned = managers((await call("GET", `${DEPLOYMENTS}/web`)).json);
  assert.deepEqual(owned["b Apply scale"], REPLICAS);
  const without = { ...deployment, spec: { selector: deployment.spec.selector, template } };
  const kept = await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=a`, without, APPLY);
  assert.equal(kept.json.spec.replicas, 5, "it is another's now, so it stays");
});

const request = btoa("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n");
const spec = { request, signerName: "example.com/web", usages: ["client auth"] };
const condition = (type: string) => ({ type, status: "True", reason: "R" });

test("a certificate request is approved through its own subresource, and by nothing else", async () => {
  const { call } = await testServer();
  await call("POST", REQUESTS, { metadata: { name: "r" }, spec });
  const byStatus = await call(
    "PATCH",
    `${REQUESTS}/r/status`,
    { status: { conditions: [condition("Approved")] } },
    MERGE,
  );
  assert.equal(byStatus.json.status.conditions, undefined);
  const approval = { status: { conditions: [condition("Approved")], certificate: "AA==" } };
  const approved = await call("PATCH", `${REQUESTS}/r/approval`, approval, MERGE);
  assert.equal(approved.code, 200, approved.text);
  const now = "2026-01-01T00:00:00Z";
  const expected = { ...condition("Approved"), lastUpdateTime: now, lastTransitionTime: now };
  assert.deepEqual(approved.json.status, { conditions: [expected] });
  const both = { status: { conditions: [condition("Approved"), condition("Denied")] } };
  const refused = await call("PATCH", `${REQUESTS}/r/approval`, both, MERGE);
  assert.equal(refused.code, 422);
  assert.match(refused.json.message, /Approved and Denied conditions are mutually exclusive/);
  const taken = await call("PATCH", `${REQUESTS}/r/approval`, { status: { conditions: [] } }, MERGE);
  assert.match(taken.json.message, /updates may not remove a condition of type "Approved"/);
  const issued = await call("PATCH", `${REQUESTS}/r/status`, { status: { certificate: "AA==" } }, MERGE);
  assert.equal(issued.json.status.certificate, "AA==");
  assert.equal(issued.json.status.conditions[0].type, "Approved");
});

const pod = (resources: object) => ({
  metadata: { name: "p" },
  spec: { containers: [{ name: "web", image: "nginx", resources }] },
});

test("containers for debugging are added, and then stay as they are", async () => {
  const { call } = await testServer();
  await call("POST", PODS, pod({}));
  const path = `${PODS}/p/ephemeralcontainers`;
  const debug = { name: "debug", image: "busybox" };
  const strategic = { contentType: "application/strategic-merge-patch+json" };
  const patch = { metadata: { labels: { a: "b" } }, spec: { ephemeralContainers: [debug] } };
  const added = await call("PATCH", `${path}?fieldManager=kubectl-debug`, patch, strategic);
  assert.equal(added.code, 200, added.text);
  assert.equal(added.json.spec.ephemeralContainers[0].terminationMessagePolicy, "File", "it has its defaults");
  assert.equal(added.json.metadata.labels, undefined, "nothing else changes");
  assert.equal(added.json.metadata.generation, 2);
  assert.ok(Object.hasOwn(managers(added.json), "kubectl-debug Update ephemeralcontainers"));
  const changed = { spec: { ephemeralContainers: [{ ...debug, image: "other" }] } };
  const refused = await call("PATCH", path, changed, strategic);
  assert.equal(refused.code, 422);
  assert.match(refused.json.message, /existing ephemeral containers "debug" may not be changed/);
  const gone = await call("PATCH", path, { spec: { ephemeralContainers: null } }, MERGE);
  assert.match(gone.json.message, /existing ephemeral containers "debug" may not be removed/);
});

test("containers for debugging come by every way to write, and are seen by all", async () => {
  const { call } = await testServer();
  await call("POST", PODS, pod({}));
  const path = `${PODS}/p/ephemeralcontainers`;
  const at = "/spec/ephemeralContainers";
  const byJsonPatch = [{ op: "add", path: at, value: [{ name: "a", image: "busybox" }] }];
  const added = await call("PATCH", path, byJsonPatch, { contentType: "application/json-patch+json" });
  assert.equal(added.code, 200, added.text);
  const more = [{ op: "add", path: `${at}/-`, value: { name: "b", image: "busybox", targetContainerName: "web" } }];
  const grown = await call("PATCH", path, more, { contentType: "application/json-patch+json" });
  assert.equal(grown.code, 200, grown.text);
  const sent = grown.json;
  sent.spec.ephemeralContainers.unshift({ name: "c", image: "busybox" });
  sent.spec.containers[0].image = "other";
  const put = await call("PUT", path, sent);
  assert.equal(put.code, 200, put.text);
  const apply = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { ephemeralContainers: [{ name: "d", image: "busybox" }] },
  };
  const applied = await call("PATCH", `${path}?fieldManager=me`, apply, APPLY);
  assert.equal(applied.code, 200, applied.text);
  assert.ok(Object.hasOwn(managers(applied.json), "me Apply ephemeralcontainers"));
  for (const place of [path, `${PODS}/p`]) {
    const { json } = await call("GET", place);
    assert.deepEqual(json.spec.ephemeralContainers.map(({ name }: AnyJson) => name).toSorted(), ["a", "b", "c", "d"]);
    assert.deepEqual([json.spec.containers[0].image, json.metadata.generation], ["nginx", 5]);
  }
  const main = await call("PATCH", `${PODS}/p`, { spec: { ephemeralContainers: [] } }, MERGE);
  assert.equal(main.code, 422);
  assert.match(main.json.message, /pod updates may not change fields other than/);
  const away = await call("PATCH", path, [{ op: "remove", path: `${at}/0` }], {
    contentType: "application/json-patch+json",
  });
  assert.match(away.json.message, /existing ephemeral containers "c" may not be removed/);
  assert.equal((await call("POST", path, pod({}))).code, 405);
  assert.equal((await call("DELETE", path)).code, 405);
  assert.equal((await call("GET", `${PODS}/nobody/ephemeralcontainers`)).code, 404);
});

test("a pod is resized within its quality of service", async () => {
  const { call } = await testServer();
  await call("POST", PODS, pod({ requests: { cpu: "100m" } }));
  const resize = (resources: object) =>
    call(
      "PATCH",
      `${PODS}/p/resize`,
      { spec: { containers: [{ name: "web", resources }] } },
      {
        contentType: "application/strategic-merge-patch+json",
      },
    );
  const done = await resize({ requests: { cpu: "200m" } });
  assert.equal(done.code, 200, done.text);
  assert.equal(done.json.spec.containers[0].resources.requests.cpu, "200m");
  assert.equal(done.json.metadata.generation, 2);
  const limits = { cpu: "200m", memory: "1Gi" };
  const refused = await resize({ requests: limits, limits });
  assert.equal(refused.code, 422);
  assert.match(refused.json.message, /Pod QOS Class may not change as a result of resizing/);
});

test("a patch that names a field twice is refused where validation is strict, and warned about elsewhere", async () => {
  const { call } = await testServer();
  await call("POST", DEPLOYMENTS, deployment);
  const twice = '{"spec":{"paused":true,"paused":false}}';
  const strict = await call("PATCH", `${DEPLOYMENTS}/web?fieldValidation=Strict`, twice, MERGE);
  assert.equal(strict.code, 422);
  assert.match(strict.json.message, /strict decoding error: duplicate field "spec.paused"$/);
  const both = '{"spec":{"paused":true,"paused":false,"foo":1}}';
  const warned = await call("PATCH", `${DEPLOYMENTS}/web`, both, MERGE);
  const warnings = ['299 - "duplicate field \\"spec.paused\\""', '299 - "unknown field \\"spec.foo\\""'];
  assert.equal(warned.headers["warning"], warnings.join(", "));
  const foreign = await call("PATCH", `${DEPLOYMENTS}/web`, { spec: { größe: 1 } }, MERGE);
  assert.equal(foreign.headers["warning"], '299 - "unknown field \\"spec.gr\u00c3\u00b6\u00c3\u009fe\\""');
  const config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: one\n  a: two\n";
  const path = "/api/v1/namespaces/default/configmaps/m?fieldManager=me";
  const applied = await call("PATCH", `${path}&fieldValidation=Strict`, config, APPLY);
  assert.equal(applied.code, 400);
  const complaint = 'error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "a" already set in map';
  assert.equal(applied.json.message, `error strict decoding YAML: ${complaint}`);
  const lenient = await call("PATCH", path, config, APPLY);
  assert.deepEqual([lenient.code, lenient.headers["warning"]], [201, undefined], lenient.text);
});
