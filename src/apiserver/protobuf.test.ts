import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTurn } from "#base/turn.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { decoderOf } from "#api/codec/compile.ts";
import { ListMeta } from "#api/meta/list_meta.ts";
import { PartialObjectMetadata } from "#api/meta/partial_object_metadata.ts";
import { Status } from "#api/meta/status.ts";
import { encodeProtobuf } from "#api/protobuf/encode.ts";
import { openEnvelope } from "#api/protobuf/envelope.ts";
import { readMessage } from "#api/protobuf/read.ts";
import { readFields } from "#api/protobuf/wire.ts";
import type { ObjectSchema } from "#api/schema/schema.ts";
import { ByteLog, testServer } from "./testing.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const MAPS = "/api/v1/namespaces/default/configmaps";
const accept = (header: string) => ({ headers: { accept: header } });
const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { name } });

function read(schema: ObjectSchema, bytes: Uint8Array) {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  return canonical(schema, { apiVersion, kind, ...readMessage(schema, raw) });
}

/** Without the zero values that JSON leaves out. */
function canonical(schema: ObjectSchema, values: object): object {
  return decoderOf(schema)(values, { unknown: false }) as object;
}

/** The parts of a list: its type, its metadata, its items. */
function readList(schema: ObjectSchema, bytes: Uint8Array) {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  const fields = readFields(raw);
  const [metadata] = fields.filter(({ number }) => number === 1);
  const items = fields.filter(({ number }) => number === 2);
  return {
    kind,
    apiVersion,
    metadata: canonical(ListMeta, readMessage(ListMeta, metadata?.bytes ?? new Uint8Array())),
    items: items.map((item) => canonical(schema, readMessage(schema, item.bytes))),
  };
}

test("an object sent as protobuf is answered as protobuf, and refusals and Statuses are, too", async () => {
  const { call } = await testServer();
  const both = { contentType: PROTOBUF, ...accept(`${PROTOBUF},application/json`) };
  const body = encodeProtobuf(ConfigMap.schema, map("a"));
  const created = await call("POST", MAPS, body, both);
  assert.equal(created.code, 201);
  assert.equal(created.headers["content-type"], PROTOBUF);
  assert.deepEqual(read(ConfigMap.schema, created.bytes), (await call("GET", `${MAPS}/a`)).json);
  const again = await call("POST", MAPS, body, both);
  assert.equal(again.code, 409);
  const refusal = read(Status, again.bytes) as unknown as Status;
  assert.deepEqual([refusal.kind, refusal.reason, refusal.code], ["Status", "AlreadyExists", 409]);
  const deleted = await call("DELETE", `${MAPS}/a`, undefined, accept(PROTOBUF));
  assert.equal((read(Status, deleted.bytes) as unknown as Status).status, "Success");
});

test("a list in protobuf has the metadata and the items of the one in JSON", async () => {
  const { call } = await testServer();
  for (const name of ["a", "b", "c"]) await call("POST", MAPS, map(name));
  const { json } = await call("GET", `${MAPS}?limit=2`);
  const { bytes, headers } = await call("GET", `${MAPS}?limit=2`, undefined, accept(PROTOBUF));
  assert.equal(headers["content-type"], PROTOBUF);
  const list = readList(ConfigMap.schema, bytes);
  const items = list.items.map((item) => ({ apiVersion: "v1", kind: "ConfigMap", ...item }));
  assert.deepEqual({ ...list, items }, json);
});

test("metadata alone is written in protobuf, one object and a list", async () => {
  const { call } = await testServer();
  await call("POST", MAPS, map("a"));
  const as = (kind: string) => accept(`${PROTOBUF};as=${kind};g=meta.k8s.io;v=v1`);
  const one = await call("GET", `${MAPS}/a`, undefined, as("PartialObjectMetadata"));
  assert.deepEqual(read(PartialObjectMetadata, one.bytes), {
    apiVersion: "meta.k8s.io/v1",
    kind: "PartialObjectMetadata",
    metadata: (await call("GET", `${MAPS}/a`)).json.metadata,
  });
  const many = await call("GET", MAPS, undefined, as("PartialObjectMetadataList"));
  const list = readList(PartialObjectMetadata, many.bytes);
  assert.equal(list.kind, "PartialObjectMetadataList");
  assert.deepEqual(list.items, [{ metadata: (await call("GET", `${MAPS}/a`)).json.metadata }]);
});

/** The events of a watch in protobuf: type, the object's kind, its name. */
function readEvents(bytes: Uint8Array): string[] {
  const events: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    const fields = new Map(readFields(bytes.subarray(at + 4, at + 4 + length)).map((each) => [each.number, each]));
    const type = new TextDecoder().decode(fields.get(1)?.bytes);
    const [object] = readFields(fields.get(2)?.bytes ?? new Uint8Array());
    const { kind, raw } = openEnvelope(object?.bytes ?? new Uint8Array());
    const { metadata } = readMessage(PartialObjectMetadata, raw) as unknown as PartialObjectMetadata;
    events.push(`${type} ${kind} ${metadata.name ?? ""}`.trim());
    at += 4 + length;
  }
  return events;
}

test("a watch in protobuf sends frames behind their length: objects, bookmarks, the error that ends it", async () => {
  const { call, request, store } = await testServer();
  await call("POST", MAPS, map("a"));
  const initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const response = await request("GET", `${MAPS}?watch=true&${initial}`, undefined, accept(PROTOBUF));
  assert.equal(response.headers["content-type"], `${PROTOBUF};stream=watch`);
  const log = new ByteLog();
  assert.ok("start" in response.body);
  const stop = response.body.start(log);
  await call("PATCH", `${MAPS}/a`, { data: { more: "x" } }, { contentType: "application/merge-patch+json" });
  await call("DELETE", `${MAPS}/a`);
  stop();
  const expected = ["ADDED ConfigMap a", "BOOKMARK ConfigMap", "MODIFIED ConfigMap a", "DELETED ConfigMap a"];
  assert.deepEqual(readEvents(log.bytes), expected);

  await store.compact(store.revision);
  const late = await request("GET", `${MAPS}?watch=true&resourceVersion=1`, undefined, accept(PROTOBUF));
  const lateLog = new ByteLog();
  assert.ok("start" in late.body);
  late.body.start(lateLog);
  assert.deepEqual(readEvents(lateLog.bytes), ["ERROR Status"]);
});

const JSON_FIRST = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const STREAMS = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
const negotiations = [
  {
    accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json`,
    type: "application/json",
    kind: "ConfigMapList",
  },
  {
    accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io`,
    type: "application/json",
    kind: "Table",
  },
  { accept: "application/json;as=Table;v=v1beta1;g=meta.k8s.io", type: "application/json", kind: "Table" },
  { accept: "application/*", type: "application/json", kind: "ConfigMapList" },
  { accept: "application/json;q=0.5, application/yaml", type: "application/yaml" },
  { accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io`, refused: JSON_FIRST },
  { accept: "application/json;as=Table;v=v2;g=meta.k8s.io", refused: JSON_FIRST },
  { accept: "text/plain", refused: JSON_FIRST },
  { accept: "application/yaml", query: "?watch=true", refused: STREAMS },
  { accept: "text/plain", query: "?watch=true", refused: STREAMS },
];
for (const c of negotiations) {
  test(`Accept: ${c.accept}${c.query ?? ""} is ${c.refused === undefined ? "met" : "refused"}`, async () => {
    const { call } = await testServer();
    const answer = await call("GET", MAPS + (c.query ?? ""), undefined, accept(c.accept));
    if (c.refused === undefined) {
      assert.equal(answer.headers["content-type"], c.type);
      if (c.kind !== undefined) assert.equal(answer.json.kind, c.kind);
      return;
    }
    assert.equal(answer.code, 406);
    assert.ok(answer.text.includes(`only the following media types are accepted: ${c.refused}`), answer.text);
  });
}

test("the form of a list is refused for one object, and the other way round", async () => {
  const { call } = await testServer();
  await call("POST", MAPS, map("a"));
  const as = (kind: string) => accept(`application/json;as=${kind};g=meta.k8s.io;v=v1`);
  const one = await call("GET", `${MAPS}/a`, undefined, as("PartialObjectMetadataList"));
  const notList = "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)";
  assert.deepEqual([one.code, one.json.message], [406, notList]);
  const many = await call("GET", MAPS, undefined, as("PartialObjectMetadata"));
  const isList = "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)";
  assert.deepEqual([many.code, many.json.message], [406, isList]);
});

test("custom resources have no protobuf form: their clients are answered in JSON, or not at all", async () => {
  const { call } = await testServer();
  const names = { plural: "things", singular: "thing", kind: "Thing" };
  const schema = { openAPIV3Schema: { type: "object" } };
  const versions = [{ name: "v1", served: true, storage: true, schema }];
  const spec = { group: "example.com", scope: "Namespaced", names, versions };
  await call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "things.example.com" },
    spec,
  });
  const path = "/apis/example.com/v1/namespaces/default/things";
  let answer = await call("GET", path, undefined, accept(`${PROTOBUF},application/json`));
  for (; answer.code === 404; answer = await call("GET", path, undefined, accept(`${PROTOBUF},application/json`))) {
    await nextTurn();
  }
  assert.deepEqual([answer.code, answer.json.kind], [200, "ThingList"]);
  for (const query of ["", "?watch=true"]) {
    const refused = await call("GET", path + query, undefined, accept(PROTOBUF));
    assert.equal(refused.code, 406);
  }
});

test("a body in a form nobody reads is refused, with the forms that are read", async () => {
  const { call } = await testServer();
  const { code, json } = await call("POST", MAPS, "x", { contentType: "text/plain" });
  assert.equal(code, 415);
  const start = "the body of the request was in an unknown format - accepted media types include:";
  assert.equal(json.message, `${start} ${JSON_FIRST}`);
});
