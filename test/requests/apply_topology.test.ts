import assert from "node:assert/strict";
import { test } from "node:test";
import { CRDS, cronTabs, define } from "#apiserver/custom_resources/fixtures.ts";
import { testServer, type AnyJson, type TestServer } from "#apiserver/testing.ts";

/*
 * What becomes of owned fields when a definition says otherwise than before whether a map or list is one value or
 * many: the stories that Kubernetes' documentation tells of it (Server-Side Apply), by their results.
 */

const GROUP = "stable.example.com";
const PATH = `/apis/${GROUP}/v1/namespaces/default/crontabs/a`;
const APPLY = { contentType: "application/apply-patch+yaml" };

const map = (type: "atomic" | "granular") => ({
  type: "object",
  "x-kubernetes-map-type": type,
  additionalProperties: { type: "string" },
});
const list = (type: "atomic" | "set") => ({
  type: "array",
  "x-kubernetes-list-type": type,
  items: { type: "string" },
});

function definition(data: object): AnyJson {
  const openAPIV3Schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { data } } },
  };
  return cronTabs({ versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }] });
}

async function become({ call }: TestServer, data: object): Promise<void> {
  const name = `${CRDS}/crontabs.${GROUP}`;
  const { json } = await call("GET", name);
  json.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.data = data;
  assert.equal((await call("PUT", name, json)).code, 200);
}

/** Applies `data`; gives the data there is then, or why not. */
async function apply({ call }: TestServer, data: unknown, manager: string): Promise<unknown> {
  const object = { apiVersion: `${GROUP}/v1`, kind: "CronTab", metadata: { name: "a" }, spec: { data } };
  const { code, json } = await call("PATCH", `${PATH}?fieldManager=${manager}`, object, APPLY);
  return code < 300 ? json.spec.data : json.message;
}

const conflict = (path: string) => `Apply failed with 1 conflict: conflict with "one": ${path}`;

test("a map that becomes granular: who set it whole keeps the map, and others may change what is in it", async () => {
  const server = await testServer();
  await define(server, definition(map("atomic")));
  await apply(server, { key1: "val1", key2: "val2" }, "one");
  assert.equal(await apply(server, { key1: "other" }, "two"), conflict(".spec.data"));
  await become(server, map("granular"));
  assert.deepEqual(await apply(server, { key1: "other" }, "two"), { key1: "other", key2: "val2" });
});

test("a map that becomes atomic: who owned any of it owns all of it", async () => {
  const server = await testServer();
  await define(server, definition(map("granular")));
  await apply(server, { key1: "val1" }, "one");
  assert.deepEqual(await apply(server, { key2: "val2" }, "two"), { key1: "val1", key2: "val2" });
  await become(server, map("atomic"));
  assert.equal(await apply(server, { key2: "changed" }, "two"), conflict(".spec.data"));
});

test("a list that becomes atomic: who owned any item of it owns all of it", async () => {
  const server = await testServer();
  await define(server, definition(list("set")));
  await apply(server, ["a"], "one");
  assert.deepEqual(await apply(server, ["b"], "two"), ["a", "b"]);
  await become(server, list("atomic"));
  assert.equal(await apply(server, ["b", "c"], "two"), conflict(".spec.data"));
});

test("what has become one value is owned whole also after an update that changes something else", async () => {
  const server = await testServer();
  await define(server, definition(map("granular")));
  await apply(server, { key1: "val1" }, "one");
  await become(server, map("atomic"));
  const label = { metadata: { labels: { a: "b" } } };
  const { json } = await server.call("PATCH", PATH, label, { contentType: "application/merge-patch+json" });
  const own = json.metadata.managedFields.find(({ manager }: AnyJson) => manager === "one");
  assert.deepEqual(own.fieldsV1, { "f:spec": { "f:data": {} } });
});

test("a list that becomes a set: others may add to it", async () => {
  const server = await testServer();
  await define(server, definition(list("atomic")));
  await apply(server, ["a", "b"], "one");
  assert.equal(await apply(server, ["c"], "two"), conflict(".spec.data"));
  await become(server, list("set"));
  assert.deepEqual(await apply(server, ["c"], "two"), ["a", "b", "c"]);
});
