import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrap } from "./bootstrap.ts";
import { testServer } from "./testing.ts";

const certificate = (commonName: string, ...organizations: string[]) => ({
  peer: { certificate: { commonName, organizations }, address: "10.0.0.9" },
});
const DANA = certificate("dana", "dev");

const REFUSED = [
  [
    "GET",
    "/api/v1/namespaces/default/pods",
    'pods is forbidden: User "dana" cannot list resource "pods" in API group "" in the namespace "default"',
  ],
  [
    "GET",
    "/api/v1/nodes/n1",
    'nodes "n1" is forbidden: User "dana" cannot get resource "nodes" in API group "" at the cluster scope',
  ],
  [
    "POST",
    "/apis/apps/v1/namespaces/a/deployments",
    'deployments.apps is forbidden: User "dana" cannot create resource "deployments" in API group "apps" in the namespace "a"',
  ],
  [
    "GET",
    "/api/v1/namespaces/a/pods/p/log",
    'pods "p" is forbidden: User "dana" cannot get resource "pods/log" in API group "" in the namespace "a"',
  ],
  ["GET", "/metrics", 'forbidden: User "dana" cannot get path "/metrics"'],
] as const;

for (const [method, path, message] of REFUSED) {
  test(`${method} ${path} is forbidden to those without rights`, async () => {
    const { call } = await testServer();
    const refused = await call(method, path, undefined, DANA);
    assert.equal(refused.code, 403);
    assert.equal(refused.json.message, message);
  });
}

test("administrators may everything, and everybody with a name may look around", async () => {
  const { call } = await testServer();
  assert.equal((await call("GET", "/api/v1/pods", undefined, certificate("root", "system:masters"))).code, 200);
  assert.equal((await call("GET", "/apis", undefined, DANA)).code, 200);
});

test("a token nobody knows is refused, a known one names its holder", async () => {
  const ann = { name: "ann", uid: "1", groups: ["system:masters"], extra: {} };
  const { call } = await testServer({ tokens: [async (token) => (token === "good" ? ann : undefined)] });
  const bearing = (token: string) => ({ peer: { address: "10.0.0.9" }, headers: { authorization: `Bearer ${token}` } });
  assert.equal((await call("GET", "/version", undefined, bearing("bad"))).code, 401);
  assert.equal((await call("GET", "/api/v1/pods", undefined, bearing("good"))).code, 200);
});

test("reviews answer who one is and what one may", async () => {
  const { call } = await testServer();
  const who = await call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, DANA);
  assert.deepEqual(who.json.status.userInfo, { username: "dana", groups: ["dev", "system:authenticated"] });
  const peer = { certificate: { ...DANA.peer.certificate, sha256: "ab12" }, address: "10.0.0.9" };
  const byCertificate = await call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { peer });
  assert.deepEqual(byCertificate.json.status.userInfo.extra, {
    "authentication.kubernetes.io/credential-id": ["X509SHA256=ab12"],
  });
  const ask = { spec: { resourceAttributes: { verb: "list", resource: "pods", namespace: "default" } } };
  const mayI = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  assert.equal((await call("POST", mayI, ask, DANA)).json.status.allowed, false);
  assert.equal((await call("POST", mayI, ask)).json.status.allowed, true);
  const mayOther = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const other = { spec: { ...ask.spec, user: "x", groups: ["system:masters"] } };
  assert.equal((await call("POST", mayOther, other)).json.status.allowed, true);
  const rules = await call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    spec: { namespace: "default" },
  });
  assert.deepEqual(rules.json.status.resourceRules, [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]);
});

test("what every cluster has is created once and follows the server's address", async () => {
  const { server, call, store } = await testServer();
  const endpoint = { address: "192.168.1.5", port: 6443, clusterIp: "10.96.0.1" };
  await bootstrap(server.handle, endpoint);
  const { json } = await call("GET", "/api/v1/namespaces/default/services/kubernetes");
  assert.equal(json.spec.clusterIP, "10.96.0.1");
  assert.equal(json.spec.ports[0].targetPort, 6443);
  const before = store.revision;
  await bootstrap(server.handle, endpoint);
  assert.equal(store.revision, before, "nothing is written when nothing is missing");
  await bootstrap(server.handle, { ...endpoint, address: "192.168.1.6" });
  const slice = await call("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes");
  assert.deepEqual(slice.json.endpoints[0].addresses, ["192.168.1.6"]);
  const namespaces = await call("GET", "/api/v1/namespaces");
  assert.equal(namespaces.json.items.length, 4);
  assert.equal(namespaces.json.items[0].metadata.labels["kubernetes.io/metadata.name"], "default");
});
