import assert from "node:assert/strict";
import { test } from "node:test";
import { Job, type JobDraft } from "#api/batch/job.ts";
import { Event } from "#api/core/event.ts";
import { Pod } from "#api/core/pod.ts";
import { logTo } from "#base/log.ts";
import { isApiError, type Client } from "#client/client.ts";
import { startController } from "#client/runner.ts";
import { jobController } from "./job.ts";
import { jobOrphanController } from "./job_orphans.ts";
import { isTracked, trueCondition } from "./job_state.ts";
import { jobTtlController } from "./job_ttl.ts";
import { PodCollector } from "./pod_collector.ts";
import { eventsOf, World } from "./world_suite.ts";

const JOB = { namespace: "default", name: "sum" };
const SECOND_MS = 1000;

function draft(spec: Partial<NonNullable<JobDraft["spec"]>>): JobDraft {
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  return { metadata: JOB, spec: { template, ...spec } };
}

/** Starts a Job whose pods take a second and exit as told. */
async function started(spec: Partial<NonNullable<JobDraft["spec"]>>, exitCode: (pod: Pod) => number | undefined) {
  const world = await World.create();
  const endsWith = (pod: Pod) => {
    const code = exitCode(pod);
    return code === undefined ? undefined : { afterMs: 1_000, exitCode: code };
  };
  world.kubelet = { ...world.kubelet, endsWith };
  world.start(jobController(), jobOrphanController, jobTtlController);
  await world.client.create(Job, draft(spec));
  return world;
}

const read = (world: World) => world.client.get(Job, JOB);
const change = (world: World, spec: object) => world.client.patch(Job, JOB, { type: "merge", body: { spec } });
const indexOf = (pod: Pod) => Number(pod.metadata.labels?.["batch.kubernetes.io/job-completion-index"]);
const conditionsOf = ({ status }: Job) =>
  (status.conditions ?? []).map(({ type, status: value, reason, message }) => [type, value, reason, message].join("|"));

test("a Job runs as many pods at once as it may until enough have succeeded", async () => {
  const world = await started({ completions: 5, parallelism: 2 }, () => 0);
  await world.run(30 * SECOND_MS, async () => {
    const running = (await world.pods()).filter(({ status }) => status.phase !== "Succeeded");
    assert.ok(running.length <= 2);
  });
  const job = await read(world);
  const { startTime, completionTime, conditions: _conditions, ...counts } = job.status;
  assert.deepEqual(counts, { succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  assert.ok(startTime !== undefined && completionTime !== undefined && startTime < completionTime);
  const message = "CompletionsReached|Reached expected number of succeeded pods";
  assert.deepEqual(conditionsOf(job), [`SuccessCriteriaMet|True|${message}`, `Complete|True|${message}`]);
  assert.equal((await world.pods()).filter(isTracked).length, 0);
  const events = await eventsOf(world, Event);
  assert.equal(events.filter((event) => event.startsWith("SuccessfulCreate: Created pod: sum-")).length, 5);
  assert.equal(events.filter((event) => event === "Completed: Job completed").length, 1);
  await world.stop();
});

test("a Job that fails waits 10, 20 … seconds between its pods and gives up at its limit", async () => {
  const world = await started({ backoffLimit: 2 }, () => 1);
  const births = new Map<string, number>();
  await world.run(90 * SECOND_MS, async () => {
    for (const pod of await world.pods()) {
      if (!births.has(pod.metadata.uid)) births.set(pod.metadata.uid, world.clock.monotonic());
    }
  });
  const [first = 0, second = 0, third = 0] = births.values();
  assert.equal(births.size, 3);
  assert.ok(Math.abs(second - first - 12_000) <= 1_100, String(second - first));
  assert.ok(Math.abs(third - second - 22_000) <= 1_100, String(third - second));
  const job = await read(world);
  const message = "BackoffLimitExceeded|Job has reached the specified backoff limit";
  assert.deepEqual(conditionsOf(job), [`FailureTarget|True|${message}`, `Failed|True|${message}`]);
  assert.equal(job.status.failed, 3);
  const events = await eventsOf(world, Event);
  assert.ok(events.includes("BackoffLimitExceeded: Job has reached the specified backoff limit"));
  await world.stop();
});

test("an Indexed Job gives each number its name, and says which are done", async () => {
  const spec = { completions: 4, parallelism: 4, completionMode: "Indexed" };
  const world = await started(spec, (pod) => (indexOf(pod) === 1 ? undefined : 0));
  await world.run(10 * SECOND_MS);
  const pods = (await world.pods()).toSorted((a, b) => indexOf(a) - indexOf(b));
  assert.deepEqual(
    pods.map(({ spec: { hostname } }) => hostname),
    ["sum-0", "sum-1", "sum-2", "sum-3"],
  );
  assert.match(pods[2]?.metadata.name ?? "", /^sum-2-[a-z0-9]{5}$/);
  assert.deepEqual(pods[2]?.spec.containers[0]?.env, [
    {
      name: "JOB_COMPLETION_INDEX",
      valueFrom: {
        fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
      },
    },
  ]);
  const { status } = await read(world);
  assert.deepEqual([status.completedIndexes, status.succeeded, status.active], ["0,2,3", 3, 1]);
  await world.stop();
});

test("an index that fails too often fails the Job only after all others are through", async () => {
  const spec = { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 };
  const world = await started(spec, (pod) => (indexOf(pod) === 1 ? 1 : 0));
  await world.run(60 * SECOND_MS);
  const job = await read(world);
  assert.deepEqual([job.status.completedIndexes, job.status.failedIndexes, job.status.failed], ["0,2", "1", 2]);
  assert.equal(conditionsOf(job).at(-1), "Failed|True|FailedIndexes|Job has failed indexes");
  const counts = (await world.pods()).flatMap((pod) =>
    indexOf(pod) === 1 ? [pod.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]] : [],
  );
  assert.deepEqual(counts.toSorted(), ["0", "1"]);
  await world.stop();
});

test("a policy tells failures apart: one ends the Job at once, one does not count", async () => {
  const podFailurePolicy = {
    rules: [
      { action: "FailJob", onExitCodes: { operator: "In", values: [42] } },
      { action: "Ignore", onExitCodes: { operator: "In", values: [7] } },
    ],
  };
  let runs = 0;
  const world = await started({ podFailurePolicy, backoffLimit: 0 }, () => (runs++ === 0 ? 7 : 42));
  await world.run(60 * SECOND_MS);
  const job = await read(world);
  const reason =
    /^Failed\|True\|PodFailurePolicy\|Container c for pod default\/sum-\w+ failed with exit code 42 matching FailJob rule at index 0$/;
  assert.match(conditionsOf(job).at(-1) ?? "", reason);
  assert.equal(job.status.failed, 1);
  await world.stop();
});

test("a success policy ends a Job when the named indexes are done and stops the rest", async () => {
  const successPolicy = { rules: [{ succeededIndexes: "0" }] };
  const spec = { completions: 3, parallelism: 3, completionMode: "Indexed", successPolicy };
  const world = await started(spec, (pod) => (indexOf(pod) === 0 ? 0 : undefined));
  await world.run(20 * SECOND_MS);
  const job = await read(world);
  assert.equal(conditionsOf(job).at(-1), "Complete|True|SuccessPolicy|Matched rules at index 0");
  const { succeeded, failed } = job.status;
  assert.deepEqual([succeeded, failed, (await world.pods()).length], [1, undefined, 1]);
  await world.stop();
});

test("a Job is suspended and goes on, and its deadline counts from then", async () => {
  const world = await started({ suspend: true, activeDeadlineSeconds: 20 }, () => undefined);
  await world.run(30 * SECOND_MS);
  assert.equal((await world.pods()).length, 0);
  assert.deepEqual(conditionsOf(await read(world)), ["Suspended|True|JobSuspended|Job suspended"]);
  assert.equal((await read(world)).status.startTime, undefined);
  await change(world, { suspend: false });
  await world.run(5 * SECOND_MS);
  assert.deepEqual(conditionsOf(await read(world)), ["Suspended|False|JobResumed|Job resumed"]);
  assert.equal((await read(world)).status.active, 1);
  await world.run(30 * SECOND_MS);
  const message = "Failed|True|DeadlineExceeded|Job was active longer than specified deadline";
  assert.equal(conditionsOf(await read(world)).at(-1), message);
  assert.equal((await world.pods()).length, 0);
  await world.stop();
});

test("pods taken away from a Job that goes on are no failures of it, and nothing waits for them", async () => {
  const world = await started({ parallelism: 3, backoffLimit: 1 }, () => undefined);
  await world.run(5 * SECOND_MS);
  await change(world, { parallelism: 1 });
  await world.run(5 * SECOND_MS);
  assert.deepEqual([(await world.pods()).length, (await read(world)).status.failed], [1, undefined]);
  for (let times = 0; times < 3; times++) {
    await change(world, { suspend: true });
    await world.run(5 * SECOND_MS);
    assert.equal((await world.pods()).length, 0);
    await change(world, { suspend: false });
    await world.run(3 * SECOND_MS);
  }
  const { status } = await read(world);
  assert.deepEqual([status.active, status.failed], [1, undefined]);
  await world.stop();
});

test("a finished Job is deleted after its time, and its pods can go", async () => {
  const world = await started({ ttlSecondsAfterFinished: 10 }, () => 0);
  await world.run(8 * SECOND_MS);
  assert.ok(trueCondition((await read(world)).status, "Complete"));
  await world.run(10 * SECOND_MS);
  const job = await read(world).catch((error: unknown) => {
    if (isApiError(error, "NotFound")) return undefined;
    throw error;
  });
  // No collector runs here: a foreground deletion waits for it.
  assert.ok(job === undefined || job.metadata.deletionTimestamp !== undefined);
  await world.stop();
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`every end is counted once, however often the controller dies (seed ${seed})`, async () => {
    const world = await started({ completions: 8, parallelism: 3, backoffLimit: 100 }, () => 0);
    let fails = 0;
    const codes = new Map<string, number>();
    const exitCode = ({ metadata: { uid } }: Pod) => {
      const code = codes.get(uid) ?? (fails < 4 && world.random.below(3) === 0 ? 1 : 0);
      if (!codes.has(uid)) fails += code;
      codes.set(uid, code);
      return { afterMs: world.random.below(3_000), exitCode: code };
    };
    world.kubelet = { ...world.kubelet, endsWith: exitCode };
    for (let i = 0; i < seed; i++) world.random.below(10);
    for (let at = 0; at < 60; at++) {
      await world.run(world.random.below(3_000));
      await world.running.shift()?.stop();
      world.start(jobController());
      const last = world.running.pop();
      if (last) world.running.unshift(last);
    }
    await world.run(60 * SECOND_MS);
    const { status } = await read(world);
    assert.deepEqual(
      [status.succeeded, status.failed ?? 0],
      [8, [...codes.values()].filter((code) => code !== 0).length],
    );
    assert.ok(trueCondition(status, "Complete"));
    await world.stop();
  });
}

test("a pod that never found a node is counted as failed when it is told to go", async () => {
  const world = await started({ podReplacementPolicy: "Failed" }, () => 0);
  world.kubelet = { ...world.kubelet, nodeFor: () => undefined };
  const { client, clock, random, informers, log } = world;
  const collector = new PodCollector({ client, clock, random, informers, log });
  collector.start();
  await world.run(SECOND_MS);
  const [pod] = await world.pods();
  assert.ok(pod);
  await client.delete(Pod, pod.metadata);
  await world.run(2 * SECOND_MS);
  assert.deepEqual([(await read(world)).status.terminating, (await world.pods()).length], [1, 1]);
  await world.run(60 * SECOND_MS);
  const { status } = await read(world);
  const left = (await world.pods()).map(({ metadata }) => metadata.uid);
  assert.deepEqual([status.terminating, status.failed, left.includes(pod.metadata.uid)], [0, 1, false]);
  collector.stop();
  await world.stop();
});

const WRITES = new Set<string | symbol>(["create", "updateStatus", "patch", "delete"]);

/** A client whose every third write or so is not made, or is made and not answered. */
function flaky(client: Client, world: World): Client {
  const lose = (when: string) => {
    if (world.random.below(6) === 0) throw new Error(`the connection was lost ${when} the write`);
  };
  return new Proxy(client, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function" || !WRITES.has(name)) return method;
      return async (...parameters: unknown[]) => {
        lose("before");
        const answer: unknown = await Reflect.apply(method, target, parameters);
        lose("after");
        return answer;
      };
    },
  });
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`every end is counted once, whichever writes are lost (seed ${seed})`, async () => {
    const world = await World.create(seed);
    const ends = new Map<string, number>();
    let failures = 0;
    const endsWith = ({ metadata: { uid } }: Pod) => {
      const exitCode = failures < 3 && world.random.below(3) === 0 ? 1 : 0;
      failures += exitCode;
      ends.set(uid, exitCode);
      return { afterMs: world.random.below(2_000), exitCode };
    };
    world.kubelet = { ...world.kubelet, endsWith };
    const { clock, random, informers } = world;
    const log = logTo(() => {});
    const client = flaky(world.client, world);
    const running = startController(jobController(), { client, clock, random, informers, log });
    await world.client.create(Job, draft({ completions: 6, parallelism: 3, backoffLimit: 100 }));
    await world.run(600 * SECOND_MS);
    const { status } = await read(world);
    const exits = [...ends.values()];
    assert.ok(trueCondition(status, "Complete"));
    assert.equal(status.succeeded, exits.filter((code) => code === 0).length);
    assert.equal(status.failed ?? 0, exits.filter((code) => code === 1).length);
    assert.deepEqual(status.uncountedTerminatedPods, {});
    await running.stop();
    await world.stop();
  });
}
