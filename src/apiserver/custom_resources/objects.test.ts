import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type TestServer } from "../testing.ts";
import { CRDS, CRON_TABS, SCHEMA, VERSION, cronTab, cronTabs, define } from "./fixtures.ts";

const MERGE = { contentType: "application/merge-patch+json" };
const APPLY = { contentType: "application/apply-patch+yaml" };
const TABLE = { headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" } };

/** A server with CronTab and one object of it. */
async function withCronTab(spec: object = {}): Promise<TestServer> {
  const server = await testServer();
  await define(server, cronTabs());
  assert.equal((await server.call("POST", CRON_TABS, cronTab("a", spec))).code, 201);
  return server;
}

test("unknown fields are refused or dropped as fieldValidation says", async () => {
  const { call } = await withCronTab();
  const odd = cronTab("b", { colour: "red", steps: [{ name: "x", long: 1 }], free: { any: 1 } });
  const strict = await call("POST", `${CRON_TABS}?fieldValidation=Strict`, odd);
  assert.equal(strict.code, 400);
  assert.match(
    strict.json.message,
    /strict decoding error: unknown field "spec.colour", unknown field "spec.steps\[0\].long"$/,
  );
  const ignored = await call("POST", `${CRON_TABS}?fieldValidation=Ignore`, odd);
  assert.deepEqual([ignored.code, ignored.headers["warning"]], [201, undefined]);
  assert.deepEqual(ignored.json.spec.steps, [{ name: "x", seconds: 5 }]);
});

test("a merge patch and a JSON patch change an object, a strategic one is of no use", async () => {
  const { call } = await withCronTab();
  const merged = await call("PATCH", `${CRON_TABS}/a`, { spec: { replicas: 4, labels: { x: "y" } } }, MERGE);
  assert.deepEqual([merged.json.spec.replicas, merged.json.metadata.generation], [4, 2]);
  const unset = await call("PATCH", `${CRON_TABS}/a`, { spec: { replicas: null } }, MERGE);
  assert.equal(unset.json.spec.replicas, 1);
  const json = await call("PATCH", `${CRON_TABS}/a`, [{ op: "add", path: "/spec/mode", value: "Slow" }], {
    contentType: "application/json-patch+json",
  });
  assert.equal(json.json.spec.mode, "Slow");
  const strategic = await call(
    "PATCH",
    `${CRON_TABS}/a`,
    {},
    { contentType: "application/strategic-merge-patch+json" },
  );
  assert.equal(strategic.code, 415);
  assert.equal(
    strategic.json.message,
    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
  );
});

test("server-side apply merges lists by their keys and tells whose fields are whose", async () => {
  const { call } = await withCronTab();
  const path = (manager: string) => `${CRON_TABS}/b?fieldManager=${manager}`;
  const made = await call("PATCH", path("one"), cronTab("b", { steps: [{ name: "x", seconds: 1 }] }), APPLY);
  assert.equal(made.code, 201);
  const more = { ...cronTab("b"), spec: { steps: [{ name: "y" }] } };
  const merged = await call("PATCH", path("two"), more, APPLY);
  assert.deepEqual(merged.json.spec.steps, [
    { name: "x", seconds: 1 },
    { name: "y", seconds: 5 },
  ]);
  const taken = { ...cronTab("b"), spec: { steps: [{ name: "x", seconds: 2 }] } };
  const refused = await call("PATCH", path("two"), taken, APPLY);
  assert.equal(refused.code, 409);
  assert.match(refused.json.message, /conflict with "one": \.spec\.steps\[name="x"\]\.seconds/);
  const odd = await call("PATCH", path("two"), cronTab("b", { colour: "red" }), APPLY);
  assert.match(odd.json.message, /\.spec\.colour: field not declared in schema/);
});

test("a dry run checks everything and stores nothing", async () => {
  const { call } = await withCronTab();
  const dry = await call("POST", `${CRON_TABS}?dryRun=All`, cronTab("b"));
  assert.deepEqual([dry.code, dry.json.spec.image], [201, "busybox"]);
  assert.equal((await call("GET", `${CRON_TABS}/b`)).code, 404);
});

test("the status is written by its own path, and the generation counts what is wanted", async () => {
  const { call } = await withCronTab();
  const blind = await call("PUT", `${CRON_TABS}/a`, cronTab("a"));
  assert.match(blind.json.message, /metadata.resourceVersion: Invalid value: .*: must be specified for an update$/);
  const { metadata } = (await call("GET", `${CRON_TABS}/a`)).json;
  const put = await call("PUT", `${CRON_TABS}/a`, { ...cronTab("a"), metadata, status: { phase: "Odd" } });
  assert.deepEqual([put.json.status, put.json.metadata.generation], [undefined, 1]);
  assert.equal(put.json.metadata.resourceVersion, metadata.resourceVersion, "nothing differs, so nothing is written");
  const status = { phase: "Running", replicas: 2, colour: "red" };
  const sent = { ...cronTab("a", { replicas: 9 }), metadata: put.json.metadata, status };
  const written = await call("PUT", `${CRON_TABS}/a/status`, sent);
  assert.deepEqual(written.json.status, { phase: "Running", replicas: 2 });
  assert.deepEqual([written.json.spec.replicas, written.json.metadata.generation], [1, 1]);
  const wrong = await call("PATCH", `${CRON_TABS}/a/status`, { status: { replicas: "two" } }, MERGE);
  assert.match(
    wrong.json.message,
    /status.replicas: Invalid value: "string": replicas in body must be of type integer: "string"/,
  );
});

test("the scale subresource leads to the paths the definition names", async () => {
  const { call } = await withCronTab({ replicas: 2 });
  await call("PATCH", `${CRON_TABS}/a/status`, { status: { replicas: 1, labelSelector: "app=a" } }, MERGE);
  const { json: scale } = await call("GET", `${CRON_TABS}/a/scale`);
  assert.deepEqual(
    [scale.kind, scale.spec, scale.status],
    ["Scale", { replicas: 2 }, { replicas: 1, selector: "app=a" }],
  );
  const scaled = await call("PATCH", `${CRON_TABS}/a/scale`, { spec: { replicas: 5 } }, MERGE);
  assert.equal(scaled.json.spec.replicas, 5);
  const { json: object } = await call("GET", `${CRON_TABS}/a`);
  assert.deepEqual([object.spec.replicas, object.metadata.generation], [5, 2]);
  const tooMany = await call("PATCH", `${CRON_TABS}/a/scale`, { spec: { replicas: 50 } }, MERGE);
  assert.match(tooMany.json.message, /spec.replicas in body should be less than or equal to 10/);
});

test("lists are selected by labels and by the fields the definition offers", async () => {
  const { call } = await withCronTab({ mode: "Fast" });
  await call("POST", CRON_TABS, { ...cronTab("b", { mode: "Slow" }), metadata: { name: "b", labels: { x: "y" } } });
  const names = async (query: string) => {
    const { json } = await call("GET", `${CRON_TABS}?${query}`);
    return json.items?.map((item: { metadata: { name: string } }) => item.metadata.name) ?? json.message;
  };
  assert.deepEqual(await names("fieldSelector=spec.mode%3DSlow"), ["b"]);
  assert.deepEqual(await names("fieldSelector=spec.mode!%3DSlow,metadata.namespace%3Ddefault"), ["a"]);
  assert.deepEqual(await names("labelSelector=x"), ["b"]);
  assert.equal(await names("fieldSelector=spec.image%3Da"), "field label not supported: spec.image");
});

test("a table has the columns of the definition, or else the age", async () => {
  const server = await withCronTab({ replicas: 3 });
  const { json: table } = await server.call("GET", CRON_TABS, undefined, TABLE);
  assert.deepEqual(
    table.columnDefinitions.map(({ name, type, format, priority }: Record<string, unknown>) => [
      name,
      type,
      format,
      priority,
    ]),
    [
      ["Name", "string", "name", 0],
      ["Spec", "string", "", 0],
      ["Replicas", "integer", "", 0],
      ["Age", "date", "", 0],
    ],
  );
  assert.deepEqual(table.rows[0].cells, ["a", "* * * * */5", 3, "0s"]);
  const { additionalPrinterColumns: _, ...plain } = VERSION;
  await define(server, cronTabs({ names: { plural: "things", kind: "Thing" }, versions: [plain] }));
  const { json: other } = await server.call("GET", "/apis/stable.example.com/v1/things", undefined, TABLE);
  assert.deepEqual(
    other.columnDefinitions.map(({ name, type }: Record<string, unknown>) => [name, type]),
    [
      ["Name", "string"],
      ["Age", "date"],
    ],
  );
});

test("watches see objects come, change and go", async () => {
  const { call, watch } = await withCronTab();
  const log = await watch(`${CRON_TABS}?resourceVersion=0`);
  await call("PATCH", `${CRON_TABS}/a`, { spec: { replicas: 2 } }, MERGE);
  await call("DELETE", `${CRON_TABS}/a`);
  await log.reach(3);
  assert.deepEqual(log.summary, ["ADDED a", "MODIFIED a", "DELETED a"]);
  assert.deepEqual(
    log.events.map(({ object }) => [object.apiVersion, object.spec.replicas]),
    [
      ["stable.example.com/v1", 1],
      ["stable.example.com/v1", 2],
      ["stable.example.com/v1", 2],
    ],
  );
  log.stop();
});

test("what a definition is changed to holds for objects that are there: defaults are filled in when they are read", async () => {
  const server = await withCronTab({ suspend: true });
  const log = await server.watch(`${CRON_TABS}?resourceVersion=0`);
  await log.reach(1);
  const { json: definition } = await server.call("GET", `${CRDS}/crontabs.stable.example.com`);
  const { suspend: _, ...properties } = SCHEMA.properties.spec.properties;
  const spec = { ...SCHEMA.properties.spec, properties: { ...properties, extra: { type: "string", default: "new" } } };
  definition.spec.versions[0].schema.openAPIV3Schema.properties.spec = spec;
  assert.equal((await server.call("PUT", `${CRDS}/crontabs.stable.example.com`, definition)).code, 200);
  assert.equal(log.state, "ended", "watchers come again for objects of the new form");
  const { json: read } = await server.call("GET", `${CRON_TABS}/a`);
  assert.deepEqual([read.spec.extra, read.spec.suspend], ["new", undefined]);
  const { json: list } = await server.call("GET", CRON_TABS);
  assert.equal(list.items[0].spec.extra, "new");
  const again = await server.watch(`${CRON_TABS}?resourceVersion=0`);
  await again.reach(1);
  assert.equal(again.events[0]?.object.spec.extra, "new");
  again.stop();
});

test("what was wrong before a schema became stricter may stay, as long as it is not touched", async () => {
  const server = await withCronTab({ mode: "Fast", replicas: 9 });
  const { json: definition } = await server.call("GET", `${CRDS}/crontabs.stable.example.com`);
  definition.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.replicas.maximum = 5;
  await server.call("PUT", `${CRDS}/crontabs.stable.example.com`, definition);
  assert.equal((await server.call("PATCH", `${CRON_TABS}/a`, { spec: { mode: "Slow" } }, MERGE)).code, 200);
  const touched = await server.call("PATCH", `${CRON_TABS}/a`, { spec: { replicas: 8 } }, MERGE);
  assert.match(touched.json.message, /spec.replicas in body should be less than or equal to 5/);
});

test("an item that stands twice in a keyed list, and replicas that are no number, are refused", async () => {
  const { call } = await withCronTab();
  const twice = await call("POST", CRON_TABS, cronTab("b", { steps: [{ name: "x" }, { name: "x" }] }));
  assert.match(twice.json.message, /spec.steps\[1\]: Duplicate value: {"name":"x"}/);
});

test("a finalizer without a domain is warned of", async () => {
  const { call } = await withCronTab();
  const made = await call("POST", CRON_TABS, { ...cronTab("b"), metadata: { name: "b", finalizers: ["mine"] } });
  assert.match(made.headers["warning"] ?? "", /prefer a domain-qualified finalizer name to avoid/);
});
