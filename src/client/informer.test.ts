import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Pod } from "#api/core/pod.ts";
import { FakeApi, refusal } from "./fake_api.ts";
import { InformerFactory, type Informer } from "./informer.ts";

function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const api = new FakeApi({ clock, random });
  const informers = new InformerFactory({ client: api, clock, random, log: silentLog, freeze: true });
  const create = (name: string, labels = {}) =>
    api.create(Pod, { metadata: { namespace: "default", name, labels }, spec: { containers: [] } });
  return { clock, api, informers, create };
}

/** Everything an informer tells, as `verb name`. */
function told(informer: Informer<Pod>): string[] {
  const log: string[] = [];
  informer.subscribe({
    add: (pod) => log.push(`add ${pod.metadata.name}`),
    update: (pod, previous) => log.push(`update ${pod.metadata.name} ${previous.metadata.uid === pod.metadata.uid}`),
    delete: (pod) => log.push(`delete ${pod.metadata.name}`),
  });
  return log;
}

test("an informer shows what is there, then follows every change in order", async () => {
  const { clock, api, informers, create } = setUp();
  await create("a");
  const informer = informers.informer(Pod);
  const log = told(informer);
  await informer.synced;
  await create("b");
  await api.patch(
    Pod,
    { namespace: "default", name: "a" },
    { type: "merge", body: { metadata: { labels: { x: "1" } } } },
  );
  await api.delete(Pod, { namespace: "default", name: "b" });
  await clock.settle();
  assert.deepEqual(log, ["add a", "add b", "update a true", "delete b"]);
  assert.equal(informer.cache.get({ namespace: "default", name: "a" })?.metadata.labels?.["x"], "1");
  assert.equal(informer.cache.size, 1);
  await informers.stop();
});

test("an informer is shared by all who ask for the same, and starts late comers with what is there", async () => {
  const { clock, informers, create } = setUp();
  await create("a");
  const informer = informers.informer(Pod);
  await informer.synced;
  assert.equal(informers.informer(Pod), informer);
  assert.notEqual(informers.informer(Pod, { fieldSelector: "spec.nodeName=n" }), informer);
  assert.deepEqual(told(informer), ["add a"]);
  await clock.settle();
  await informers.stop();
});

test("an informer whose history was compacted lists anew and tells what it missed", async () => {
  const { clock, api, informers, create } = setUp();
  await create("a");
  await create("b");
  const informer = informers.informer(Pod);
  await informer.synced;
  await clock.settle();
  const log = told(informer);
  let isDown = true;
  const watch = api.watch.bind(api);
  api.watch = (kind, options) => {
    if (isDown) throw refusal(500, "InternalError", "down");
    return watch(kind, options);
  };
  await informers.stop();
  const again = new InformerFactory({ client: api, clock, random: seededRandom(2), log: silentLog, freeze: true });
  const second = again.informer(Pod);
  const missed = told(second);
  await second.synced;
  await api.delete(Pod, { namespace: "default", name: "b" });
  await create("c");
  api.compact();
  isDown = false;
  await clock.advance(5_000);
  assert.deepEqual(missed, ["add a", "add b", "delete b", "add c"]);
  assert.deepEqual(log, ["add a", "add b"]);
  await again.stop();
});

test("an informer backs off while the server cannot be listed: 0.8 s doubled, and up to as much again by chance", async () => {
  const { clock, api, informers } = setUp();
  let lists = 0;
  api.list = () => {
    lists++;
    return Promise.reject(refusal(503, "ServiceUnavailable", "starting"));
  };
  const informer = informers.informer(Pod);
  await clock.advance(60_000);
  assert.ok(lists >= 6 && lists <= 8, `${lists} lists in a minute`);
  assert.equal(informer.hasSynced, false);
  await informers.stop();
});

test("an informer tells a replaced object as gone and come anew", async () => {
  const { clock, api, informers, create } = setUp();
  await create("a");
  const informer = informers.informer(Pod);
  await informer.synced;
  await clock.settle();
  const log = told(informer);
  await api.delete(Pod, { namespace: "default", name: "a" });
  await create("a");
  await clock.settle();
  assert.deepEqual(log, ["add a", "delete a", "add a"]);
  await informers.stop();
});

test("objects in a cache cannot be changed where freezing is on", async () => {
  const { informers, create } = setUp();
  await create("a");
  const informer = informers.informer(Pod);
  await informer.synced;
  const pod = informer.cache.get({ namespace: "default", name: "a" });
  assert.throws(() => {
    if (pod) pod.spec.nodeName = "n";
  }, TypeError);
  await informers.stop();
});

test("a metadata informer keeps only metadata, unless the full one is there already", async () => {
  const { informers, create } = setUp();
  await create("a");
  const light = informers.metadataInformer(Pod);
  await light.synced;
  assert.deepEqual(Object.keys(light.cache.list()[0] ?? {}), ["apiVersion", "kind", "metadata"]);
  const full = informers.informer(Pod);
  assert.equal(informers.metadataInformer(Pod), full);
  await informers.stop();
});

test("a handler that throws does not keep a change from the others", async () => {
  const { clock, informers, create } = setUp();
  const informer = informers.informer(Pod);
  informer.subscribe({
    add: () => {
      throw new Error("broken");
    },
  });
  const log = told(informer);
  await create("a");
  await clock.settle();
  assert.deepEqual(log, ["add a"]);
  await informers.stop();
});

test("a cache finds objects by owner, by namespace and by an index added later", async () => {
  const { clock, informers, api, create } = setUp();
  await create("a", { tier: "web" });
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "u1", controller: true };
  const metadata = { namespace: "other", name: "b", ownerReferences: [owner] };
  await api.create(Pod, { metadata, spec: { containers: [] } });
  const { cache, synced } = informers.informer(Pod);
  await synced;
  cache.addIndex("tier", (pod) => [pod.metadata.labels?.["tier"] ?? ""]);
  const names = (pods: readonly Pod[]) => pods.map((pod) => pod.metadata.name);
  assert.deepEqual(names(cache.ownedBy({ uid: "u1", namespace: "other" })), ["b"]);
  assert.deepEqual(names(cache.ownedBy({ uid: "u1", namespace: "default" })), []);
  assert.deepEqual(names(cache.orphans("default")), ["a"]);
  assert.deepEqual(names(cache.list("other")), ["b"]);
  assert.deepEqual(names(cache.byIndex("tier", "web")), ["a"]);
  await api.delete(Pod, { namespace: "other", name: "b" });
  await clock.settle();
  assert.deepEqual(names(cache.ownedBy({ uid: "u1", namespace: "other" })), []);
  await informers.stop();
});
