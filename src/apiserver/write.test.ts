import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "./testing.ts";

const NS = "/api/v1/namespaces/default";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const TEMPLATE = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "nginx" }] } };
const DEPLOYMENT = {
  metadata: { name: "web" },
  spec: { replicas: 3, selector: { matchLabels: { a: "b" } }, template: TEMPLATE },
};
const POD = { metadata: { name: "p" }, spec: TEMPLATE.spec };

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly body: unknown;
  readonly contentType?: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string | RegExp;
}

const REFUSED: readonly Case[] = [
  {
    name: "an unknown field, strictly read",
    path: `${NS}/pods?fieldValidation=Strict`,
    body: { ...POD, spec: { ...POD.spec, foo: 1 } },
    code: 400,
    reason: "BadRequest",
    message: 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
  },
  {
    name: "a field of the wrong type",
    path: DEPLOYMENTS,
    body: { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: "three" } },
    code: 400,
    reason: "BadRequest",
    message:
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    name: "a body that is not JSON",
    path: `${NS}/pods`,
    body: '{"metadata":}',
    code: 400,
    reason: "BadRequest",
    message:
      "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value ({\"metadata\":})",
  },
  {
    name: "an object of another version",
    path: DEPLOYMENTS,
    body: { ...DEPLOYMENT, apiVersion: "apps/v1beta1" },
    code: 400,
    reason: "BadRequest",
    message: "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)",
  },
  {
    name: "a body in a form the server does not read",
    path: `${NS}/pods`,
    body: "x",
    contentType: "application/cbor",
    code: 415,
    reason: "UnsupportedMediaType",
    message:
      "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  },
  {
    name: "another namespace than that of the path",
    path: `${NS}/pods`,
    body: { ...POD, metadata: { name: "p", namespace: "other" } },
    code: 400,
    reason: "BadRequest",
    message: "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "a namespace that does not exist",
    path: "/api/v1/namespaces/nowhere/pods",
    body: POD,
    code: 404,
    reason: "NotFound",
    message: 'namespaces "nowhere" not found',
  },
  {
    name: "no name",
    path: `${NS}/configmaps`,
    body: { metadata: {} },
    code: 422,
    reason: "Invalid",
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    name: "a name in capitals",
    path: `${NS}/configmaps`,
    body: { metadata: { name: "A" } },
    code: 422,
    reason: "Invalid",
    message:
      /^ConfigMap "A" is invalid: metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of/,
  },
  {
    name: "a name that is too long",
    path: `${NS}/configmaps`,
    body: { metadata: { name: "a".repeat(254) } },
    code: 422,
    reason: "Invalid",
    message: /metadata\.name: Invalid value: "a+": must be no more than 253 (characters|bytes)$/,
  },
  {
    name: "a resourceVersion on creation",
    path: `${NS}/configmaps`,
    body: { metadata: { name: "a", resourceVersion: "5" } },
    code: 500,
    reason: "",
    message: "resourceVersion should not be set on objects to be created",
  },
  {
    name: "a service account that does not exist",
    path: `${NS}/pods`,
    body: { ...POD, spec: { ...POD.spec, serviceAccountName: "robot" } },
    code: 403,
    reason: "Forbidden",
    message: 'pods "p" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
  },
  {
    name: "a name that is taken",
    path: "/api/v1/namespaces",
    body: { metadata: { name: "default" } },
    code: 409,
    reason: "AlreadyExists",
    message: 'namespaces "default" already exists',
  },
  {
    name: "a replacement of what is not there",
    method: "PUT",
    path: `${NS}/configmaps/none`,
    body: { metadata: { name: "none" } },
    code: 404,
    reason: "NotFound",
    message: 'configmaps "none" not found',
  },
  {
    name: "a replacement under another name",
    method: "PUT",
    path: `${NS}/serviceaccounts/default`,
    body: { metadata: { name: "other" } },
    code: 400,
    reason: "BadRequest",
    message: "the name of the object (other) does not match the name on the URL (default)",
  },
  {
    name: "a dryRun other than All",
    path: `${NS}/configmaps?dryRun=Some`,
    body: { metadata: { name: "a" } },
    code: 422,
    reason: "Invalid",
    message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  },
  {
    name: "the deletion of an immortal namespace",
    method: "DELETE",
    path: "/api/v1/namespaces/default",
    body: undefined,
    code: 403,
    reason: "Forbidden",
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
  },
];

for (const c of REFUSED) {
  test(`refused: ${c.name}`, async () => {
    const { call } = await testServer();
    const options = c.contentType === undefined ? {} : { contentType: c.contentType };
    const refused = await call(c.method ?? "POST", c.path, c.body, options);
    assert.equal(refused.code, c.code, refused.text);
    assert.equal(refused.json.reason ?? "", c.reason);
    if (typeof c.message === "string") assert.equal(refused.json.message, c.message);
    else assert.match(refused.json.message, c.message);
  });
}

test("an unknown field is warned of, or dropped without a word", async () => {
  const { call } = await testServer();
  const body = { metadata: { name: "a" }, foo: 1 };
  const warned = await call("POST", `${NS}/configmaps`, body);
  assert.equal(warned.headers["warning"], String.raw`299 - "unknown field \"foo\""`);
  const quiet = await call("POST", `${NS}/configmaps?fieldValidation=Ignore`, { ...body, metadata: { name: "b" } });
  assert.equal(quiet.headers["warning"], undefined);
  assert.equal(quiet.json.foo, undefined);
});

test("a dry run answers as if, and writes nothing", async () => {
  const { call, store } = await testServer();
  const before = store.revision;
  assert.equal((await call("POST", `${DEPLOYMENTS}?dryRun=All`, DEPLOYMENT)).code, 201);
  assert.equal(store.revision, before);
  assert.equal((await call("POST", DEPLOYMENTS, DEPLOYMENT)).code, 201);
  const changed = { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: 9 } };
  assert.equal((await call("PUT", `${DEPLOYMENTS}/web?dryRun=All`, changed)).json.spec.replicas, 9);
  assert.equal((await call("GET", `${DEPLOYMENTS}/web`)).json.spec.replicas, 3);
});

test("generated names differ, and carry their base", async () => {
  const { call } = await testServer();
  const names = new Set<string>();
  for (let n = 0; n < 20; n++) {
    const { json } = await call("POST", `${NS}/configmaps`, { metadata: { generateName: "x-" } });
    assert.match(json.metadata.name, /^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    names.add(json.metadata.name);
  }
  assert.equal(names.size, 20);
});

test("replacements that name no version all succeed, whoever is faster", async () => {
  const { call } = await testServer();
  const path = "/api/v1/namespaces/default/configmaps/m";
  await call("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "m" }, data: { first: "v" } });
  const writes = Array.from({ length: 8 }, (_, i) =>
    call("PUT", `${path}?fieldManager=m${i}`, { metadata: { name: "m" }, data: { [`k${i}`]: "v" } }),
  );
  const codes = (await Promise.all(writes)).map(({ code }) => code);
  assert.deepEqual([...new Set(codes)], [200]);
  const { json } = await call("GET", path);
  const [key = ""] = Object.keys(json.data);
  const owners = json.metadata.managedFields.filter(({ fieldsV1 }: AnyJson) => `f:${key}` in fieldsV1["f:data"]);
  assert.deepEqual(
    owners.map(({ manager }: AnyJson) => manager),
    [key.replace("k", "m")],
  );
  assert.equal(
    json.metadata.managedFields.length,
    2,
    "who owned what was replaced owns nothing; the map is its maker's",
  );
});

test("some kinds are replaced only by who names the version, and some are made by a replacement", async () => {
  const { call } = await testServer();
  const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const lease = { metadata: { name: "l" }, spec: { holderIdentity: "me" } };
  assert.equal((await call("PUT", `${leases}/l`, lease)).code, 201);
  const refused = await call("PUT", `${leases}/l`, lease);
  const why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
  assert.equal(refused.code, 422);
  assert.equal(refused.json.message, `leases.coordination.k8s.io "l" is invalid: ${why}`);
  const { json } = await call("GET", `${leases}/l`);
  assert.equal((await call("PUT", `${leases}/l`, json)).code, 200);
  const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
  assert.equal((await call("PUT", `${roles}/r`, { metadata: { name: "r" }, rules: [] })).code, 201);
  const maps = "/api/v1/namespaces/default/configmaps";
  assert.equal((await call("PUT", `${maps}/m`, { metadata: { name: "m" } })).code, 404);
});

test("writing what is already there writes nothing", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", DEPLOYMENTS, DEPLOYMENT);
  const again = await call("PUT", `${DEPLOYMENTS}/web`, json);
  assert.equal(again.json.metadata.resourceVersion, json.metadata.resourceVersion);
});

test("the generation counts what is wanted, not what is reported", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", DEPLOYMENTS, DEPLOYMENT);
  assert.equal(json.metadata.generation, 1);
  const reported = await call("PUT", `${DEPLOYMENTS}/web/status`, { ...json, spec: {}, status: { replicas: 2 } });
  assert.equal(reported.json.status.replicas, 2, reported.text);
  assert.equal(reported.json.spec.replicas, 3);
  assert.equal(reported.json.metadata.generation, 1);
  const wanted = await call("PUT", `${DEPLOYMENTS}/web`, { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: 5 } });
  assert.equal(wanted.json.metadata.generation, 2);
  assert.equal(wanted.json.status.replicas, 2, "a client cannot unset what was reported");
});

test("patches of each kind change the object, and many at once all count", async () => {
  const { call } = await testServer();
  await call("POST", `${NS}/configmaps`, { metadata: { name: "a" }, data: { n: "0" } });
  const path = `${NS}/configmaps/a`;
  const merge = { contentType: "application/merge-patch+json" };
  await Promise.all(Array.from({ length: 20 }, (_, n) => call("PATCH", path, { data: { [`k${n}`]: "x" } }, merge)));
  assert.equal(Object.keys((await call("GET", path)).json.data).length, 21);
  const json = { contentType: "application/json-patch+json" };
  assert.equal((await call("PATCH", path, [{ op: "replace", path: "/data/n", value: "1" }], json)).json.data.n, "1");
  const failed = await call("PATCH", path, [{ op: "test", path: "/data/n", value: "2" }], json);
  assert.equal(failed.code, 422);
  const wrong = await call("PATCH", path, {}, { contentType: "application/json" });
  assert.equal(wrong.code, 415);
  const strategic = { contentType: "application/strategic-merge-patch+json" };
  await call("POST", DEPLOYMENTS, DEPLOYMENT);
  const body = { spec: { template: { spec: { containers: [{ name: "c", image: "nginx:2" }] } } } };
  const rolled = await call("PATCH", `${DEPLOYMENTS}/web`, body, strategic);
  assert.equal(rolled.json.spec.template.spec.containers[0].image, "nginx:2");
  assert.equal(rolled.json.metadata.generation, 2);
  const typo = await call("PATCH", `${DEPLOYMENTS}/web?fieldValidation=Strict`, { spec: { replicsa: 2 } }, strategic);
  assert.equal(
    typo.json.message,
    ' "" is invalid: patch: Invalid value: "map[spec:map[replicsa:2]]": strict decoding error: unknown field "spec.replicsa"',
  );
  const stale = { metadata: { resourceVersion: "1" }, data: { n: "9" } };
  assert.equal((await call("PATCH", path, stale, merge)).code, 409);
});

test("apply creates, changes, leaves alone, and tells of conflicts", async () => {
  const { call } = await testServer();
  const yaml = (image: string, replicas: number) =>
    JSON.stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { ...DEPLOYMENT.spec, replicas, template: { ...TEMPLATE, spec: { containers: [{ name: "c", image }] } } },
    });
  const as = { contentType: "application/apply-patch+yaml" };
  const missing = await call("PATCH", `${DEPLOYMENTS}/web`, yaml("nginx:1", 2), as);
  assert.equal(
    missing.json.message,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
  const created = await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=me`, yaml("nginx:1", 2), as);
  assert.equal(created.code, 201, created.text);
  const same = await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=me`, yaml("nginx:1", 2), as);
  assert.equal(same.code, 200);
  assert.equal(same.json.metadata.resourceVersion, created.json.metadata.resourceVersion);
  const conflict = await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=you`, yaml("nginx:1", 5), as);
  assert.equal(conflict.code, 409);
  assert.equal(conflict.json.message, 'Apply failed with 1 conflict: conflict with "me": .spec.replicas');
  const forced = await call("PATCH", `${DEPLOYMENTS}/web?fieldManager=you&force=true`, yaml("nginx:1", 5), as);
  assert.equal(forced.json.spec.replicas, 5);
});

test("scale is a view of the object", async () => {
  const { call } = await testServer();
  await call("POST", DEPLOYMENTS, DEPLOYMENT);
  const scale = await call("GET", `${DEPLOYMENTS}/web/scale`);
  assert.equal(scale.json.kind, "Scale");
  assert.deepEqual(scale.json.spec, { replicas: 3 });
  assert.equal(scale.json.status.selector, "a=b");
  const patched = await call(
    "PATCH",
    `${DEPLOYMENTS}/web/scale`,
    { spec: { replicas: 7 } },
    {
      contentType: "application/merge-patch+json",
    },
  );
  assert.equal(patched.json.spec.replicas, 7, patched.text);
  const { json } = await call("GET", `${DEPLOYMENTS}/web`);
  assert.equal(json.spec.replicas, 7);
  assert.equal(json.metadata.generation, 2);
  const negative = await call("PUT", `${DEPLOYMENTS}/web/scale`, {
    ...scale.json,
    metadata: { name: "web" },
    spec: { replicas: -1 },
  });
  assert.equal(
    negative.json.message,
    'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  );
});

test("a pod has the priority of its class, or of the class that is everybody's", async () => {
  const { call } = await testServer();
  const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
  const declare = (name: string, value: number, more = {}) =>
    call("POST", classes, { metadata: { name }, value, preemptionPolicy: "Never", ...more });
  await declare("high", 1000);
  const spec = { ...POD.spec, priorityClassName: "high" };
  const named = await call("POST", `${NS}/pods`, { ...POD, metadata: { name: "named" }, spec });
  assert.deepEqual([named.json.spec.priority, named.json.spec.preemptionPolicy], [1000, "Never"]);
  const unknown = await call("POST", `${NS}/pods`, { ...POD, spec: { ...spec, priorityClassName: "none" } });
  assert.match(unknown.json.message, /no PriorityClass with name none was found$/);
  await declare("common", 7, { globalDefault: true });
  const plain = await call("POST", `${NS}/pods`, { ...POD, metadata: { name: "plain" } });
  assert.deepEqual([plain.json.spec.priority, plain.json.spec.priorityClassName], [7, "common"]);
});

test("a certificate request says who sent it, and keeps saying so", async () => {
  const { call } = await testServer();
  const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const request = btoa("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n");
  const spec = { request, signerName: "example.com/web", usages: ["client auth"], username: "somebody" };
  const { json, text } = await call("POST", path, { metadata: { name: "web" }, spec });
  assert.notEqual(json.spec.username, "somebody", text);
  assert.ok(json.spec.groups.length > 0);
  const changed = await call("PUT", `${path}/web`, { ...json, spec: { ...json.spec, username: "somebody" } });
  assert.equal(changed.json.spec.username, json.spec.username);
});

test("what everybody gets on admission", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", `${NS}/pods`, POD);
  assert.equal(json.spec.priority, 0);
  assert.deepEqual(
    json.spec.tolerations.map(({ key, tolerationSeconds }: { key: string; tolerationSeconds: number }) => [
      key,
      tolerationSeconds,
    ]),
    [
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ],
  );
  assert.equal(json.status.qosClass, "BestEffort");
});
