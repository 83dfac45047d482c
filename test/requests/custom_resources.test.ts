import assert from "node:assert/strict";
import { test } from "node:test";
import { CRDS, conditionOf, cronTabs, define, eventually } from "#apiserver/custom_resources/fixtures.ts";
import { testServer, type AnyJson, type TestServer } from "#apiserver/testing.ts";

/* What the conformance suite asks of custom resources beyond what their room's own tests say. README.md has the list. */

const MERGE = { contentType: "application/merge-patch+json" };
const APPLY = { contentType: "application/apply-patch+yaml" };
const FREE = { "x-kubernetes-preserve-unknown-fields": true };
const GROUP = "stable.example.com";

/** The definition of CronTab whose versions have this schema; none for any object at all. */
function defined(schema: object = FREE, changes: AnyJson = {}, ...versions: readonly string[]): AnyJson {
  const openAPIV3Schema = { type: "object", ...schema };
  const list = (versions.length === 0 ? ["v1"] : versions).map((name, at) => {
    return { name, served: true, storage: at === 0, schema: { openAPIV3Schema } };
  });
  return cronTabs({ versions: list, ...changes });
}

const named = (plural: string, kind: string, group = GROUP) => ({
  group,
  names: { plural, singular: kind.toLowerCase(), kind },
});
const ITEM = {
  properties: { spec: { type: "object", properties: { foo: { type: "string", description: "A foo." } } } },
};
const PATH = `/apis/${GROUP}/v1/namespaces/default/crontabs`;

/** Applies YAML strictly; gives the code and what was complained of. */
async function applyStrictly({ call }: TestServer, rest: string): Promise<[number, string]> {
  const body = `apiVersion: ${GROUP}/v1\nkind: CronTab\nmetadata:\n  name: a\n${rest}`;
  const path = `${PATH}/a?fieldManager=m&fieldValidation=Strict`;
  const { code, json } = await call("PATCH", path, new TextEncoder().encode(body), APPLY);
  return [code, json.message ?? ""];
}

const ports = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
  items: {
    type: "object",
    required: ["containerPort", "protocol"],
    properties: { containerPort: { type: "integer" }, protocol: { type: "string" }, name: { type: "string" } },
  },
};
const withPorts = { properties: { spec: { type: "object", properties: { foo: { type: "string" }, ports } } } };
const WELL = "spec:\n  foo: a\n  ports:\n  - {name: x, containerPort: 80, protocol: TCP}\n";

test("field validation: what a definition without a schema is given is taken as it is", async () => {
  const server = await testServer();
  await define(server, defined());
  assert.deepEqual(await applyStrictly(server, "spec:\n  unknown: a\n  more: [1]\nother: b\n"), [201, ""]);
  const { json } = await server.call("GET", `${PATH}/a`);
  assert.deepEqual([json.spec, json.other], [{ unknown: "a", more: [1] }, "b"]);
});

test("field validation: what a schema knows is applied, and fields beyond it are refused by name", async () => {
  const server = await testServer();
  await define(server, defined(withPorts));
  assert.deepEqual(await applyStrictly(server, WELL), [201, ""]);
  const [code, message] = await applyStrictly(server, `unknownField: unknown\n${WELL}`);
  assert.equal(code, 500);
  assert.match(message, /\.unknownField: field not declared in schema/);
});

test("field validation: a field that stands twice in a custom resource is refused, also where any are kept", async () => {
  const server = await testServer();
  await define(server, defined({ properties: { spec: { ...withPorts.properties.spec, ...FREE } } }));
  assert.deepEqual(await applyStrictly(server, `${WELL}  unknown: a\n`), [201, ""]);
  const [code, message] = await applyStrictly(server, "spec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2\n");
  assert.equal(code, 400);
  assert.match(message, /line 8: key "foo" already set in map/);
});

test("field validation: unknown metadata of a custom resource is refused, its own and that of an embedded one", async () => {
  const server = await testServer();
  const template = {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: { metadata: { type: "object", properties: { name: { type: "string" } } }, spec: { type: "object" } },
  };
  await define(server, defined({ properties: { spec: { type: "object", ...FREE, properties: { template } } } }));
  const embedded = (more: string) =>
    `spec:\n  template:\n    apiVersion: foo/v1\n    kind: Sub\n    metadata: {name: sub${more}}\n`;
  assert.deepEqual(await applyStrictly(server, embedded("")), [201, ""]);
  const [code, message] = await applyStrictly(server, `  unknownMeta: a\n${embedded(", unknownSubMeta: b")}`);
  assert.equal(code, 500);
  assert.match(message, /\.spec\.template\.metadata\.unknownSubMeta: field not declared in schema/);
  const posted = {
    apiVersion: `${GROUP}/v1`,
    kind: "CronTab",
    metadata: { name: "b", unknownMeta: "a" },
    spec: { template: { apiVersion: "foo/v1", kind: "Sub", metadata: { name: "sub", unknownSubMeta: "b" } } },
  };
  const refused = await server.call("POST", `${PATH}?fieldValidation=Strict`, posted);
  assert.equal(refused.code, 400);
  assert.match(refused.json.message, /unknown field "metadata\.unknownMeta"/);
  assert.match(refused.json.message, /unknown field "spec\.template\.metadata\.unknownSubMeta"/);
});

test("aggregated discovery: a definition's versions, names and subresources are there once it is served, and go with it", async () => {
  const server = await testServer();
  const group = async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { text } = await server.call("GET", "/apis", undefined, { headers: { accept } });
    return JSON.parse(text).items.find(({ metadata }: AnyJson) => metadata.name === GROUP);
  };
  assert.equal(await group(), undefined);
  await define(server, defined(FREE, {}, "v1", "v1beta1"));
  const { versions } = await group();
  assert.deepEqual(
    versions.map(({ version, resources: [first] }: AnyJson) => {
      return [version, first.resource, first.responseKind, first.scope, first.singularResource, first.shortNames];
    }),
    ["v1", "v1beta1"].map((version) => {
      const responseKind = { group: GROUP, version, kind: "CronTab" };
      return [version, "crontabs", responseKind, "Namespaced", "crontab", ["ct"]];
    }),
  );
  await server.call("DELETE", `${CRDS}/crontabs.${GROUP}`);
  await eventually(async () => (await group()) === undefined);
});

test("the status of a definition is read, replaced and patched at a path of its own", async () => {
  const server = await testServer();
  await define(server, defined());
  const path = `${CRDS}/crontabs.${GROUP}/status`;
  const read = await server.call("GET", path);
  assert.equal(conditionOf(read.json, "Established").status, "True");
  const condition = { type: "StatusUpdate", status: "True", reason: "Test", message: "Set from a test." };
  const status = { ...read.json.status, conditions: [...read.json.status.conditions, condition] };
  const replaced = await server.call("PUT", path, { ...read.json, status });
  assert.equal(conditionOf(replaced.json, "StatusUpdate").message, "Set from a test.");
  const changed = status.conditions.map((each: AnyJson) => ({ ...each, message: `Patched ${each.type}.` }));
  const patched = await server.call(
    "PATCH",
    path,
    { status: { conditions: changed }, spec: { scope: "Cluster" } },
    MERGE,
  );
  assert.equal(conditionOf(patched.json, "StatusUpdate").message, "Patched StatusUpdate.");
  assert.equal(patched.json.spec.scope, "Namespaced");
});

test("definitions are listed by label and deleted as a collection", async () => {
  const { call } = await testServer();
  for (let i = 0; i < 4; i++) {
    const definition = defined(FREE, named(`things${i}`, `Thing${i}`));
    definition.metadata.labels = { odd: String(i % 2) };
    assert.equal((await call("POST", CRDS, definition)).code, 201);
  }
  const odd = async () => (await call("GET", `${CRDS}?labelSelector=odd=1`)).json.items.length;
  assert.equal(await odd(), 2);
  await call("DELETE", `${CRDS}?labelSelector=odd=1`);
  await eventually(async () => (await odd()) === 0);
  assert.equal((await call("GET", CRDS)).json.items.length, 2);
});

/** The schema published for a kind, in each of the two documents; undefined where it is not. */
async function published({ call }: TestServer, version = "v1", kind = "CronTab", group = GROUP) {
  const name = `${group.split(".").toReversed().join(".")}.${version}.${kind}`;
  const v2 = (await call("GET", "/openapi/v2")).json.definitions[name];
  const { code, json } = await call("GET", `/openapi/v3/apis/${group}/${version}`);
  return { v2, v3: code === 404 ? undefined : json.components.schemas[name] };
}

test("published schemas: one with properties is published with them and their descriptions", async () => {
  const server = await testServer();
  await define(server, defined(ITEM));
  const { v2, v3 } = await published(server);
  for (const schema of [v2, v3]) {
    assert.deepEqual(schema.properties.spec.properties.foo, { type: "string", description: "A foo." });
    assert.deepEqual(Object.keys(schema.properties).toSorted(), ["apiVersion", "kind", "metadata", "spec"]);
  }
});

test("published schemas: one without properties, or that keeps any, says no more than that", async () => {
  const server = await testServer();
  await define(server, defined());
  const { v2, v3 } = await published(server);
  // kubectl would refuse what it does not find among properties, so the older document has none.
  assert.deepEqual(Object.keys(v2), ["type", "x-kubernetes-group-version-kind"]);
  assert.equal(v3["x-kubernetes-preserve-unknown-fields"], true);
  assert.deepEqual(v2["x-kubernetes-group-version-kind"], [{ group: GROUP, version: "v1", kind: "CronTab" }]);
});

test("published schemas: an embedded object that keeps unknown fields is published as one", async () => {
  const server = await testServer();
  const embedded = { type: "object", description: "Any.", ...FREE, "x-kubernetes-embedded-resource": true };
  await define(server, defined({ properties: { spec: embedded } }));
  const { v2, v3 } = await published(server);
  assert.deepEqual(
    [v2.properties.spec["x-kubernetes-preserve-unknown-fields"], v2.properties.spec.description],
    [true, "Any."],
  );
  assert.equal(v3.properties.spec["x-kubernetes-embedded-resource"], true);
});

const TWO = [
  {
    name: "of different groups",
    a: named("foos", "Foo", "one.example.com"),
    b: named("bars", "Bar", "two.example.com"),
  },
  { name: "of one group and version", a: named("foos", "Foo"), b: named("bars", "Bar") },
];
for (const { name, a, b } of TWO) {
  test(`published schemas: two definitions ${name} are both published`, async () => {
    const server = await testServer();
    await define(server, defined(ITEM, a));
    await define(server, defined(ITEM, b));
    for (const { names, group } of [a, b]) {
      const { v2, v3 } = await published(server, "v1", names.kind, group);
      assert.ok(v2?.properties.spec.properties.foo && v3?.properties.spec.properties.foo, names.kind);
    }
  });
}

test("published schemas: each version is published, a renamed one under its new name, and none that is not served", async () => {
  const server = await testServer();
  const { call } = server;
  const isPublished = async (version: string) => {
    const { v2, v3 } = await published(server, version);
    assert.equal(v2 === undefined, v3 === undefined);
    return v2 !== undefined;
  };
  await define(server, defined(ITEM, {}, "v2", "v3"));
  assert.deepEqual([await isPublished("v2"), await isPublished("v3")], [true, true]);
  const change = async (edit: (versions: AnyJson[]) => void) => {
    const { json } = await call("GET", `${CRDS}/crontabs.${GROUP}`);
    edit(json.spec.versions);
    assert.equal((await call("PUT", `${CRDS}/crontabs.${GROUP}`, json)).code, 200);
  };
  await change((versions) => (versions[1].name = "v4"));
  await eventually(() => isPublished("v4"));
  assert.deepEqual([await isPublished("v2"), await isPublished("v3")], [true, false]);
  await change((versions) => (versions[1].served = false));
  await eventually(async () => !(await isPublished("v4")));
  assert.equal(await isPublished("v2"), true);
});
