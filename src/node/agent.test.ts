import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "#api/core/pod.ts";
import { drainFor, exitAfter } from "./fake_image.ts";
import { ImagePullError } from "./runtime_errors.ts";
import { NodeUnderTest } from "./node_suite.ts";

async function node(...args: ConstructorParameters<typeof NodeUnderTest>): Promise<NodeUnderTest> {
  const made = new NodeUnderTest(...args);
  await made.start();
  return made;
}

function conditions(pod: Pod): Record<string, string> {
  return Object.fromEntries((pod.status.conditions ?? []).map(({ type, status }) => [type, status]));
}

test("a pod runs, without the clock moving, and its status says so", async () => {
  const n = await node();
  await n.createPod("web");
  const { status } = await n.pod("web");
  assert.equal(status.phase, "Running");
  assert.equal(status.podIP, "10.244.0.2");
  assert.equal(status.hostIP, "10.0.0.1");
  assert.equal(status.startTime, "2026-01-01T00:00:00Z");
  assert.equal(status.qosClass, "BestEffort");
  const [main] = status.containerStatuses ?? [];
  assert.deepEqual(main?.state, { running: { startedAt: "2026-01-01T00:00:00Z" } });
  assert.equal(main?.ready, true);
  assert.match(main?.containerID ?? "", /^containerd:\/\/c0/);
  assert.deepEqual(conditions(await n.pod("web")), {
    PodReadyToStartContainers: "True",
    Initialized: "True",
    Ready: "True",
    ContainersReady: "True",
    PodScheduled: "True",
  });
  assert.deepEqual(await n.events(), [
    'Pulling Pulling image "app:1"',
    'Pulled Successfully pulled image "app:1" in 0s (0s including waiting). Image size: 1000000 bytes.',
    "Created Container created",
    "Started Container started",
  ]);
});

test("a pod that goes on as it is costs no writes", async () => {
  const n = await node();
  await n.createPod("web");
  await n.clock.advance(1_000);
  const { resourceVersion } = (await n.pod("web")).metadata;
  await n.clock.advance(600_000);
  assert.equal((await n.pod("web")).metadata.resourceVersion, resourceVersion);
});

test("a deleted pod is told to stop, waited for, and only then gone", async () => {
  const n = await node({ anyImage: { program: drainFor(5_000) } });
  await n.createPod("web");
  await n.deletePod("web");
  await n.clock.advance(4_000);
  const { status } = await n.pod("web");
  assert.equal(status.phase, "Running");
  await n.clock.advance(1_500);
  assert.equal(await n.exists("web"), false);
  assert.deepEqual(await n.runtime.listSandboxes(), []);
  assert.equal(await n.files.exists("/data/pod-data"), true);
  assert.deepEqual(await n.files.readDirectory("/data/pod-data"), []);
});

test("a crashing container is restarted at once, then after 10 s, 20 s, 40 s", async () => {
  const n = await node({ anyImage: { program: exitAfter(1_000, 3) } });
  const startedMs = n.clock.now();
  const { metadata } = await n.createPod("web");
  const starts: number[] = [];
  n.runtime.subscribe((event) => event.kind === "started" && starts.push((n.clock.now() - startedMs) / 1000));
  await n.clock.advance(2_500);
  const { status } = await n.pod("web");
  const [main] = status.containerStatuses ?? [];
  assert.equal(main?.restartCount, 1);
  assert.deepEqual(main?.state.waiting, {
    reason: "CrashLoopBackOff",
    message: `back-off 10s restarting failed container=main pod=web_default(${metadata.uid})`,
  });
  assert.equal(main?.lastState.terminated?.exitCode, 3);
  assert.equal(status.phase, "Running");
  await n.clock.advance(90_000);
  assert.deepEqual(starts, [1, 12, 33, 74]);
  const events = await n.events();
  const title = `web_default(${metadata.uid})`;
  assert.ok(events.includes(`BackOff Back-off restarting failed container main in pod ${title}`));
});

test("a pod that ends well has succeeded and stays, its sandbox stopped", async () => {
  const n = await node({ anyImage: { program: exitAfter(1_000, 0) } });
  await n.createPod("job", { restartPolicy: "Never" });
  await n.clock.advance(2_000);
  const pod = await n.pod("job");
  assert.equal(pod.status.phase, "Succeeded");
  assert.equal(pod.status.podIP, "10.244.0.2");
  assert.equal(pod.status.conditions?.find(({ type }) => type === "Ready")?.reason, "PodCompleted");
  assert.equal((await n.runtime.listSandboxes())[0]?.state, "NOTREADY");
  await n.clock.advance(600_000);
  assert.equal((await n.pod("job")).status.phase, "Succeeded");
  await n.deletePod("job");
  assert.equal(await n.exists("job"), false);
  assert.deepEqual(await n.runtime.listSandboxes(), []);
});

test("an image that cannot be had is tried again, ever later", async () => {
  const pullError = new ImagePullError("notFound", "app:9: not found");
  const n = await node({ images: { "app:9": { pullError } }, absent: ["app:9"] });
  await n.createPod("web", { containers: [{ name: "main", image: "app:9" }] });
  const waiting = async () => (await n.pod("web")).status.containerStatuses?.[0]?.state.waiting;
  assert.deepEqual(await waiting(), { reason: "ErrImagePull", message: "app:9: not found" });
  await n.clock.advance(2_000);
  assert.deepEqual(await waiting(), {
    reason: "ImagePullBackOff",
    message: 'Back-off pulling image "app:9": ErrImagePull: app:9: not found',
  });
  assert.equal((await n.pod("web")).status.phase, "Pending");
  const pulls = () => n.runtime.calls.filter((call) => call.startsWith("pullImage")).length;
  assert.equal(pulls(), 1);
  await n.clock.advance(10_000);
  assert.equal(pulls(), 2);
  await n.clock.advance(15_000);
  assert.equal(pulls(), 2);
  await n.clock.advance(10_000);
  assert.equal(pulls(), 3);
});

test("containers outlive the agent, and what ended meanwhile is seen", async () => {
  const n = await node();
  const web = await n.createPod("web");
  const other = await n.createPod("other");
  const gone = await n.createPod("gone");
  const before = (await n.pod("web")).status.containerStatuses?.[0]?.containerID;
  await n.restartAgent(async () => {
    n.runtime.container(other.metadata.uid, "main")?.exit(1);
    await n.api.delete(Pod, { namespace: "default", name: gone.metadata.name }, { gracePeriodSeconds: 0 });
  });
  await n.clock.settle();
  assert.equal((await n.pod("web")).status.containerStatuses?.[0]?.containerID, before);
  assert.equal(n.runtime.container(web.metadata.uid, "main")?.attempt, 0);
  const [restarted] = (await n.pod("other")).status.containerStatuses ?? [];
  assert.equal(restarted?.restartCount, 1);
  assert.equal(restarted?.lastState.terminated?.exitCode, 1);
  await n.clock.advance(5_000);
  assert.equal((await n.runtime.listSandboxes()).length, 2);
});

test("a lost machine's pods are started again in new sandboxes", async () => {
  const n = await node();
  await n.createPod("web");
  n.runtime.crashMachine();
  await n.clock.advance(1_000);
  const [main] = (await n.pod("web")).status.containerStatuses ?? [];
  assert.equal(main?.restartCount, 1);
  assert.equal(main?.ready, true);
  assert.equal(main?.lastState.terminated?.reason, "Unknown");
});

test("init containers run one after the other before the others, a sidecar beside them", async () => {
  const n = await node({
    images: { "init:1": { program: exitAfter(1_000, 0) }, "side:1": {}, "app:1": { program: exitAfter(5_000, 0) } },
  });
  await n.createPod("web", {
    restartPolicy: "Never",
    initContainers: [
      { name: "first", image: "init:1" },
      { name: "side", image: "side:1", restartPolicy: "Always" },
      { name: "second", image: "init:1" },
    ],
  });
  const order = () => n.runtime.calls.filter((call) => call.startsWith("start")).map((call) => call.split(" ")[1]);
  assert.deepEqual(order(), ["first"]);
  const waiting = (await n.pod("web")).status;
  assert.equal(waiting.phase, "Pending");
  assert.deepEqual(waiting.containerStatuses?.[0]?.state.waiting, { reason: "PodInitializing" });
  await n.clock.advance(1_000);
  assert.deepEqual(order(), ["first", "side", "second"]);
  await n.clock.advance(1_000);
  assert.deepEqual(order(), ["first", "side", "second", "main"]);
  assert.equal((await n.pod("web")).status.phase, "Running");
  await n.clock.advance(6_000);
  assert.equal((await n.pod("web")).status.phase, "Succeeded");
  assert.ok(n.runtime.calls.some((call) => call.startsWith("stopContainer side")));
});

test("a failing liveness probe restarts the container, a failing readiness probe makes it unready", async () => {
  const n = await node();
  let live = 200;
  let ready: number | undefined;
  n.answer = (address) => (address.endsWith("/live") ? live : ready);
  const probe = (path: string) => ({ httpGet: { path, port: 80 }, periodSeconds: 1 });
  const main = { name: "main", image: "app:1", livenessProbe: probe("/live"), readinessProbe: probe("/ready") };
  await n.createPod("web", { containers: [main] });
  await n.clock.advance(2_000);
  const isReady = async () => conditions(await n.pod("web"))["Ready"];
  assert.equal(await isReady(), "False");
  ready = 200;
  await n.clock.advance(1_000);
  assert.equal(await isReady(), "True");
  ready = 500;
  await n.clock.advance(3_000);
  assert.equal(await isReady(), "False");
  const events = await n.events();
  assert.ok(events.includes("Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 500"));
  live = 503;
  await n.clock.advance(3_500);
  assert.ok((await n.events()).includes("Killing Container main failed liveness probe, will be restarted"));
  assert.equal((await n.pod("web")).status.containerStatuses?.[0]?.restartCount, 1);
});

test("a missing ConfigMap holds the container back until it is there", async () => {
  const n = await node();
  const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }];
  const { metadata } = await n.createPod("web", { containers: [{ name: "main", image: "app:1", env }] });
  const [main] = (await n.pod("web")).status.containerStatuses ?? [];
  assert.deepEqual(main?.state.waiting, {
    reason: "CreateContainerConfigError",
    message: 'configmap "settings" not found',
  });
  await n.putConfigMap("settings", { a: "1" });
  await n.clock.advance(10_000);
  assert.equal(n.runtime.container(metadata.uid, "main")?.env["A"], "1");
});

test("before a deleted pod is told to stop its traffic is drained, for 2 s at most", async () => {
  const drains: string[] = [];
  const n = await node({}, { drained: (pod) => new Promise(() => drains.push(pod.metadata.name)) });
  await n.createPod("web");
  await n.deletePod("web");
  await n.clock.advance(1_900);
  assert.deepEqual(drains, ["web"]);
  assert.ok(!n.runtime.calls.some((call) => call.startsWith("stopContainer")));
  await n.clock.advance(200);
  assert.equal(await n.exists("web"), false);
});

test("a pod that does not fit is failed with the reason", async () => {
  const n = await node();
  const resources = { requests: { cpu: "3" } };
  await n.createPod("big", { containers: [{ name: "main", image: "app:1", resources }] });
  const { status } = await n.pod("big");
  assert.deepEqual([status.phase, status.reason], ["Failed", "Outofcpu"]);
  assert.match(status.message ?? "", /requested: 3000, used: 0, capacity: 2000/);
  assert.deepEqual(await n.runtime.listSandboxes(), []);
});

test("a pod out of time is failed", async () => {
  const n = await node();
  await n.createPod("web", { activeDeadlineSeconds: 60 });
  await n.clock.advance(59_000);
  assert.equal((await n.pod("web")).status.phase, "Running");
  await n.clock.advance(2_000);
  const { status } = await n.pod("web");
  assert.deepEqual([status.phase, status.reason], ["Failed", "DeadlineExceeded"]);
});
