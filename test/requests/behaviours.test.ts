import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, createCluster, Namespace, Pod, ReplicationController, Service, type Cluster } from "knarr";
import { testServer, type AnyJson } from "#apiserver/testing.ts";

/*
 * What Kubernetes' conformance suite asks of the API machinery, as far as it needs no webhooks and no custom
 * resources, each by a test in our own words. README.md has the list.
 */

const DEFAULT = "/api/v1/namespaces/default";
const MAPS = `${DEFAULT}/configmaps`;
const MERGE = { contentType: "application/merge-patch+json" };
const map = (name: string, labels: object = {}) => ({ metadata: { name, labels }, data: { a: "1" } });

test("discovery: the preferred version of each group is one of its versions", async () => {
  const { call } = await testServer();
  const { json } = await call("GET", "/apis");
  assert.ok(json.groups.length > 15);
  for (const { name, versions, preferredVersion } of json.groups) {
    assert.ok(
      versions.some(({ groupVersion }: AnyJson) => groupVersion === preferredVersion.groupVersion),
      name,
    );
    assert.deepEqual((await call("GET", `/apis/${name}`)).json.versions, versions);
  }
});

test("discovery: every version of each group lists its resources under its own name", async () => {
  const { call } = await testServer();
  const { json } = await call("GET", "/apis");
  for (const { versions } of json.groups) {
    for (const { groupVersion } of versions) {
      const { json: list } = await call("GET", `/apis/${groupVersion}`);
      assert.deepEqual([list.kind, list.groupVersion], ["APIResourceList", groupVersion]);
      assert.ok(list.resources.length > 0, groupVersion);
    }
  }
});

test("aggregated discovery: all groups and resources come at once to those who ask by the Accept header", async () => {
  const { call } = await testServer();
  for (const version of ["v2", "v2beta1"]) {
    const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
    const answers = await Promise.all(
      ["/api", "/apis"].map((path) => call("GET", path, undefined, { headers: { accept } })),
    );
    const groups = answers.flatMap((answer) => {
      assert.match(answer.headers["content-type"] ?? "", /as=APIGroupDiscoveryList/);
      return JSON.parse(answer.text).items.map(({ metadata }: AnyJson) => metadata.name ?? "");
    });
    for (const name of ["", "apps", "batch", "rbac.authorization.k8s.io"]) assert.ok(groups.includes(name), name);
  }
  const plain = await call("GET", "/apis", undefined, { headers: { accept: "application/json" } });
  assert.equal(plain.json.kind, "APIGroupList");
});

test("the server tells its version", async () => {
  const { call } = await testServer();
  const { json } = await call("GET", "/version");
  assert.match(json.major, /^\d+$/);
  assert.match(json.minor, /^\d+\+?$/);
});

test("field validation: unknown and repeated fields of a typed object are all named at once", async () => {
  const { call } = await testServer();
  const container = '{"name":"c","image":"i","unknownNested":"x","imagePullPolicy":"Always","imagePullPolicy":"Never"}';
  const body = `{
    "apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},
    "spec":{"unknown1":"v","unknownDupe":"v","unknownDupe":"w","paused":true,"paused":false,
      "selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[${container}]}}}}`;
  const path = "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict";
  const { code, json } = await call("POST", path, body);
  assert.equal(code, 400);
  const nested = "spec.template.spec.containers[0]";
  const problems = [
    'unknown field "spec.unknown1"',
    'unknown field "spec.unknownDupe"',
    'duplicate field "spec.paused"',
    `unknown field "${nested}.unknownNested"`,
    `duplicate field "${nested}.imagePullPolicy"`,
  ];
  assert.ok(json.message.endsWith(`strict decoding error: ${problems.join(", ")}`), json.message);
});

test("field validation: unknown fields of metadata are named, at the top and in a template", async () => {
  const { call } = await testServer();
  const metadata = { labels: { a: "b" }, unknownMeta: "x" };
  const template = { metadata, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { selector: { matchLabels: { a: "b" } }, template };
  const body = { metadata: { name: "d", unknownMeta: "x" }, spec };
  const path = "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict";
  const { json } = await call("POST", path, body);
  assert.match(json.message, /unknown field "metadata.unknownMeta"/);
  assert.match(json.message, /unknown field "spec.template.metadata.unknownMeta"/);
});

test("chunks: pages of a list are of one version, and count what is left", async () => {
  const { call } = await testServer();
  for (let i = 0; i < 40; i++) await call("POST", MAPS, map(`m${String(i).padStart(2, "0")}`, { page: "yes" }));
  const { json: first } = await call("GET", `${MAPS}?limit=17`);
  let token = first.metadata.continue;
  const names = first.items.map(({ metadata }: AnyJson) => metadata.name);
  let left = 40 - 17;
  assert.equal(first.metadata.remainingItemCount, left);
  while (token !== undefined) {
    await call("POST", MAPS, { metadata: { generateName: "m-late-" } });
    await call("DELETE", `${MAPS}/m${names.length + 3}`);
    const { json } = await call("GET", `${MAPS}?limit=17&continue=${token}`);
    assert.equal(json.metadata.resourceVersion, first.metadata.resourceVersion);
    names.push(...json.items.map(({ metadata }: AnyJson) => metadata.name));
    left -= json.items.length;
    assert.equal(json.metadata.remainingItemCount ?? 0, left);
    token = json.metadata.continue;
  }
  assert.equal(new Set(names).size, 40);
});

test("chunks: a list whose history is compacted goes on from its last key, at the newest version", async () => {
  const { call, store } = await testServer();
  for (let i = 0; i < 10; i++) await call("POST", MAPS, map(`m${i}`));
  const { json: first } = await call("GET", `${MAPS}?limit=4`);
  await call("DELETE", `${MAPS}/m9`);
  await store.compact(store.revision);
  const gone = await call("GET", `${MAPS}?limit=4&continue=${first.metadata.continue}`);
  assert.deepEqual([gone.code, gone.json.reason], [410, "Expired"]);
  const next = await call("GET", `${MAPS}?limit=4&continue=${gone.json.metadata.continue}`);
  assert.equal(next.code, 200);
  assert.notEqual(next.json.metadata.resourceVersion, first.metadata.resourceVersion);
  const last = await call("GET", `${MAPS}?continue=${next.json.metadata.continue}`);
  const names = [first, next.json, last.json].flatMap(({ items }) =>
    items.map(({ metadata }: AnyJson) => metadata.name),
  );
  assert.deepEqual(names, ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
});

test("tables: what has no objects to make one of answers 406", async () => {
  const { call } = await testServer();
  const review = { spec: { resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } } };
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { code } = await call("POST", path, review, { headers: { accept } });
  assert.equal(code, 406);
});

test("watches: each sees what its labels select, from add to delete", async () => {
  const { call, watch } = await testServer();
  const [a, b, both] = await Promise.all([
    watch(`${MAPS}?labelSelector=w=a`),
    watch(`${MAPS}?labelSelector=w=b`),
    watch(`${MAPS}?labelSelector=w in (a,b)`),
  ]);
  await call("POST", MAPS, map("one", { w: "a" }));
  await call("PATCH", `${MAPS}/one`, { data: { mutation: "1" } }, MERGE);
  await call("POST", MAPS, map("two", { w: "b" }));
  await call("DELETE", `${MAPS}/one`);
  const one = ["ADDED one", "MODIFIED one", "DELETED one"];
  assert.deepEqual(a?.summary, one);
  assert.deepEqual(b?.summary, ["ADDED two"]);
  assert.deepEqual(both?.summary, [one[0], one[1], "ADDED two", one[2]]);
});

test("watches: one that starts at a version, or again at the last one seen, misses and repeats nothing", async () => {
  const { call, watch } = await testServer();
  await call("POST", MAPS, map("m"));
  const { json } = await call("PATCH", `${MAPS}/m`, { data: { mutation: "1" } }, MERGE);
  await call("PATCH", `${MAPS}/m`, { data: { mutation: "2" } }, MERGE);
  const first = await watch(`${MAPS}?resourceVersion=${json.metadata.resourceVersion}`);
  assert.deepEqual(
    first.events.map(({ object }) => object.data.mutation),
    ["2"],
  );
  first.stop();
  const seen = first.events.at(-1)?.object.metadata.resourceVersion;
  await call("PATCH", `${MAPS}/m`, { data: { mutation: "3" } }, MERGE);
  await call("DELETE", `${MAPS}/m`);
  const again = await watch(`${MAPS}?resourceVersion=${seen}`);
  assert.deepEqual(again.summary, ["MODIFIED m", "DELETED m"]);
});

test("watches: an object that no longer meets the selector is deleted for its watcher, and added when it does again", async () => {
  const { call, watch } = await testServer();
  const log = await watch(`${MAPS}?labelSelector=w=yes`);
  await call("POST", MAPS, map("m", { w: "yes" }));
  const relabel = (w: string) => call("PATCH", `${MAPS}/m`, { metadata: { labels: { w } } }, MERGE);
  await relabel("no");
  await call("PATCH", `${MAPS}/m`, { data: { unseen: "1" } }, MERGE);
  await relabel("yes");
  await call("DELETE", `${MAPS}/m`);
  assert.deepEqual(log.summary, ["ADDED m", "DELETED m", "ADDED m", "DELETED m"]);
});

test("watches: all that run at once see the changes in one order", async () => {
  const { call, watch } = await testServer();
  const logs = await Promise.all(Array.from({ length: 10 }, () => watch(MAPS)));
  const writes = Array.from({ length: 30 }, async (_, i) => {
    await call("POST", MAPS, map(`m${i}`));
    if (i % 2 === 0) await call("PATCH", `${MAPS}/m${i}`, { data: { x: "y" } }, MERGE);
    if (i % 3 === 0) await call("DELETE", `${MAPS}/m${i}`);
  });
  await Promise.all(writes);
  const versions = logs.map((log) => log.events.map(({ object }) => Number(object.metadata.resourceVersion)));
  const [first = []] = versions;
  assert.equal(first.length, 30 + 15 + 10);
  assert.deepEqual(
    first,
    first.toSorted((a, b) => a - b),
  );
  for (const other of versions) assert.deepEqual(other, first);
});

const labels = { app: "web" };
const podTemplate = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
const rc = (name: string, replicas: number) => ({
  metadata: { namespace: "default", name },
  spec: { replicas, selector: labels, template: podTemplate },
});
const inDefault = { namespace: "default" };

async function countPods({ client }: Cluster): Promise<number> {
  return (await client.list(Pod, inDefault)).items.length;
}

async function withController(replicas: number): Promise<Cluster> {
  const cluster = await createCluster();
  await cluster.client.create(ReplicationController, rc("web", replicas));
  await cluster.until(async () => (await countPods(cluster)) === replicas);
  return cluster;
}

test("garbage: the pods of a controller go with it unless they are orphaned", async () => {
  await using cluster = await withController(3);
  await cluster.client.delete(ReplicationController, { ...inDefault, name: "web" }, { propagationPolicy: "Orphan" });
  await cluster.clock.advance("1m");
  assert.equal(await countPods(cluster), 3);
  await cluster.client.create(ReplicationController, rc("web", 3));
  await cluster.clock.advance("10s");
  await cluster.client.delete(
    ReplicationController,
    { ...inDefault, name: "web" },
    { propagationPolicy: "Background" },
  );
  await cluster.until(async () => (await countPods(cluster)) === 0);
});

test("garbage: a controller deleted in the foreground is there until its last pod is gone", async () => {
  await using cluster = await withController(3);
  const name = { ...inDefault, name: "web" };
  await cluster.client.delete(ReplicationController, name, { propagationPolicy: "Foreground" });
  const { metadata } = await cluster.client.get(ReplicationController, name);
  assert.deepEqual(metadata.finalizers, ["foregroundDeletion"]);
  await cluster.until(async () => {
    const { items } = await cluster.client.list(ReplicationController, inDefault);
    const pods = await countPods(cluster);
    assert.ok(items.length === 1 || pods === 0);
    return items.length === 0;
  });
});

test("garbage: objects that own each other in a circle all go", async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const made = [];
  for (const name of ["a", "b", "c"]) made.push(await client.create(ConfigMap, { metadata: { ...inDefault, name } }));
  for (const [i, object] of made.entries()) {
    const owner = made[(i + 2) % 3]?.metadata;
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: owner?.name,
      uid: owner?.uid,
      blockOwnerDeletion: true,
    };
    await client.patch(ConfigMap, object.metadata, {
      type: "merge",
      body: { metadata: { ownerReferences: [reference] } },
    });
  }
  await client.delete(ConfigMap, { ...inDefault, name: "a" }, { propagationPolicy: "Foreground" });
  await cluster.until(async () => {
    const { items } = await client.list(ConfigMap, inDefault);
    return items.every(({ metadata }) => !["a", "b", "c"].includes(metadata.name));
  });
});

test("garbage: what also has an owner that stays, stays, and keeps nobody waiting", async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const owners = [];
  for (const name of ["goes", "stays"]) {
    owners.push(await client.create(ConfigMap, { metadata: { ...inDefault, name } }));
  }
  const ownerReferences = owners.map(({ metadata: { name, uid } }) => {
    return { apiVersion: "v1", kind: "ConfigMap", name, uid, blockOwnerDeletion: true };
  });
  await client.create(ConfigMap, { metadata: { ...inDefault, name: "dependent", ownerReferences } });
  await client.delete(ConfigMap, { ...inDefault, name: "goes" }, { propagationPolicy: "Foreground" });
  await cluster.clock.advance("30s");
  const { items } = await client.list(ConfigMap, inDefault);
  const names = items.map(({ metadata }) => metadata.name);
  assert.deepEqual([names.includes("goes"), names.includes("dependent")], [false, true]);
  const left = items.find(({ metadata }) => metadata.name === "dependent")?.metadata.ownerReferences;
  assert.deepEqual(
    left?.map(({ name }) => name),
    ["stays"],
  );
});

test("namespaces: pods and Services go with theirs, and a new one of the same name is empty", async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(Namespace, { metadata: { name: "n" } });
  await cluster.clock.advance("1s");
  await client.create(Pod, { metadata: { namespace: "n", name: "p" }, spec: podTemplate.spec });
  await client.create(Service, { metadata: { namespace: "n", name: "s" }, spec: { ports: [{ port: 80 }] } });
  await client.delete(Namespace, { name: "n" });
  const isThere = async () => (await client.list(Namespace)).items.some(({ metadata }) => metadata.name === "n");
  await cluster.until(async () => !(await isThere()));
  await client.create(Namespace, { metadata: { name: "n" } });
  assert.deepEqual((await client.list(Pod, { namespace: "n" })).items, []);
  assert.deepEqual((await client.list(Service, { namespace: "n" })).items, []);
});

test("namespaces: labels are patched and updated, conditions are written to the status, finalizers to the spec", async () => {
  const { call } = await testServer();
  const path = "/api/v1/namespaces/n";
  await call("POST", "/api/v1/namespaces", { metadata: { name: "n" } });
  const patched = await call("PATCH", path, { metadata: { labels: { testLabel: "patched" } } }, MERGE);
  assert.equal(patched.json.metadata.labels.testLabel, "patched");
  const updated = await call("PUT", path, {
    ...patched.json,
    metadata: { ...patched.json.metadata, labels: { u: "1" } },
  });
  assert.equal(updated.json.metadata.labels.u, "1");
  const condition = { type: "StatusPatch", status: "True", reason: "E2E", message: "Patched" };
  const status = await call("PATCH", `${path}/status`, { status: { conditions: [condition] } }, MERGE);
  assert.equal(status.json.status.conditions[0].reason, "E2E");
  const finalizers = ["kubernetes", "example.com/test"];
  const finalized = await call("PUT", `${path}/finalize`, { ...status.json, spec: { finalizers } });
  assert.deepEqual(finalized.json.spec.finalizers, finalizers);
});
