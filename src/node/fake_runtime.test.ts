import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "#base/virtual_clock.ts";
import { drainFor, exitAfter, type FakeImage } from "./fake_image.ts";
import { FakeRuntime } from "./fake_runtime.ts";
import type { ContainerConfig, SandboxConfig } from "./runtime_config.ts";
import { ExecTimeout, ImagePullError, NotFound, RuntimeUnavailable, StartError } from "./runtime_errors.ts";

const pod: SandboxConfig = {
  name: "web",
  uid: "u1",
  namespace: "default",
  attempt: 0,
  hostname: "web",
  logDirectory: "/logs/u1",
  dns: { servers: [], searches: [], options: [] },
  labels: { app: "web" },
  annotations: {},
  cgroupParent: "/knarr/u1",
  namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
};

const container: ContainerConfig = {
  name: "main",
  attempt: 0,
  image: "app:1",
  command: ["serve"],
  args: ["--now"],
  workingDir: "",
  envs: [],
  mounts: [],
  labels: {},
  annotations: {},
  logPath: "main/0.log",
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {},
  namespaces: pod.namespaces,
};

async function started(image: FakeImage) {
  const clock = new VirtualClock();
  const runtime = new FakeRuntime({ clock, images: { "app:1": image } });
  const sandboxId = await runtime.runSandbox(pod);
  const id = await runtime.createContainer(sandboxId, container, pod);
  const events: string[] = [];
  runtime.subscribe((event) => events.push(event.kind));
  await runtime.startContainer(id);
  return { clock, runtime, sandboxId, id, events };
}

test("a program runs on the clock and its end is an event", async () => {
  const { clock, runtime, id, events } = await started({ program: exitAfter(5_000, 3) });
  await clock.advance(4_999);
  assert.equal((await runtime.containerStatus(id)).state, "RUNNING");
  await clock.advance(1);
  const status = await runtime.containerStatus(id);
  assert.deepEqual([status.state, status.exitCode, status.reason], ["EXITED", 3, "Error"]);
  assert.equal((status.finishedAtMs ?? 0) - (status.startedAtMs ?? 0), 5_000);
  assert.deepEqual(events, ["started", "exited"]);
});

test("a program that drains is waited for, up to the grace period", async () => {
  for (const [drainMs, exitCode] of [
    [2_000, 0],
    [60_000, 137],
  ] as const) {
    const { clock, runtime, id } = await started({ program: drainFor(drainMs) });
    const stopped = runtime.stopContainer(id, 30);
    await clock.advance(30_000);
    await stopped;
    assert.equal((await runtime.containerStatus(id)).exitCode, exitCode);
  }
});

test("printed lines are logged as the real runtime logs them", async () => {
  const { runtime } = await started({ program: (process) => process.print(process.command.join(" ")) });
  assert.equal(runtime.logs.get("/logs/u1/main/0.log"), "2026-01-01T00:00:00.000000000Z stdout F serve --now\n");
});

test("commands give their result, time out, or are not found", async () => {
  const { clock, runtime, id } = await started({
    exec: ([name]) =>
      name === "slow" ? { exitCode: 0, durationMs: 3_000 } : name === "false" ? { exitCode: 1 } : "missing",
  });
  assert.equal((await runtime.execSync(id, ["false"], 1_000)).exitCode, 1);
  await assert.rejects(runtime.execSync(id, ["nope"], 1_000), StartError);
  const slow = assert.rejects(runtime.execSync(id, ["slow"], 1_000), ExecTimeout);
  await clock.advance(1_000);
  await slow;
});

test("images are pulled, fail as told, then come", async () => {
  const clock = new VirtualClock();
  const unreachable = new ImagePullError("unreachable", "no route");
  const runtime = new FakeRuntime({
    clock,
    images: { "app:1": { pullError: [unreachable], pullMs: 100 } },
    absent: ["app:1"],
  });
  assert.equal(await runtime.imageStatus("app:1"), undefined);
  const sandboxId = await runtime.runSandbox(pod);
  await assert.rejects(runtime.createContainer(sandboxId, container, pod), NotFound);
  const first = assert.rejects(runtime.pullImage("app:1"), { kind: "unreachable" });
  await clock.advance(100);
  await first;
  const second = runtime.pullImage("app:1");
  await clock.advance(100);
  assert.equal((await runtime.imageStatus(await second))?.tags[0], "app:1");
  await assert.rejects(runtime.pullImage("app:2"), { kind: "notFound" });
  await assert.rejects(runtime.pullImage("App Image"), { kind: "invalidName" });
});

test("a runtime that is down says so and later that events were missed", async () => {
  const { runtime, events, id } = await started({});
  runtime.setAvailable(false);
  runtime.container("u1", "main")?.exit(1);
  await assert.rejects(runtime.listContainers(), RuntimeUnavailable);
  runtime.setAvailable(true);
  assert.deepEqual(events, ["started", "missed"]);
  assert.equal((await runtime.containerStatus(id)).exitCode, 1);
});
