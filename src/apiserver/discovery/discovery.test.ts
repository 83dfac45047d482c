import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

test("groups, versions and resources are listed the old way", async () => {
  const { call } = await testServer();
  assert.deepEqual((await call("GET", "/api")).json.versions, ["v1"]);
  const groups = await call("GET", "/apis");
  assert.equal(groups.json.kind, "APIGroupList");
  assert.deepEqual(groups.json.groups.find(({ name }: { name: string }) => name === "apps").preferredVersion, {
    groupVersion: "apps/v1",
    version: "v1",
  });
  assert.equal((await call("GET", "/apis/apps")).json.kind, "APIGroup");
  const core = await call("GET", "/api/v1");
  const resource = (name: string) => core.json.resources.find((each: { name: string }) => each.name === name);
  assert.deepEqual(resource("pods").shortNames, ["po"]);
  assert.equal(resource("pods").storageVersionHash, "xPOwRZ+Yhw8=", "as kube-apiserver computes it");
  assert.equal(resource("pods/log").kind, "Pod");
  assert.deepEqual(resource("pods/eviction").group, "policy");
  assert.equal((await call("GET", "/apis/nothing.io")).code, 404);
});

test("everything comes in one answer to those who ask for it", async () => {
  const { call } = await testServer();
  const core = await call("GET", "/api", undefined, { headers: { accept: AGGREGATED } });
  assert.equal(core.headers["content-type"], "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const list = JSON.parse(core.text);
  assert.deepEqual(
    list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    [""],
  );
  const pods = list.items[0].versions[0].resources.find((each: { resource: string }) => each.resource === "pods");
  assert.deepEqual(pods.responseKind, { group: "", version: "v1", kind: "Pod" });
  assert.equal(pods.scope, "Namespaced");
  const groups = await call("GET", "/apis", undefined, { headers: { accept: AGGREGATED } });
  assert.ok(
    JSON.parse(groups.text).items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === "apps"),
  );
});

test("version and health are open to everybody, nothing else is", async () => {
  const { call } = await testServer();
  const nobody = { peer: { address: "10.0.0.9" } };
  assert.equal((await call("GET", "/version", undefined, nobody)).json.gitVersion, "v1.36.3+knarr");
  for (const path of ["/healthz", "/livez", "/readyz"])
    assert.equal((await call("GET", path, undefined, nobody)).text, "ok");
  assert.equal(
    (await call("GET", "/readyz?verbose", undefined, nobody)).text,
    "[+]ping ok\n[+]etcd ok\n[+]etcd-readiness ok\n[+]shutdown ok\nreadyz check passed\n",
  );
  for (const path of ["/api", "/apis", "/api/v1/pods", "/openapi/v2", "/"]) {
    const refused = await call("GET", path, undefined, nobody);
    assert.equal(refused.code, 401, path);
    assert.equal(refused.json.message, "Unauthorized");
  }
});

test("OpenAPI documents are named by their hash and not sent twice", async () => {
  const { call } = await testServer();
  const index = await call("GET", "/openapi/v3");
  const { serverRelativeURL } = index.json.paths["apis/apps/v1"];
  const document = await call("GET", serverRelativeURL);
  assert.equal(document.json.openapi, "3.0.0");
  assert.match(document.headers["cache-control"] ?? "", /immutable/);
  const again = await call("GET", serverRelativeURL, undefined, {
    headers: { "if-none-match": document.headers["etag"] ?? "" },
  });
  assert.equal(again.code, 304);
  assert.equal((await call("GET", "/openapi/v2")).json.swagger, "2.0");
});
