import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodStatus } from "#api/core/pod_status.ts";
import { semanticallyEqual } from "#client/equality.ts";
import type { PodFacts, Waiting } from "./pod_facts.ts";
import type { PodContainer } from "./pod_runtime.ts";
import { nextAttempt } from "./plan.ts";
import { podStatus } from "./status.ts";
import { containerOf, factsOf, NOW_MS, podOf, ran, SANDBOX } from "./pod_fixtures.ts";

const main = containerOf();
const init = containerOf({ name: "init" });
const side = containerOf({ name: "side", restartPolicy: "Always" });
const ending = { cause: "terminal", startedMs: NOW_MS, graceSeconds: 30, drained: true } as const;

interface Case {
  readonly name: string;
  readonly facts: Partial<PodFacts> & { pod: PodFacts["pod"] };
  readonly waiting?: Record<string, Waiting>;
  readonly want: { phase: string; ready: string; reason?: string; message?: string };
}

function runtime(...containers: PodContainer[]): PodFacts["runtime"] {
  return { sandboxes: [SANDBOX], containers };
}

const unready = { ready: "False", reason: "ContainersNotReady", message: "containers with unready status: [main]" };
const CASES: readonly Case[] = [
  { name: "before anything is there", facts: { pod: podOf({}) }, want: { phase: "Pending", ...unready } },
  {
    name: "running",
    facts: { pod: podOf({}), runtime: runtime(ran(main)) },
    want: { phase: "Running", ready: "True" },
  },
  {
    name: "running, not ready by its probe",
    facts: {
      pod: podOf({}),
      runtime: runtime(ran(main)),
      probes: new Map([["main-0", { started: true, ready: false }]]),
    },
    want: { phase: "Running", ...unready },
  },
  {
    name: "deleted while it starts: it may run for its grace period yet",
    facts: {
      pod: podOf({}),
      runtime: runtime(),
      busy: new Set(["start:main"]),
      ending: { ...ending, cause: "deleted" },
    },
    want: { phase: "Pending", ...unready },
  },
  {
    name: "deleted before it started",
    facts: { pod: podOf({}), runtime: runtime(), ending: { ...ending, cause: "deleted" } },
    want: { phase: "Failed", ready: "False", reason: "PodFailed" },
  },
  {
    name: "crashed and waiting",
    facts: { pod: podOf({}), runtime: runtime(ran(main, { state: "EXITED", exitCode: 1 })) },
    waiting: { main: { reason: "CrashLoopBackOff", message: "" } },
    want: { phase: "Running", ...unready },
  },
  {
    name: "waiting for an image",
    facts: { pod: podOf({}), runtime: runtime() },
    waiting: { main: { reason: "ErrImagePull", message: "" } },
    want: { phase: "Pending", ...unready },
  },
  {
    name: "in its init containers",
    facts: { pod: podOf({ spec: { initContainers: [init] } }), runtime: runtime(ran(init)) },
    want: { phase: "Pending", ...unready },
  },
  {
    name: "failed in its init containers",
    facts: {
      pod: podOf({ spec: { initContainers: [init], restartPolicy: "Never" } }),
      runtime: runtime(ran(init, { state: "EXITED", exitCode: 1 })),
      ending,
    },
    want: { phase: "Failed", ready: "False", reason: "PodFailed" },
  },
  {
    name: "done",
    facts: {
      pod: podOf({ spec: { restartPolicy: "Never" } }),
      runtime: runtime(ran(main, { state: "EXITED", exitCode: 0 })),
      ending,
    },
    want: { phase: "Succeeded", ready: "False", reason: "PodCompleted" },
  },
  {
    name: "ended badly",
    facts: {
      pod: podOf({ spec: { restartPolicy: "Never" } }),
      runtime: runtime(ran(main, { state: "EXITED", exitCode: 2 })),
      ending,
    },
    want: { phase: "Failed", ready: "False", reason: "PodFailed" },
  },
  {
    name: "done but for its sidecar",
    facts: {
      pod: podOf({ spec: { restartPolicy: "Never", initContainers: [side] } }),
      runtime: runtime(ran(main, { state: "EXITED", exitCode: 0 }), ran(side)),
      ending,
    },
    want: { phase: "Running", ...unready },
  },
  {
    name: "running, held back by a readiness gate",
    facts: { pod: podOf({ spec: { readinessGates: [{ conditionType: "lb" }] } }), runtime: runtime(ran(main)) },
    want: {
      phase: "Running",
      ready: "False",
      reason: "ReadinessGatesNotReady",
      message: 'corresponding condition of pod readiness gate "lb" does not exist.',
    },
  },
];
for (const { name, facts, waiting = {}, want } of CASES) {
  test(`podStatus() of a pod ${name}`, () => {
    const status = statusOf(facts, waiting);
    const ready = status.conditions?.find(({ type }) => type === "Ready");
    const found = { phase: status.phase, ready: ready?.status, reason: ready?.reason, message: ready?.message };
    assert.deepEqual(found, { reason: undefined, message: undefined, ...want });
  });
}

test("podStatus() of an unchanged pod is what it was: nothing to write", () => {
  const facts = { pod: podOf({}), runtime: runtime(ran(main)) };
  const first = statusOf(facts);
  const later = statusOf({ ...facts, pod: podOf({ status: first }), nowMs: NOW_MS + 3_600_000 });
  assert.ok(semanticallyEqual(first, later));
});

test("podStatus() shows a restart: count, last state, and why", () => {
  const before = ran(main, { attempt: 1, state: "EXITED", exitCode: 137, reason: "OOMKilled" });
  const status = statusOf({ pod: podOf({}), runtime: runtime(ran(main, { attempt: 2 }), before) });
  const [shown] = status.containerStatuses ?? [];
  assert.equal(shown?.restartCount, 2);
  assert.deepEqual(shown?.lastState.terminated, {
    exitCode: 137,
    reason: "OOMKilled",
    startedAt: "2026-01-01T00:00:11Z",
    finishedAt: "2026-01-01T00:00:11Z",
    containerID: "containerd://main-1",
  });
});

test("podStatus() of a container that was made, never ran and is gone tells of no end, and its restart is none", () => {
  const made = statusOf({ pod: podOf({}), runtime: runtime(ran(main, { state: "CREATED" })) });
  assert.ok(made.containerStatuses?.[0]?.containerID);
  const facts = { pod: podOf({ status: made }), runtime: runtime() };
  const [shown] = statusOf(facts).containerStatuses ?? [];
  assert.deepEqual([shown?.lastState, shown?.restartCount], [{}, 0]);
  assert.equal(nextAttempt(factsOf(facts), "main"), 0);
});

test("podStatus() of a container that ran and is lost tells of its end, and what follows is a restart", () => {
  const running = statusOf({ pod: podOf({}), runtime: runtime(ran(main)) });
  const facts = { pod: podOf({ status: running }), runtime: runtime() };
  const [shown] = statusOf(facts).containerStatuses ?? [];
  assert.equal(shown?.lastState.terminated?.reason, "ContainerStatusUnknown");
  assert.equal(nextAttempt(factsOf(facts), "main"), 1);
});

test("podStatus() keeps the conditions of others, and a phase that was final", () => {
  const lb = { type: "lb", status: "True" };
  const pod = podOf({ status: { phase: "Succeeded", conditions: [lb], podIP: "10.244.0.9" } });
  const status = statusOf({
    pod,
    runtime: {
      sandboxes: [{ ...SANDBOX, state: "NOTREADY" }],
      containers: [ran(main, { state: "EXITED", exitCode: 1 })],
    },
    ending,
  });
  assert.equal(status.phase, "Succeeded");
  assert.equal(status.podIP, "10.244.0.9");
  assert.deepEqual(status.conditions?.at(-1), lb);
});

const debug = containerOf({ name: "debug" });
const debugged = (status: Partial<PodStatus> = {}, restartPolicy = "Always") =>
  podOf({ spec: { ephemeralContainers: [debug], restartPolicy }, status });
const ended = ran(debug, { state: "EXITED", exitCode: 3 });
const running = ran(main);
const failure = { debug: { reason: "RunContainerError", message: "no such program" } };
const DEBUGGING = [
  { name: "not there yet", containers: [running], state: "ContainerCreating" },
  { name: "without an image", containers: [running], waiting: failure, state: "RunContainerError" },
  { name: "running", containers: [running, ran(debug)], state: "running" },
  { name: "that has ended", containers: [running, ended], state: "ended 3" },
  { name: "that could not be started", containers: [running, ended], waiting: failure, state: "ended 3" },
];
for (const { name, containers, waiting, state } of DEBUGGING) {
  test(`podStatus() of a container for debugging ${name} is no part of the pod's own`, () => {
    const status = statusOf({ pod: debugged(), runtime: runtime(...containers) }, waiting);
    const [shown] = status.ephemeralContainerStatuses ?? [];
    const { waiting: waits, running: runs, terminated } = shown?.state ?? {};
    assert.equal(waits?.reason ?? (runs ? "running" : `ended ${terminated?.exitCode}`), state);
    assert.deepEqual([shown?.ready, shown?.started, shown?.lastState, shown?.restartCount], [false, undefined, {}, 0]);
    assert.equal(status.phase, "Running");
    assert.equal(status.conditions?.find(({ type }) => type === "Ready")?.status, "True");
    assert.equal(status.containerStatuses?.length, 1);
  });
}

test("podStatus() of a pod that is done does not wait for what looks at it", () => {
  const done = ran(main, { state: "EXITED", exitCode: 0 });
  const pod = debugged({}, "Never");
  assert.equal(statusOf({ pod, runtime: runtime(done, ran(debug)), ending }).phase, "Succeeded");
});

test("podStatus() of a container for debugging that is lost tells of its end, once and for all", () => {
  const known = statusOf({ pod: debugged(), runtime: runtime(running, ran(debug)) });
  const lost = statusOf({ pod: debugged(known), runtime: runtime(running) });
  assert.equal(lost.ephemeralContainerStatuses?.[0]?.state.terminated?.reason, "ContainerStatusUnknown");
  assert.ok(semanticallyEqual(statusOf({ pod: debugged(lost), runtime: runtime(running) }), lost));
});

function statusOf(facts: Case["facts"], waiting: Record<string, Waiting> = {}): PodStatus {
  return podStatus({
    facts: factsOf(facts),
    waiting: new Map(Object.entries(waiting)),
    messages: new Map(),
    nodeIp: "10.0.0.1",
    seenMs: NOW_MS - 60_000,
  });
}
