import assert from "node:assert/strict";
import { test } from "node:test";
import { usageBetween, type MeasuredContainer, type Measurement } from "./usage.ts";

const SECOND = 1_000_000_000;
const POD = { namespace: "default", name: "web", uid: "u1" };

function container(id: string, atMs: number, cpuSeconds: number, startedAtMs = 1_000): MeasuredContainer {
  const cpuNanoseconds = BigInt(Math.round(cpuSeconds * SECOND));
  return { id, name: id, atMs, cpuNanoseconds, memoryBytes: 1024, startedAtMs, pod: POD };
}

function at(atMs: number, containers: readonly MeasuredContainer[], machine?: Measurement["machine"]): Measurement {
  return { atMs, machine, containers };
}

const cases: {
  name: string;
  before: Measurement | undefined;
  now: Measurement;
  /** Nanocores and window of each container. */
  containers: readonly [number, number][] | undefined;
}[] = [
  {
    name: "is a rate over the time between",
    before: at(20_000, [container("a", 20_000, 10)]),
    now: at(35_000, [container("a", 35_000, 13)]),
    containers: [[200_000_000, 15_000]],
  },
  {
    name: "leaves out a pod until it has been measured twice",
    before: undefined,
    now: at(10_000, [container("a", 10_000, 1)]),
    containers: undefined,
  },
  {
    name: "measures from its start what has run ten seconds",
    before: at(20_000, []),
    now: at(35_000, [container("a", 35_000, 5, 25_000)]),
    containers: [[500_000_000, 10_000]],
  },
  {
    name: "leaves out a pod of which one container has just been started",
    before: at(20_000, [container("a", 20_000, 10)]),
    now: at(35_000, [container("a", 35_000, 13), container("b", 35_000, 1, 30_000)]),
    containers: undefined,
  },
  {
    name: "does not believe a counter that went back",
    before: at(20_000, [container("a", 20_000, 10)]),
    now: at(35_000, [container("a", 35_000, 1)]),
    containers: undefined,
  },
];
for (const c of cases) {
  test(`usageBetween() ${c.name}`, () => {
    const { pods } = usageBetween(c.before, c.now);
    const [pod] = pods;
    if (c.containers === undefined) return assert.deepEqual(pods, []);
    assert.deepEqual(
      pod?.containers.map(({ cpuNanocores }) => [cpuNanocores, pod.windowMs]),
      c.containers,
    );
  });
}

test("a machine's use is what its counters say, or else its containers'", () => {
  const counted = (atMs: number, seconds: number) => ({
    atMs,
    cpuNanoseconds: BigInt(seconds * SECOND),
    memoryBytes: 4096,
  });
  const before = [container("a", 20_000, 10)];
  const now = [container("a", 35_000, 13)];
  const window = { timestampMs: 35_000, windowMs: 15_000 };
  assert.deepEqual(usageBetween(at(20_000, before, counted(20_000, 5)), at(35_000, now, counted(35_000, 20))).node, {
    cpuNanocores: SECOND,
    memoryBytes: 4096,
    ...window,
  });
  assert.deepEqual(usageBetween(at(20_000, before), at(35_000, now)).node, {
    cpuNanocores: 200_000_000,
    memoryBytes: 1024,
    ...window,
  });
  assert.deepEqual(usageBetween(at(20_000, []), at(35_000, [])).node, { cpuNanocores: 0, memoryBytes: 0, ...window });
  assert.equal(usageBetween(undefined, at(35_000, [])).node, undefined);
});
