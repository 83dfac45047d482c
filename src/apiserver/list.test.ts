import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTurn } from "#base/turn.ts";
import { testServer, type AnyJson } from "./testing.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

async function withMaps(count: number) {
  const api = await testServer();
  for (let n = 0; n < count; n++) {
    const metadata = { name: `m${n}`, labels: { parity: n % 2 === 0 ? "even" : "odd" } };
    await api.call("POST", MAPS, { metadata });
  }
  return api;
}

const names = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata }) => metadata.name);

test("pages of one list show one moment, whatever is written between them", async () => {
  const { call } = await withMaps(5);
  const first = await call("GET", `${MAPS}?limit=2`);
  assert.deepEqual(names(first.json), ["m0", "m1"]);
  assert.equal(first.json.metadata.remainingItemCount, 3);
  await call("DELETE", `${MAPS}/m2`);
  await call("POST", MAPS, { metadata: { name: "m2b" } });
  const second = await call("GET", `${MAPS}?limit=2&continue=${first.json.metadata.continue}`);
  assert.deepEqual(names(second.json), ["m2", "m3"], "m2 still stood when the list began");
  assert.equal(second.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
  const last = await call("GET", `${MAPS}?limit=2&continue=${second.json.metadata.continue}`);
  assert.deepEqual(names(last.json), ["m4"]);
  assert.equal(last.json.metadata.continue, undefined);
});

test("a continued list whose history is gone is refused with a token that goes on", async () => {
  const { call, store } = await withMaps(4);
  const first = await call("GET", `${MAPS}?limit=2`);
  await call("POST", MAPS, { metadata: { name: "m9" } });
  await store.compact(store.revision);
  const refused = await call("GET", `${MAPS}?limit=2&continue=${first.json.metadata.continue}`);
  assert.equal(refused.code, 410);
  assert.equal(refused.json.reason, "Expired");
  assert.match(
    refused.json.message,
    /^The provided continue parameter is too old to display a consistent list result\./,
  );
  const rest = await call("GET", `${MAPS}?continue=${refused.json.metadata.continue}`);
  assert.deepEqual(names(rest.json), ["m2", "m3", "m9"]);
});

test("selectors choose, and pages of a selected list are full", async () => {
  const { call } = await withMaps(7);
  assert.deepEqual(names((await call("GET", `${MAPS}?labelSelector=parity%3Deven`)).json), ["m0", "m2", "m4", "m6"]);
  const page = await call("GET", `${MAPS}?labelSelector=parity%3Dodd&limit=2`);
  assert.deepEqual(names(page.json), ["m1", "m3"]);
  assert.equal(page.json.metadata.remainingItemCount, undefined);
  const rest = await call("GET", `${MAPS}?labelSelector=parity%3Dodd&limit=2&continue=${page.json.metadata.continue}`);
  assert.deepEqual(names(rest.json), ["m5"]);
  assert.deepEqual(names((await call("GET", `${MAPS}?fieldSelector=metadata.name%3Dm3`)).json), ["m3"]);
});

test("a list is read at the revision asked for", async () => {
  const { call, store } = await withMaps(2);
  const before = store.revision;
  await call("DELETE", `${MAPS}/m0`);
  const exact = await call("GET", `${MAPS}?resourceVersion=${before}&resourceVersionMatch=Exact`);
  assert.deepEqual(names(exact.json), ["m0", "m1"]);
  assert.equal(exact.json.metadata.resourceVersion, String(before));
  const notOlder = await call("GET", `${MAPS}?resourceVersion=${before}&resourceVersionMatch=NotOlderThan`);
  assert.deepEqual(names(notOlder.json), ["m1"]);
  const future = await call("GET", `${MAPS}?resourceVersion=${store.revision + 100}`);
  assert.equal(future.code, 504);
  assert.equal(future.json.message, `Too large resource version: ${store.revision + 100}, current: ${store.revision}`);
  assert.equal(future.json.details.causes[0].reason, "ResourceVersionTooLarge");
  assert.equal(future.headers["retry-after"], "1");
});

const REFUSALS = [
  ["limit=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ["resourceVersion=x", 400, 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'],
  ["continue=x", 400, "continue key is not valid: it is not base64 of JSON"],
  [
    "resourceVersionMatch=Exact",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    "resourceVersionMatch=Exact&resourceVersion=0",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    "fieldSelector=spec.x%3D1",
    400,
    '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  ["labelSelector=a%3D%3D%3Db", 400, undefined],
] as const;

for (const [query, code, message] of REFUSALS) {
  test(`a list with ${decodeURIComponent(query)} is refused`, async () => {
    const { call } = await testServer();
    const refused = await call("GET", `${MAPS}?${query}`);
    assert.equal(refused.code, code);
    if (message !== undefined) assert.equal(refused.json.message, message);
  });
}

test("a Table, metadata alone and YAML are written when the Accept header asks first for them", async () => {
  const { call } = await withMaps(1);
  const as = (kind: string) => ({
    headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json` },
  });
  const table = await call("GET", MAPS, undefined, as("Table"));
  assert.equal(table.json.kind, "Table");
  assert.equal(table.json.rows[0].cells[0], "m0");
  assert.equal(table.json.rows[0].object.kind, "PartialObjectMetadata");
  const metadata = await call("GET", MAPS, undefined, as("PartialObjectMetadataList"));
  assert.equal(metadata.json.kind, "PartialObjectMetadataList");
  assert.equal(metadata.json.items[0].data, undefined);
  const yaml = await call("GET", `${MAPS}/m0`, undefined, { headers: { accept: "application/yaml" } });
  assert.match(yaml.text, /^apiVersion: v1\nkind: ConfigMap\n/);
  const none = await call("GET", MAPS, undefined, { headers: { accept: "text/html" } });
  assert.equal(none.code, 406);
  const types = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
  assert.equal(none.json.message, `only the following media types are accepted: ${types}`);
});

const PROJECTIONS = [
  ["a table", "application/json;as=Table;v=v1;g=meta.k8s.io", "rows"],
  ["metadata", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "items"],
] as const;

async function turnsUntil(end: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  void end.finally(() => over.abort());
  let turns = 0;
  for (; !over.signal.aborted; turns++) await nextTurn();
  return turns;
}

for (const [name, accept, field] of PROJECTIONS) {
  test(`others are served while a long list is made into ${name}`, async () => {
    const { call } = await withMaps(450);
    const list = call("GET", MAPS, undefined, { headers: { accept } });
    const turns = await turnsUntil(list);
    const { json } = await list;
    assert.ok(turns >= 4, `${turns} turns`);
    const found = json[field].map((each: AnyJson) => (each.object ?? each).metadata.name);
    assert.deepEqual(found, Array.from({ length: 450 }, (_, i) => `m${i}`).toSorted());
  });
}
