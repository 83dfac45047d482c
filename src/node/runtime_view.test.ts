import assert from "node:assert/strict";
import { test } from "node:test";
import { logTo } from "#base/log.ts";
import { NodeUnderTest } from "./node_suite.ts";
import { NodePaths } from "./paths.ts";
import { containerOf, ran, SANDBOX } from "./pod_fixtures.ts";
import type { Container } from "./runtime.ts";
import { RuntimeUnavailable } from "./runtime_errors.ts";
import { RuntimeView } from "./runtime_view.ts";
import { listedContainer, listedSandbox } from "./untold.ts";

/** Two running pods, and a view of their runtime that knows nothing yet. */
async function twoPods() {
  const n = new NodeUnderTest();
  await n.start();
  const [web, other] = [await n.createPod("web"), await n.createPod("other")];
  await n.agent.stop();
  const warnings: string[] = [];
  const log = logTo((level, _part, message) => void (level === "warn" && warnings.push(message)));
  const { runtime, clock } = n;
  const view = new RuntimeView({
    runtime,
    clock,
    log,
    relistMs: 10_000,
    paths: new NodePaths("/data"),
    changed: () => {},
  });
  const [sandbox] = (await runtime.listSandboxes()).filter(({ uid }) => uid === web.metadata.uid);
  const container = runtime.container(web.metadata.uid, "main");
  assert.ok(sandbox && container);
  return { runtime, clock, view, warnings, web: web.metadata.uid, other: other.metadata.uid, sandbox, container };
}

test("what the runtime fails to tell about is taken as listed, warned of once, and told later", async () => {
  const { runtime, clock, view, warnings, web, other, sandbox, container } = await twoPods();
  const { logPath } = await runtime.containerStatus(container.containerId);
  for (const id of [sandbox.id, container.containerId]) runtime.sick.add(id);
  await view.start();
  assert.equal(view.of(other).sandboxes[0]?.ip, "10.244.0.3");
  const [held] = view.of(web).sandboxes;
  assert.deepEqual([held?.id, held?.state, held?.attempt, held?.ip], [sandbox.id, "READY", 0, undefined]);
  assert.deepEqual(held?.labels, sandbox.labels);
  assert.deepEqual([view.of(web).containers[0]?.state, view.of(web).containers[0]?.logPath], ["RUNNING", logPath]);
  assert.equal(view.of(web).containers[0]?.imageRef, "");
  await clock.advance(30_000);
  assert.deepEqual(warnings, [
    "the runtime fails to tell about the sandbox of pod default/web, listed as READY: " +
      "left as it is, its address unknown until told; it is asked for again at each list",
    "the runtime fails to tell about container main of pod default/web, listed as RUNNING: " +
      "taken as listed; it is asked for again at each list",
  ]);
  runtime.sick.clear();
  await clock.advance(10_000);
  assert.equal(view.of(web).sandboxes[0]?.ip, "10.244.0.2");
  assert.notEqual(view.of(web).containers[0]?.imageRef, "");
  view.stop();
});

test("what was known of a sandbox stays known while the runtime fails to tell", async () => {
  const { runtime, view, web, sandbox } = await twoPods();
  await view.start();
  runtime.sick.add(sandbox.id);
  await view.refreshSandbox(sandbox.id);
  assert.equal(view.of(web).sandboxes[0]?.ip, "10.244.0.2");
  view.stop();
});

test("an end that is only listed is believed when the runtime failed to tell of it twice", async () => {
  const { runtime, clock, view, web, container } = await twoPods();
  await view.start();
  runtime.sick.add(container.containerId);
  container.exit(0);
  await clock.settle();
  assert.equal(view.of(web).containers[0]?.state, "RUNNING");
  await view.relist();
  const [ended] = view.of(web).containers;
  assert.deepEqual([ended?.state, ended?.exitCode, ended?.reason], ["EXITED", 255, "Unknown"]);
  runtime.sick.clear();
  await view.relist();
  assert.equal(view.of(web).containers[0]?.exitCode, 0);
  view.stop();
});

test("what is gone from the list is forgotten although the runtime fails to say so", async () => {
  const { runtime, clock, view, web, container } = await twoPods();
  await view.start();
  container.exit(0);
  await clock.settle();
  await runtime.removeContainer(container.containerId);
  runtime.sick.add(container.containerId);
  await view.relist();
  assert.deepEqual(view.of(web).containers, []);
  view.stop();
});

test("a runtime that does not answer stops the start", async () => {
  const { runtime, view } = await twoPods();
  runtime.setAvailable(false);
  await assert.rejects(view.start(), RuntimeUnavailable);
  view.stop();
});

test("listedSandbox() keeps a network only while the sandbox is ready", () => {
  const { ip: _, ...listed } = SANDBOX;
  assert.equal(listedSandbox(listed, SANDBOX).ip, SANDBOX.ip);
  assert.equal(listedSandbox({ ...listed, state: "NOTREADY" }, SANDBOX).ip, undefined);
  assert.equal(listedSandbox(listed, undefined).ip, undefined);
});

const spec = containerOf({ name: "main" });
const listed: Container = {
  id: "main-0",
  sandboxId: "s0",
  name: "main",
  attempt: 0,
  state: "RUNNING",
  createdAtMs: 7,
  image: "app:1",
  labels: {},
  annotations: {},
};
const before = { logPath: "/log", imageRef: "app@sha256:1" };
const cases = [
  {
    name: "of nothing known",
    listed,
    before: undefined,
    tells: { state: "RUNNING", startedAtMs: 7, logPath: "/listed" },
  },
  { name: "of one that runs on", listed, before: ran(spec, before), tells: { state: "RUNNING", ...before } },
  {
    name: "of one that ended",
    listed: { ...listed, state: "EXITED" as const },
    before: ran(spec, before),
    tells: { state: "EXITED", exitCode: 255, reason: "Unknown", ...before },
  },
  {
    name: "of one whose end was told",
    listed: { ...listed, state: "EXITED" as const },
    before: ran(spec, { state: "EXITED", exitCode: 3, reason: "Error" }),
    tells: { state: "EXITED", exitCode: 3, reason: "Error" },
  },
];
for (const c of cases) {
  test(`listedContainer() ${c.name}`, () => {
    const held = listedContainer(c.listed, c.before, "/listed");
    assert.deepEqual({ ...held, ...c.tells }, held);
  });
}
