import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { Pod } from "#api/core/pod.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { ownerReference } from "#api/ownership.ts";
import { controller, watching, type Controller } from "./controller.ts";
import { FakeApi } from "./fake_api.ts";
import { InformerFactory } from "./informer.ts";
import { startController } from "./runner.ts";

const RS = { namespace: "default", name: "rs" };

async function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const client = new FakeApi({ clock, random });
  const informers = new InformerFactory({ client, clock, random, log: silentLog, freeze: true });
  const template = { spec: { containers: [] } };
  await client.create(ReplicaSet, { metadata: RS, spec: { selector: {}, template } });
  const start = (declaration: Controller) =>
    startController(declaration, { client, informers, clock, random, log: silentLog });
  return { clock, client, informers, start };
}

test("a controller reconciles what is there, what changes, and says when something is gone", async () => {
  const { clock, client, start, informers } = await setUp();
  const seen: string[] = [];
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      async reconcile({ spec }) {
        seen.push(`wants ${spec.replicas}`);
      },
      async gone({ name }) {
        seen.push(`${name} is gone`);
      },
    }),
  );
  await clock.settle();
  await client.patch(ReplicaSet, RS, { type: "merge", body: { spec: { replicas: 4 } } });
  await clock.settle();
  await client.delete(ReplicaSet, RS);
  await clock.settle();
  assert.deepEqual(seen, ["wants 1", "wants 4", "rs is gone"]);
  await informers.stop();
  await running.stop();
});

test("a controller retries a failure later and later, and forgets it after a success", async () => {
  const { clock, start, informers } = await setUp();
  const times: number[] = [];
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      async reconcile() {
        times.push(clock.monotonic());
        if (times.length < 5) throw new Error("not yet");
      },
    }),
  );
  await clock.advance(10_000);
  assert.deepEqual(times, [0, 5, 15, 35, 75]);
  assert.equal(running.metrics.failures, 4);
  await informers.stop();
  await running.stop();
});

test("a controller does not decide again before its cache shows what it wrote", async () => {
  const { clock, client, start, informers } = await setUp();
  // The cache of pods falls behind: what the watch sends is held back until it is let through.
  const gate = Promise.withResolvers<void>();
  const watch = client.watch.bind(client);
  client.watch = async function* (kind, options) {
    for await (const event of watch(kind, options)) {
      if ((kind as unknown) === Pod) await gate.promise;
      yield event;
    }
  };
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      owns: [Pod],
      async reconcile(rs, { client: noting, owned }) {
        if (owned(Pod, rs).length >= rs.spec.replicas) return;
        const metadata = {
          namespace: "default",
          generateName: "p-",
          ownerReferences: [ownerReference(ReplicaSet, rs)],
        };
        await noting.create(Pod, { metadata, spec: { containers: [] } });
      },
    }),
  );
  await clock.settle();
  for (let change = 0; change < 5; change++) {
    await client.patch(ReplicaSet, RS, { type: "merge", body: { metadata: { labels: { change: String(change) } } } });
    await clock.advance(1_000);
  }
  assert.equal((await client.list(Pod)).items.length, 1);
  assert.equal(running.metrics.reconciles, 1);
  assert.ok(running.metrics.deferrals > 0);
  gate.resolve();
  await clock.settle();
  assert.equal(running.metrics.reconciles, 2);
  assert.equal((await client.list(Pod)).items.length, 1);
  await informers.stop();
  await running.stop();
});

test("a controller looks again after the time it asked for", async () => {
  const { clock, start, informers } = await setUp();
  const times: number[] = [];
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      async reconcile() {
        times.push(clock.monotonic());
        return { requeueAfterMs: times.length < 3 ? 1_000 : undefined };
      },
    }),
  );
  await clock.advance(10_000);
  assert.deepEqual(times, [0, 1_000, 2_000]);
  await informers.stop();
  await running.stop();
});

test("a controller with a pace takes changes together that come in between", async () => {
  const { clock, client, start, informers } = await setUp();
  const seen: string[] = [];
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      paceMs: () => 100,
      async reconcile({ spec }) {
        seen.push(`${clock.monotonic()} ms: ${spec.replicas}`);
      },
    }),
  );
  await clock.advance(10);
  for (let replicas = 2; replicas <= 9; replicas++) {
    await client.patch(ReplicaSet, RS, { type: "merge", body: { spec: { replicas } } });
    await clock.advance(10);
  }
  await clock.advance(1_000);
  assert.deepEqual(seen, ["0 ms: 1", "100 ms: 9"]);
  await informers.stop();
  await running.stop();
});

test("a controller is brought by what it owns, by a former owner's loss, and by what it watches", async () => {
  const { clock, client, start, informers } = await setUp();
  let count = 0;
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      owns: [Pod],
      watches: [
        watching(ConfigMap, ({ data }) => (data?.["for"] ? [{ namespace: "default", name: data["for"] }] : [])),
      ],
      async reconcile() {
        count++;
      },
    }),
  );
  await clock.settle();
  assert.equal(count, 1);
  const rs = await client.get(ReplicaSet, RS);
  const ref = { namespace: "default", name: "p" };
  await client.create(Pod, {
    metadata: { ...ref, ownerReferences: [ownerReference(ReplicaSet, rs)] },
    spec: { containers: [] },
  });
  await clock.settle();
  assert.equal(count, 2);
  await client.patch(Pod, ref, { type: "merge", body: { metadata: { ownerReferences: null } } });
  await clock.settle();
  assert.equal(count, 3);
  await client.patch(Pod, ref, { type: "merge", body: { metadata: { labels: { a: "b" } } } });
  await clock.settle();
  assert.equal(count, 3);
  await client.create(ConfigMap, { metadata: { namespace: "default", name: "c" }, data: { for: "rs" } });
  await clock.settle();
  assert.equal(count, 4);
  await informers.stop();
  await running.stop();
});

test("a controller that is stopped finishes what it has in hand and begins nothing more", async () => {
  const { clock, client, start, informers } = await setUp();
  const gate = Promise.withResolvers<void>();
  let finished = 0;
  const running = start(
    controller({
      name: "test",
      for: ReplicaSet,
      async reconcile() {
        await gate.promise;
        finished++;
      },
    }),
  );
  await clock.settle();
  const stopped = running.stop();
  await client.patch(ReplicaSet, RS, { type: "merge", body: { spec: { replicas: 4 } } });
  gate.resolve();
  await stopped;
  await clock.advance(1_000);
  assert.equal(finished, 1);
  await informers.stop();
});
