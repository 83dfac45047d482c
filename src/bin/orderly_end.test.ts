import assert from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { createApiServer } from "#apiserver/server.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { httpsTransport } from "#sys/http/client.ts";
import { listen } from "#sys/http/listener.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { endServing } from "./orderly_end.ts";
import { openPki } from "./pki.ts";

test("an end is announced, requests in hand finish, watches end after a bookmark, then nobody is served", async () => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow = {
    name: "Slow",
    validate({ name }: { readonly name: string }) {
      if (name !== "slow") return undefined;
      arrived.resolve();
      return release.promise;
    },
  };
  const clock = new VirtualClock();
  const server = createApiServer({
    store: new MemoryStore(),
    registry: new KindRegistry(KINDS),
    clock,
    random: seededRandom(1),
    log: silentLog,
    options: { admission: [slow] },
  });
  const pki = await openPki(memoryFiles(), "/", { addresses: [], now: realClock.now() });
  const tls = { key: pki.server.key, cert: pki.server.cert, clientCa: pki.ca.cert };
  const listener = await listen({ port: 0, host: "127.0.0.1", tls, handler: server.handle });
  const { cert, key } = pki.admin;
  const connect = () => httpsTransport({ server: `https://127.0.0.1:${listener.port}`, ca: pki.ca.cert, cert, key });
  const client = connect();
  const send = async (method: string, target: string, body?: object) => {
    const bytes = body && { body: new TextEncoder().encode(JSON.stringify(body)) };
    const response = await client.send({ method, target, headers: { "content-type": "application/json" }, ...bytes });
    return { status: response.status, text: new TextDecoder().decode(await response.bytes()) };
  };
  const maps = "/api/v1/namespaces/default/configmaps";
  assert.equal((await send("POST", "/api/v1/namespaces", { metadata: { name: "default" } })).status, 201);
  const inHand = send("POST", maps, { metadata: { name: "slow" } });
  await arrived.promise;
  const watch = await client.send({ method: "GET", target: `${maps}?watch=true&allowWatchBookmarks=true` });
  const watched = watch.bytes();

  const ended = endServing(server, [listener], clock);
  const ready = await send("GET", "/readyz");
  assert.deepEqual([ready.status, ready.text.includes("[-]shutdown failed: reason withheld\n")], [500, true]);
  assert.equal((await send("POST", maps, { metadata: { name: "late" } })).status, 201, "who comes now is still served");
  await clock.advance(1_000);
  const events = new TextDecoder()
    .decode(await watched)
    .trim()
    .split("\n");
  assert.match(events.at(-1) ?? "", /"type":"BOOKMARK"/);
  release.resolve();
  assert.equal((await inHand).status, 201);
  await ended;
  const afterwards = connect();
  await assert.rejects(afterwards.send({ method: "GET", target: "/readyz" }));
  afterwards.close();
  client.close();
  server.close();
});
