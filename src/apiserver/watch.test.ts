import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_RETENTION } from "#store/compactor.ts";
import { LIMITS } from "./limits.ts";
import { testServer, type TestServer } from "./testing.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const ELSEWHERE = { peer: { certificate: { commonName: "root", organizations: ["system:masters"] }, address: "" } };
const make = (api: TestServer, name: string, data: Record<string, string> = {}) =>
  api.call("POST", MAPS, { metadata: { name }, data });

test("a watch from a revision sees exactly what came after it", async () => {
  const api = await testServer();
  const { json } = await make(api, "a");
  await make(api, "b");
  const watch = await api.watch(`${MAPS}?resourceVersion=${json.metadata.resourceVersion}`);
  await watch.reach(1);
  await make(api, "c");
  assert.deepEqual(watch.summary, ["ADDED b", "ADDED c"]);
});

test("a streaming list sends what there is, then marks its end, then goes on", async () => {
  const api = await testServer();
  await make(api, "a");
  const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const watch = await api.watch(`${MAPS}?${query}`);
  await make(api, "b");
  assert.deepEqual(watch.summary, ["ADDED a", "BOOKMARK", "ADDED b"]);
  assert.equal(watch.events[1]?.object.metadata.annotations["k8s.io/initial-events-end"], "true");
});

test("clients elsewhere get bookmarks each minute and before the end, with the store's revision", async () => {
  const api = await testServer();
  const watch = await api.watch(`${MAPS}?allowWatchBookmarks=true&timeoutSeconds=150`, ELSEWHERE);
  await api.call("POST", "/api/v1/namespaces", { metadata: { name: "elsewhere" } });
  await api.clock.advance(60_000);
  assert.deepEqual(watch.summary, ["BOOKMARK"]);
  await api.clock.advance(61_000);
  assert.deepEqual(watch.summary, ["BOOKMARK", "BOOKMARK"], "also when nothing has happened");
  assert.equal(watch.events[1]?.object.metadata.resourceVersion, String(api.store.revision));
  await api.clock.advance(30_000);
  assert.equal(watch.state, "ended");
  assert.deepEqual(watch.summary, ["BOOKMARK", "BOOKMARK", "BOOKMARK"]);
});

test("a client in this process gets a bookmark only when it says something new, and within the history kept", async () => {
  const api = await testServer();
  const { ownBookmarkIntervalMs } = LIMITS;
  assert.ok(ownBookmarkIntervalMs < DEFAULT_RETENTION.keepMs);
  const query = `allowWatchBookmarks=true&resourceVersion=${api.store.revision}&timeoutSeconds=3600`;
  const all = await api.watch(`${MAPS}?${query}`);
  const one = await api.watch(`${MAPS}?${query}&fieldSelector=metadata.name%3Da`);
  await api.clock.advance(3 * ownBookmarkIntervalMs);
  assert.deepEqual([all.summary, one.summary], [[], []]);
  await make(api, "b");
  await api.clock.advance(3 * ownBookmarkIntervalMs);
  assert.deepEqual([all.summary, one.summary], [["ADDED b"], ["BOOKMARK"]]);
  await api.call("POST", "/api/v1/namespaces", { metadata: { name: "elsewhere" } });
  await api.clock.advance(3 * ownBookmarkIntervalMs);
  assert.deepEqual(
    [all.summary, one.summary],
    [
      ["ADDED b", "BOOKMARK"],
      ["BOOKMARK", "BOOKMARK"],
    ],
  );
  assert.equal(all.events[1]?.object.metadata.resourceVersion, String(api.store.revision));
});

test("a watch of history that is gone ends with an error event", async () => {
  const api = await testServer();
  const { json } = await make(api, "a");
  for (const name of ["b", "c"]) await make(api, name);
  await api.store.compact(api.store.revision);
  const watch = await api.watch(`${MAPS}?resourceVersion=${json.metadata.resourceVersion}`);
  assert.equal(watch.events[0]?.type, "ERROR");
  assert.equal(watch.events[0]?.object.code, 410);
  assert.equal(watch.events[0]?.object.reason, "Expired");
  assert.equal(watch.state, "ended");
});

test("no event is lost or doubled while many write at once and the reader falls behind", async () => {
  const api = await testServer();
  const steady = await api.watch(`${MAPS}?resourceVersion=${api.store.revision}`);
  const slow = await api.watch(`${MAPS}?resourceVersion=${api.store.revision}`);
  slow.stalled = true;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 25; n++) {
      const name = `w${writer}-${n}`;
      await make(api, name);
      if (n % 2 === 0) await api.call("DELETE", `${MAPS}/${name}`);
    }
  });
  await Promise.all(writers);
  slow.resume();
  await slow.reach(steady.events.length);
  assert.equal(steady.events.length, 8 * (25 + 13));
  assert.deepEqual(slow.events, steady.events);
  const versions = steady.events.map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(versions).size, versions.length);
});

test("a watcher that does not read is given up, and others are not", async () => {
  const api = await testServer();
  const stuck = await api.watch(MAPS);
  const well = await api.watch(MAPS);
  stuck.stalled = true;
  const large = "x".repeat(1024 * 1024 - 1000);
  for (let n = 0; n < LIMITS.watchBufferBytesMax / large.length + 2; n++) await make(api, `big${n}`, { large });
  assert.equal(stuck.state, "aborted");
  assert.equal(well.state, "open");
});

test("a watch with many objects to begin with keeps the order of what comes meanwhile", async () => {
  const api = await testServer();
  const count = 1_001;
  await Promise.all(Array.from({ length: count }, (_, n) => make(api, `m${n}`)));
  const watch = await api.watch(MAPS);
  await make(api, "zz");
  await watch.reach(count + 1);
  assert.equal(watch.summary.at(-1), "ADDED zz");
  assert.equal(new Set(watch.summary).size, count + 1);
});

test("a watch of one object by name is not told of others", async () => {
  const api = await testServer();
  const watch = await api.watch(`${MAPS}?fieldSelector=metadata.name%3Da`);
  for (const name of ["a", "ab", "b"]) await make(api, name);
  assert.deepEqual(watch.summary, ["ADDED a"]);
});

test("a watch as Table sends rows", async () => {
  const api = await testServer();
  const headers = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
  const watch = await api.watch(MAPS, { headers });
  await make(api, "a");
  assert.equal(watch.events[0]?.object.kind, "Table");
  assert.equal(watch.events[0]?.object.rows[0].cells[0], "a");
});

test("streaming lists need bookmarks and a bound on staleness", async () => {
  const api = await testServer();
  const refused = await api.call("GET", `${MAPS}?watch=true&sendInitialEvents=true`);
  assert.equal(refused.code, 422);
  assert.equal(
    refused.json.message,
    'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, allowWatchBookmarks: Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true]',
  );
});

test("an event is one line, also for those whose other answers are indented", async () => {
  const api = await testServer();
  await make(api, "a");
  for (const as of ["", ";as=Table;v=v1;g=meta.k8s.io", ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io"]) {
    const headers = { "user-agent": "curl/8.0", accept: `application/json;pretty=1${as}` };
    const watch = await api.watch(`${MAPS}?pretty=true`, { headers });
    await watch.reach(1);
    assert.equal(watch.events.length, 1);
  }
});
