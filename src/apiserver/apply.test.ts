import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson, type TestServer } from "./testing.ts";

/*
 * Server-side apply as clients meet it. The stories are those that Kubernetes' documentation tells of it
 * (Server-Side Apply), by their results.
 */

const NAMESPACE = "/api/v1/namespaces/default";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MERGE = { contentType: "application/merge-patch+json" };
const JSON_PATCH = { contentType: "application/json-patch+json" };
const APPLY = { contentType: "application/apply-patch+yaml" };

/** Applies `object` at `path` in the name of `manager`. */
function apply({ call }: TestServer, path: string, object: unknown, manager: string, query = "") {
  return call("PATCH", `${path}?fieldManager=${manager}${query}`, object, APPLY);
}

function ownedBy({ metadata }: AnyJson, manager: string): AnyJson {
  return metadata.managedFields?.find((entry: AnyJson) => entry.manager === manager)?.fieldsV1;
}

function managersOf({ metadata }: AnyJson): string[] {
  return (metadata.managedFields ?? []).map((entry: AnyJson) => entry.manager);
}

const map = (data: Record<string, string>, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "test", labels: { "test-label": "test" }, ...metadata },
  data,
});
const MAP = `${NAMESPACE}/configmaps/test`;

const labels = { app: "nginx" };
const deployment = (spec: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "nginx", labels },
  spec,
});
const containers = [{ name: "nginx", image: "nginx:1.14.2" }];
const body = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
const NGINX = `${DEPLOYMENTS}/nginx`;

test("who applied a field keeps it against another's apply, until that one forces it", async () => {
  const server = await testServer();
  await apply(server, MAP, map({ key: "some value" }), "kubectl");
  await server.call("PATCH", `${MAP}?fieldManager=someone`, { data: { key: "new value" } }, MERGE);
  const { json } = await server.call("GET", MAP);
  assert.deepEqual(ownedBy(json, "someone"), { "f:data": { "f:key": {} } });
  const refused = await apply(server, MAP, map({ key: "some value" }), "kubectl");
  const why = 'conflict with "someone" using v1: .data.key';
  assert.deepEqual([refused.code, refused.json.message], [409, `Apply failed with 1 conflict: ${why}`]);
  const cause = { reason: "FieldManagerConflict", message: 'conflict with "someone" using v1', field: ".data.key" };
  assert.deepEqual(refused.json.details.causes, [cause]);
  const forced = await apply(server, MAP, map({ key: "some value" }), "kubectl", "&force=true");
  assert.equal(forced.json.data.key, "some value");
  assert.deepEqual(managersOf(forced.json), ["kubectl"], "who owns nothing any more is no manager");
});

test("who applies a value that is there already shares it, and it goes only with the last owner", async () => {
  const server = await testServer();
  await apply(server, MAP, map({ key: "v" }), "a");
  await apply(server, MAP, map({ key: "v" }), "b");
  const alone = await apply(server, MAP, map({}), "a");
  assert.equal(alone.json.data.key, "v");
  const { json } = await apply(server, MAP, map({}), "b");
  assert.equal(json.data, undefined);
});

test("replicas are handed over to an autoscaler without ever being nobody's", async () => {
  const server = await testServer();
  await apply(server, NGINX, deployment({ replicas: 3, ...body }), "kubectl");
  const handover = await apply(server, NGINX, deployment({ replicas: 3, ...body }), "handover-to-hpa");
  assert.equal(handover.code, 200, handover.text);
  const scale = { spec: { replicas: 5 } };
  await server.call("PATCH", `${NGINX}/scale?fieldManager=hpa`, scale, MERGE);
  const kept = await apply(server, NGINX, deployment(body), "kubectl");
  assert.deepEqual([kept.code, kept.json.spec.replicas], [200, 5], kept.text);
  assert.equal(ownedBy(kept.json, "kubectl")["f:spec"]["f:replicas"], undefined);
  assert.deepEqual(ownedBy(kept.json, "hpa"), { "f:spec": { "f:replicas": {} } });
});

test("a field that nobody owns any more has its default again", async () => {
  const server = await testServer();
  await apply(server, NGINX, deployment({ replicas: 3, ...body }), "kubectl");
  const { json } = await apply(server, NGINX, deployment(body), "kubectl");
  assert.equal(json.spec.replicas, 1);
});

test("applying the same again writes nothing, and keeps the times", async () => {
  const server = await testServer();
  const first = await apply(server, NGINX, deployment(body), "kubectl");
  await server.clock.advance(60_000);
  const { json } = await apply(server, NGINX, deployment(body), "kubectl");
  assert.deepEqual(json, first.json);
  await server.clock.advance(60_000);
  const shared = await apply(server, NGINX, deployment(body), "another");
  const times = Object.fromEntries(
    shared.json.metadata.managedFields.map(({ manager, time }: AnyJson) => [manager, time]),
  );
  assert.deepEqual(times, { kubectl: "2026-01-01T00:00:00Z", another: "2026-01-01T00:02:00Z" });
});

test("managers are forgotten when a client sets an empty entry, however it does", async () => {
  for (const [patch, options] of [
    [{ metadata: { managedFields: [{}] } }, MERGE],
    [[{ op: "replace", path: "/metadata/managedFields", value: [{}] }], JSON_PATCH],
  ] as const) {
    const server = await testServer();
    await apply(server, MAP, map({ key: "v" }), "kubectl");
    const { json } = await server.call("PATCH", MAP, patch, options);
    assert.equal(json.metadata.managedFields, undefined);
    const again = await apply(server, MAP, map({ key: "w" }), "kubectl");
    const why = 'conflict with "before-first-apply" using v1: .data.key';
    assert.equal(again.json.message, `Apply failed with 1 conflict: ${why}`);
  }
});

test("status and object are managed apart", async () => {
  const server = await testServer();
  await apply(server, NGINX, deployment(body), "kubectl");
  const conditions = [{ type: "Available", status: "True" }];
  const status = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "nginx" }, status: { conditions } };
  const reported = await apply(server, `${NGINX}/status`, status, "controller");
  assert.equal(reported.code, 200, reported.text);
  const entry = reported.json.metadata.managedFields.find(({ manager }: AnyJson) => manager === "controller");
  assert.deepEqual([entry.operation, entry.subresource], ["Apply", "status"]);
  const key = 'k:{"type":"Available"}';
  assert.deepEqual(entry.fieldsV1["f:status"]["f:conditions"][key], { ".": {}, "f:status": {}, "f:type": {} });
  const ignored = await apply(server, NGINX, { ...deployment(body), status: { replicas: 9 } }, "kubectl");
  assert.equal(ignored.json.status.replicas, undefined);
  assert.deepEqual(ignored.json.status.conditions, reported.json.status.conditions);
});

test("lists with keys are merged item by item, by keys that have defaults, too", async () => {
  const server = await testServer();
  const service = (ports: object[]) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports },
  });
  const path = `${NAMESPACE}/services/s`;
  await apply(server, path, service([{ name: "http", port: 80 }]), "a");
  const both = await apply(server, path, service([{ name: "dns", port: 80, protocol: "UDP" }]), "b");
  assert.deepEqual(both.json.spec.ports.map((port: AnyJson) => port.protocol).toSorted(), ["TCP", "UDP"]);
  assert.ok('k:{"port":80,"protocol":"TCP"}' in ownedBy(both.json, "a")["f:spec"]["f:ports"]);
  const one = await apply(server, path, service([]), "b");
  assert.deepEqual(
    one.json.spec.ports.map((port: AnyJson) => port.name),
    ["http"],
  );
});

test("a set grows by what each applies, and shrinks by what nobody does", async () => {
  const server = await testServer();
  const held = (finalizers: string[]) => map({ a: "b" }, { finalizers });
  await apply(server, MAP, held(["example.com/a", "example.com/both"]), "a");
  const both = await apply(server, MAP, held(["example.com/b", "example.com/both"]), "b");
  assert.deepEqual(both.json.metadata.finalizers.toSorted(), ["example.com/a", "example.com/b", "example.com/both"]);
  assert.deepEqual(ownedBy(both.json, "b")["f:metadata"]["f:finalizers"], {
    'v:"example.com/b"': {},
    'v:"example.com/both"': {},
  });
  const { json } = await apply(server, MAP, held([]), "a");
  assert.deepEqual(json.metadata.finalizers, ["example.com/b", "example.com/both"]);
});

test("what is atomic has one owner, who sets all of it", async () => {
  const server = await testServer();
  const path = `${NAMESPACE}/services/s`;
  const service = (selector: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ port: 80 }], selector },
  });
  await apply(server, path, service({ app: "a", tier: "b" }), "a");
  const refused = await apply(server, path, service({ app: "a" }), "b");
  assert.equal(refused.json.message, 'Apply failed with 1 conflict: conflict with "a": .spec.selector');
  const forced = await apply(server, path, service({ app: "a" }), "b", "&force=true");
  assert.deepEqual(forced.json.spec.selector, { app: "a" });
});

test("kubectl takes over what it applied from the client, and what others changed meanwhile stays theirs", async () => {
  const server = await testServer();
  const last = JSON.stringify(deployment({ replicas: 3, ...body }));
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": last };
  const object = { ...deployment({ replicas: 3, ...body }), metadata: { name: "nginx", labels, annotations } };
  await server.call("POST", `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`, object);
  const taken = await apply(server, NGINX, deployment({ replicas: 4, ...body }), "kubectl");
  assert.deepEqual([taken.code, taken.json.spec.replicas], [200, 4], taken.text);
  const kept = JSON.parse(taken.json.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]);
  assert.equal(kept.spec.replicas, 4);
  await server.call("PATCH", `${NGINX}?fieldManager=other`, { spec: { replicas: 7 } }, MERGE);
  const refused = await apply(server, NGINX, deployment({ replicas: 5, ...body }), "kubectl");
  const why = 'conflict with "other" using apps/v1: .spec.replicas';
  assert.equal(refused.json.message, `Apply failed with 1 conflict: ${why}`);
});

test("the entry of client-side apply is turned into one of apply as kubectl does it", async () => {
  const server = await testServer();
  const created = await server.call("POST", `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`, deployment(body));
  const { managedFields, resourceVersion } = created.json.metadata;
  const upgraded = managedFields.map((entry: AnyJson) => ({ ...entry, manager: "kubectl", operation: "Apply" }));
  const patch = [
    { op: "replace", path: "/metadata/managedFields", value: upgraded },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
  const { json, code } = await server.call("PATCH", NGINX, patch, JSON_PATCH);
  assert.deepEqual([code, json.metadata.managedFields], [200, upgraded]);
  const less = await apply(server, NGINX, { ...deployment(body), metadata: { name: "nginx" } }, "kubectl");
  assert.equal(less.json.metadata.labels, undefined, "what it had applied and applies no more is removed");
});

test("an apply must be named, may be of nobody else's kind, and writes nothing on a dry run", async () => {
  const server = await testServer();
  const nameless = await server.call("PATCH", MAP, map({}), APPLY);
  const why = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
  assert.deepEqual([nameless.code, nameless.json.message], [422, why]);
  const other = await apply(server, MAP, { ...map({}), kind: "Secret" }, "me");
  assert.equal(other.code, 400);
  const dry = await apply(server, MAP, map({ a: "b" }), "me", "&dryRun=All");
  assert.equal(dry.code, 201);
  assert.equal((await server.call("GET", MAP)).code, 404);
});

test("no more than ten updaters are told apart, and no applier is forgotten", async () => {
  const server = await testServer();
  await apply(server, MAP, map({ applied: "1" }), "applier");
  for (let i = 0; i < 15; i++) {
    await server.clock.advance(1000);
    await server.call("PATCH", `${MAP}?fieldManager=m${i}`, { data: { [`k${i}`]: "v" } }, MERGE);
  }
  const { json } = await server.call("GET", MAP);
  const managers = managersOf(json);
  assert.equal(managers.length, 11);
  assert.ok(managers.includes("applier") && managers.includes("ancient-changes"));
  assert.deepEqual(
    managers.filter((name) => /^m\d/.test(name)),
    ["m6", "m7", "m8", "m9", "m10", "m11", "m12", "m13", "m14"],
  );
});
