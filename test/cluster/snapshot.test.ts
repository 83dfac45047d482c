import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { realClock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { createApiServer } from "#apiserver/server.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { restoreSnapshot, saveSnapshot } from "#store/snapshot.ts";
import { SqliteStore } from "#store/sqlite_store.ts";

const directory = mkdtempSync(join(tmpdir(), "knarr-restore-"));
after(() => rmSync(directory, { recursive: true }));

/** The API over the store in `directory`, until it is stopped. */
async function serve() {
  const store = await SqliteStore.open(directory);
  const random = seededRandom(1);
  const server = createApiServer({
    store,
    registry: new KindRegistry(KINDS),
    clock: realClock,
    random,
    log: silentLog,
  });
  return {
    handle: server.handle,
    async stop() {
      await store.close();
      server.close();
    },
  };
}

test("a watcher that lives through a restore sees what stands then: old content at new revisions", async () => {
  let serving = await serve();
  // The way a client sees a server that is stopped and started again: the same address, somebody else behind it.
  const handle: HttpHandler = (request) => serving.handle(request);
  const client = createClient(handle, "tester");
  const informers = new InformerFactory({ client, clock: realClock, random: seededRandom(2), log: silentLog });
  const created = await client.list(ConfigMap, {});
  assert.deepEqual(created.items, []);
  const place = { namespace: "default" };
  await handle({
    method: "POST",
    path: "/api/v1/namespaces",
    query: new URLSearchParams(),
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ metadata: { name: "default" } })),
    peer: { internalUser: "tester", address: "" },
    signal: new AbortController().signal,
  });
  const config = await client.create(ConfigMap, { metadata: { ...place, name: "kept" }, data: { at: "snapshot" } });
  await client.create(ConfigMap, { metadata: { ...place, name: "gone" } });
  const informer = informers.informer(ConfigMap);
  await informer.synced;
  saveSnapshot(directory, join(directory, "snapshot"), {});

  await client.update(ConfigMap, { ...config, data: { at: "later" } });
  await client.delete(ConfigMap, { ...place, name: "gone" });
  const lost = await client.create(ConfigMap, { metadata: { ...place, name: "lost" } });
  const back = Promise.withResolvers<void>();
  const told = { updated: "", deleted: "" };
  const awaiting = new Set(["kept", "gone", "lost"]);
  const tick = (name: string) => {
    awaiting.delete(name);
    if (awaiting.size === 0) back.resolve();
  };
  const isLostSeen = Promise.withResolvers<void>();
  const unsubscribe = informer.subscribe({
    add: ({ metadata }) => metadata.name === "lost" && isLostSeen.resolve(),
  });
  await isLostSeen.promise;
  unsubscribe();
  informer.subscribe({
    add: ({ metadata }) => metadata.name === "gone" && tick("gone"),
    update(object) {
      told.updated = object.data?.["at"] ?? "";
      if (told.updated === "snapshot") tick("kept");
    },
    delete({ metadata }) {
      told.deleted = metadata.name;
      tick(metadata.name);
    },
  });

  await serving.stop();
  const start = restoreSnapshot(join(directory, "snapshot"), directory);
  serving = await serve();
  await back.promise;
  assert.deepEqual(told, { updated: "snapshot", deleted: "lost" });
  assert.deepEqual(
    informer.cache
      .list()
      .map(({ metadata }) => metadata.name)
      .toSorted(),
    ["gone", "kept"],
  );
  assert.ok(start > Number(lost.metadata.resourceVersion));
  assert.ok(Number(informer.resourceVersion) >= start, "it lists anew, as its revision is too old to go on from");
  const made = await client.create(ConfigMap, { metadata: { ...place, name: "after" } });
  assert.equal(Number(made.metadata.resourceVersion), start + 1);
  await informers.stop();
  await serving.stop();
});
