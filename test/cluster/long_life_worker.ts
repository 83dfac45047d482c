import assert from "node:assert/strict";
import { isMainThread, workerData } from "node:worker_threads";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import { Lease } from "#api/coordination/lease.ts";
import { Event } from "#api/core/event.ts";
import { Node } from "#api/core/node.ts";
import { cronJobController } from "#controllers/cronjob.ts";
import { jobController } from "#controllers/job.ts";
import { nodeLifecycleController } from "#controllers/node_lifecycle.ts";
import { eventsOf, World } from "#controllers/world_suite.ts";
import { Fleet } from "#simulation/fleet.ts";

/** Lives to be led in a thread, each of which fails by what it throws. */
const LIVES = { yearOfACronJob, monthOfANode };
export type LongLife = keyof typeof LIVES;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

async function yearOfACronJob(): Promise<void> {
  const world = await World.create();
  world.kubelet = { ...world.kubelet, endsWith: () => ({ afterMs: 10 * MINUTE_MS, exitCode: 0 }) };
  world.start(jobController(), cronJobController());
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  await world.client.create(CronJob, {
    metadata: { namespace: "default", name: "nightly" },
    spec: { schedule: "30 2 * * *", jobTemplate: { spec: { template } } },
  });
  const nights = new Set<string>();
  const look = async () => {
    const { items } = await world.client.list(Job);
    assert.ok(items.length <= 3);
    for (const { metadata, status } of items) {
      assert.equal(status.succeeded, 1);
      nights.add(metadata.name);
    }
  };
  await world.run(365 * DAY_MS, look, DAY_MS);
  assert.equal(nights.size, 365);
  await world.stop();
}

async function monthOfANode(): Promise<void> {
  const world = await World.create();
  const { client, clock, informers, random, log } = world;
  world.start(nodeLifecycleController(clock));
  // A lease lasts 40 s.
  const fleet = new Fleet({ count: 1, clientFor: () => client, informers, clock, random, log, heartbeatMs: 30_000 });
  await fleet.start();
  const ref = { name: "simulated-1" };
  const readiness = async () => {
    const { status } = await client.get(Node, ref);
    return status.conditions?.find(({ type }) => type === "Ready");
  };
  const since = (await readiness())?.lastTransitionTime;
  await clock.advance(30 * DAY_MS);
  const lease = await client.get(Lease, { namespace: "kube-node-lease", ...ref });
  assert.ok(clock.now() - Date.parse(lease.spec.renewTime ?? "") <= 30_000);
  assert.deepEqual(await readiness().then((ready) => [ready?.status, ready?.lastTransitionTime]), ["True", since]);
  assert.deepEqual(await eventsOf(world, Event), []);
  fleet.stop();
  await clock.advance(MINUTE_MS);
  assert.equal((await readiness())?.status, "Unknown");
  await world.stop();
}

if (!isMainThread) await LIVES[workerData as LongLife]();
