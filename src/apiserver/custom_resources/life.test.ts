import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "#store/memory_store.ts";
import { testServer } from "../testing.ts";
import { CRDS, CRON_TABS, VERSION, conditionOf, cronTab, cronTabs, define, eventually } from "./fixtures.ts";

test("a definition is given its names, defaults and conditions, and is served", async () => {
  const server = await testServer();
  const { json: created } = await server.call("POST", CRDS, cronTabs());
  assert.equal(created.spec.names.listKind, "CronTabList");
  assert.deepEqual(created.spec.conversion, { strategy: "None" });
  assert.deepEqual(created.status.storedVersions, ["v1"]);
  const served = await eventually(async () => {
    const { json } = await server.call("GET", `${CRDS}/crontabs.stable.example.com`);
    return conditionOf(json, "Established")?.status === "True" && json;
  });
  assert.deepEqual(served.status.acceptedNames, served.spec.names);
  assert.deepEqual(
    served.status.conditions.map(({ type, status, reason, message }: Record<string, string>) => ({
      type,
      status,
      reason,
      message,
    })),
    [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
    ],
  );
  const { json: list } = await server.call("GET", CRON_TABS);
  assert.deepEqual([list.kind, list.apiVersion, list.items], ["CronTabList", "stable.example.com/v1", []]);
});

test("objects are pruned, defaulted and kept as they were given otherwise", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  const spec = { suspend: false, replicas: 3, port: "80", free: { any: { thing: null } }, colour: "red", labels: null };
  const { code, json, headers } = await server.call("POST", CRON_TABS, cronTab("a", spec));
  assert.equal(code, 201);
  assert.equal(headers["warning"], '299 - "unknown field \\"spec.colour\\""');
  assert.deepEqual(json.spec, {
    cronSpec: "* * * * */5",
    suspend: false,
    replicas: 3,
    port: "80",
    free: { any: { thing: null } },
    image: "busybox",
  });
  assert.equal(json.metadata.generation, 1);
  assert.equal(json.metadata.namespace, "default");
});

test("what the schema does not allow is refused in Kubernetes' words", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  const { json } = await server.call("POST", CRON_TABS, cronTab("a", { replicas: 11, suspend: "no", mode: "Odd" }));
  assert.equal(
    json.message,
    'CronTab.stable.example.com "a" is invalid: [' +
      "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10, " +
      'spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string", ' +
      'spec.mode: Unsupported value: "Odd": supported values: "Fast", "Slow", ' +
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; " +
      "correct the existing errors to complete validation]",
  );
});

test("a deleted definition takes its objects with it, and goes when the last has gone", async () => {
  const server = await testServer();
  const { call } = server;
  await define(server, cronTabs());
  await call("POST", CRON_TABS, { ...cronTab("held"), metadata: { name: "held", finalizers: ["example.com/hold"] } });
  await call("POST", CRON_TABS, cronTab("free"));
  const path = `${CRDS}/crontabs.stable.example.com`;
  const { json: deleted } = await call("DELETE", path);
  assert.deepEqual(deleted.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
  assert.equal(conditionOf(deleted, "Terminating").reason, "InstanceDeletionPending");
  await eventually(async () => (await call("GET", `${CRON_TABS}/free`)).code === 404);
  const { json: ending } = await call("GET", path);
  assert.deepEqual(
    [conditionOf(ending, "Terminating").status, conditionOf(ending, "Terminating").reason],
    ["True", "InstanceDeletionInProgress"],
  );
  const late = await call("POST", CRON_TABS, cronTab("late"));
  assert.deepEqual(
    [late.code, late.json.message],
    [405, "create not allowed while custom resource definition is terminating"],
  );
  const release = { metadata: { finalizers: null } };
  await call("PATCH", `${CRON_TABS}/held`, release, { contentType: "application/merge-patch+json" });
  await eventually(async () => (await call("GET", path)).code === 404);
  assert.equal((await call("GET", CRON_TABS)).code, 404);
  assert.equal((await call("GET", "/apis/stable.example.com")).code, 404);
});

test("names belong to who had them first, and are free when it has gone", async () => {
  const server = await testServer();
  const { call } = server;
  await define(server, cronTabs());
  const names = { plural: "tabs", kind: "Tab", shortNames: ["ct"] };
  await call("POST", CRDS, cronTabs({ names }));
  const path = `${CRDS}/tabs.stable.example.com`;
  const refused = await eventually(async () => {
    const { json } = await call("GET", path);
    return conditionOf(json, "NamesAccepted") && json;
  });
  const { status, reason, message } = conditionOf(refused, "NamesAccepted");
  assert.deepEqual([status, reason, message], ["False", "ShortNamesConflict", '"ct" is already in use']);
  assert.equal(conditionOf(refused, "Established").reason, "NotAccepted");
  assert.equal((await call("GET", "/apis/stable.example.com/v1/tabs")).code, 404);
  await call("DELETE", `${CRDS}/crontabs.stable.example.com`);
  await eventually(async () => (await call("GET", "/apis/stable.example.com/v1/tabs")).code === 200);
});

test("what is declared is in discovery and in the OpenAPI documents while it is served", async () => {
  const server = await testServer();
  const { call } = server;
  const before = (await call("GET", "/openapi/v3")).json.paths;
  await define(server, cronTabs());
  const { json: list } = await call("GET", "/apis/stable.example.com/v1");
  assert.deepEqual(
    list.resources.map(({ name, kind, shortNames, categories, verbs }: Record<string, unknown>) => [
      name,
      kind,
      shortNames,
      categories,
      (verbs as string[]).length,
    ]),
    [
      ["crontabs", "CronTab", ["ct"], ["all"], 8],
      ["crontabs/scale", "Scale", undefined, undefined, 3],
      ["crontabs/status", "CronTab", undefined, undefined, 3],
    ],
  );
  const { json: document } = await call("GET", "/openapi/v3/apis/stable.example.com/v1");
  const type = document.components.schemas["com.example.stable.v1.CronTab"];
  assert.deepEqual(type["x-kubernetes-group-version-kind"], [
    { group: "stable.example.com", version: "v1", kind: "CronTab" },
  ]);
  assert.deepEqual(Object.keys(type.properties).toSorted(), ["apiVersion", "kind", "metadata", "spec", "status"]);
  assert.deepEqual(type.properties.spec.properties.port, {
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "integer" }, { type: "string" }],
  });
  const { json: swagger } = await call("GET", "/openapi/v2");
  const free = swagger.definitions["com.example.stable.v1.CronTab"].properties.spec.properties.free;
  assert.deepEqual(free, { "x-kubernetes-preserve-unknown-fields": true });
  const after = (await call("GET", "/openapi/v3")).json.paths;
  assert.equal(after["apis/apps/v1"].serverRelativeURL, before["apis/apps/v1"].serverRelativeURL);
  assert.ok(after["apis/stable.example.com/v1"]);
  await call("DELETE", `${CRDS}/crontabs.stable.example.com`);
  await eventually(
    async () => (await call("GET", "/openapi/v3")).json.paths["apis/stable.example.com/v1"] === undefined,
  );
});

test("several versions show the same objects; a version that is not served any more is gone", async () => {
  const server = await testServer();
  const { call } = server;
  const beta = { ...VERSION, name: "v1beta1", storage: false, deprecated: true };
  await define(server, cronTabs({ versions: [VERSION, beta] }));
  const BETA = CRON_TABS.replace("/v1/", "/v1beta1/");
  const made = await call("POST", BETA, { ...cronTab("a"), apiVersion: "stable.example.com/v1beta1" });
  assert.equal(made.json.apiVersion, "stable.example.com/v1beta1");
  assert.equal(made.headers["warning"], '299 - "stable.example.com/v1beta1 CronTab is deprecated"');
  assert.equal((await call("GET", `${CRON_TABS}/a`)).json.apiVersion, "stable.example.com/v1");
  const stored = server.store.get("/registry/stable.example.com/crontabs/default/a");
  assert.match(new TextDecoder().decode(stored?.value), /^{"apiVersion":"stable.example.com\/v1",/);
  const { json: definition } = await call("GET", `${CRDS}/crontabs.stable.example.com`);
  definition.spec.versions[1].served = false;
  await call("PUT", `${CRDS}/crontabs.stable.example.com`, definition);
  assert.equal((await call("GET", BETA)).code, 404);
  assert.equal((await call("GET", CRON_TABS)).json.items.length, 1);
});

test("a storage version that changes is kept in mind until it is taken off the status", async () => {
  const server = await testServer();
  const { call } = server;
  const next = { ...VERSION, name: "v2", storage: false };
  await define(server, cronTabs({ versions: [VERSION, next] }));
  const path = `${CRDS}/crontabs.stable.example.com`;
  await call("POST", CRON_TABS, cronTab("a"));
  const { json: definition } = await call("GET", path);
  definition.spec.versions[0].storage = false;
  definition.spec.versions[1].storage = true;
  const { json: changed } = await call("PUT", path, definition);
  assert.deepEqual(changed.status.storedVersions, ["v1", "v2"]);
  changed.spec.versions.shift();
  const { json: refused } = await call("PUT", path, changed);
  assert.match(refused.message, /status.storedVersions\[0\]: Invalid value: "v1": missing from spec.versions/);
  // A write that changes nothing brings an object to the version that is stored now.
  await call("PATCH", `${CRON_TABS}/a`, {}, { contentType: "application/merge-patch+json" });
  const stored = server.store.get("/registry/stable.example.com/crontabs/default/a");
  assert.match(new TextDecoder().decode(stored?.value), /^{"apiVersion":"stable.example.com\/v2",/);
});

test("definitions are served again by a server that starts on the same store", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  await server.call("POST", CRON_TABS, cronTab("a"));
  const again = await testServer({}, 2, server.store);
  assert.equal((await again.call("GET", `${CRON_TABS}/a`)).json.spec.image, "busybox");
});

test("the schema of a definition is not looked at before somebody uses its kind", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  const key = "/registry/apiextensions.k8s.io/customresourcedefinitions/crontabs.stable.example.com";
  const text = new TextDecoder().decode(server.store.get(key)?.value);
  const unreadable = text.replace('"openAPIV3Schema":{', '"openAPIV3Schema":{nobody reads this,');
  const store = new MemoryStore();
  await store.put(key, new TextEncoder().encode(unreadable), "absent");
  const again = await testServer({}, 2, store);
  const { json: list } = await again.call("GET", "/apis/stable.example.com/v1");
  assert.deepEqual(
    list.resources.map(({ name }: { name: string }) => name),
    ["crontabs", "crontabs/scale", "crontabs/status"],
  );
  assert.ok((await again.call("GET", "/openapi/v3")).json.paths["apis/stable.example.com/v1"]);
  assert.deepEqual((await again.call("GET", CRON_TABS)).json.items, []);
  assert.equal((await again.call("POST", CRON_TABS, cronTab("a"))).code, 500);
  assert.equal((await again.call("GET", "/api/v1/namespaces/default")).code, 200);
});
