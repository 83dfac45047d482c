import assert from "node:assert/strict";
import { test } from "node:test";
import { CronJob, type CronJobDraft } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import { Event } from "#api/core/event.ts";
import { cronJobController } from "./cronjob.ts";
import { jobController } from "./job.ts";
import { eventsOf, World } from "./world_suite.ts";

const NIGHTLY = { namespace: "default", name: "nightly" };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A world whose pods take so long, with one CronJob. */
async function started(spec: Partial<CronJobDraft["spec"]> & { schedule: string }, workMs = 1_000): Promise<World> {
  const world = await World.create();
  world.kubelet = { ...world.kubelet, endsWith: () => ({ afterMs: workMs, exitCode: 0 }) };
  world.start(jobController(), cronJobController());
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  await world.client.create(CronJob, { metadata: NIGHTLY, spec: { jobTemplate: { spec: { template } }, ...spec } });
  return world;
}

const read = (world: World) => world.client.get(CronJob, NIGHTLY);
const jobs = async (world: World) => (await world.client.list(Job)).items;
const change = (world: World, spec: object) => world.client.patch(CronJob, NIGHTLY, { type: "merge", body: { spec } });

test("twenty nights: each has its Job, and only the last three are remembered", async () => {
  const world = await started({ schedule: "30 2 * * *", timeZone: "Europe/Berlin" });
  const startMs = world.clock.now();
  const seen = new Map<string, string>();
  await world.run(
    20 * DAY_MS,
    async () => {
      const all = await jobs(world);
      assert.ok(all.length <= 4, String(all.length));
      for (const { metadata } of all) {
        seen.set(metadata.name, metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "");
      }
    },
    6 * HOUR_MS,
  );
  assert.ok(Math.abs(seen.size - 20) <= 1, String(seen.size));
  for (const [name, at] of seen) {
    assert.equal(name, `nightly-${Date.parse(at) / MINUTE_MS}`);
    assert.match(at, /T02:30:00\+0[12]:00$/);
    assert.ok(Date.parse(at) > startMs);
  }
  assert.equal((await jobs(world)).length, 3);
  const { status } = await read(world);
  assert.deepEqual(status.active ?? [], []);
  assert.ok((status.lastSuccessfulTime ?? "") > (status.lastScheduleTime ?? "~"));
  await world.stop();
});

const policies = [
  { concurrencyPolicy: "Allow", running: 3 },
  { concurrencyPolicy: "Forbid", running: 1 },
  { concurrencyPolicy: "Replace", running: 1 },
] as const;
for (const { concurrencyPolicy, running } of policies) {
  test(`Jobs that outlast their time, with ${concurrencyPolicy}`, async () => {
    const world = await started({ schedule: "* * * * *", concurrencyPolicy }, DAY_MS);
    await world.run(3.5 * MINUTE_MS, () => {}, 1_000);
    const { active = [] } = (await read(world)).status;
    assert.equal(active.length, running);
    const reasons = new Set((await eventsOf(world, Event)).map((event) => event.split(":")[0]));
    assert.equal(reasons.has("JobAlreadyActive"), concurrencyPolicy === "Forbid");
    assert.equal(reasons.has("SuccessfulDelete"), concurrencyPolicy === "Replace");
    await world.stop();
  });
}

test("what was missed while nobody looked is made up for once, and too much of it is told", async () => {
  const world = await started({ schedule: "* * * * *", suspend: true });
  await world.run(3 * HOUR_MS, () => {}, MINUTE_MS);
  assert.equal((await jobs(world)).length, 0);
  await change(world, { suspend: false });
  await world.run(10_000, () => {}, 1_000);
  assert.equal((await jobs(world)).length, 1);
  const message =
    "TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
  assert.ok((await eventsOf(world, Event)).includes(message));
  await world.stop();
});

test("a new schedule counts from when it was given", async () => {
  const world = await started({ schedule: "@yearly" });
  await world.run(3 * HOUR_MS, () => {}, 10 * MINUTE_MS);
  await change(world, { schedule: "@hourly" });
  await world.run(1_000);
  assert.equal((await jobs(world)).length, 0);
  await world.run(HOUR_MS, () => {}, MINUTE_MS);
  assert.equal((await jobs(world)).length, 1);
  await world.stop();
});

test("a controller that died after creating a Job does not create it again, nor lose it", async () => {
  const world = await started({ schedule: "0 * * * *" }, DAY_MS);
  await world.run(HOUR_MS + MINUTE_MS, () => {}, 10_000);
  const [job] = await jobs(world);
  assert.ok(job);
  const cronJob = await read(world);
  await world.running.pop()?.stop();
  // As it stood before the status was written.
  await world.client.updateStatus(CronJob, { ...cronJob, status: {} });
  world.start(cronJobController());
  await world.run(10_000, () => {}, 1_000);
  const { status } = await read(world);
  assert.deepEqual(
    status.active?.map(({ uid }) => uid),
    [job.metadata.uid],
  );
  assert.equal(status.lastScheduleTime, cronJob.status.lastScheduleTime);
  assert.equal((await jobs(world)).length, 1);
  await world.stop();
});
