import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "#base/virtual_clock.ts";
import { PodInfo } from "../nodes/pod_info.ts";
import { podWith, type SpecDraft } from "../testing.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { SchedulingQueue } from "./scheduling_queue.ts";

const REFUSED = new Set(["NodeResourcesFit"]);
const pod = (name: string, spec: SpecDraft = {}) => new PodInfo(podWith(spec, { name, uid: name }));
const gone: ClusterEvent = { kind: "podGone", pod: pod("gone") };
const placed: ClusterEvent = { kind: "podPlaced", pod: pod("placed") };

function world(mayHelp: (event: ClusterEvent) => boolean = () => true) {
  const clock = new VirtualClock();
  let ready = 0;
  const queue = new SchedulingQueue({ clock, onReady: () => ready++, mayHelp });
  const next = () => queue.next()?.pod.metadata.name;
  return { clock, queue, next, readyCalls: () => ready };
}

test("higher priority goes first, then who has waited longer", () => {
  const { queue, next } = world();
  for (const [name, priority] of [
    ["a", 0],
    ["b", 10],
    ["c", 0],
    ["d", 10],
  ] as const)
    queue.put(pod(name, { priority }));
  assert.deepEqual([next(), next(), next(), next(), next()], ["b", "d", "a", "c", undefined]);
});

test("a refused pod waits for an event that may help it", () => {
  const { queue, next } = world(({ kind }) => kind === "podGone");
  queue.put(pod("a"));
  next();
  queue.unschedulable("a", REFUSED);
  queue.happened(placed);
  assert.equal(next(), undefined);
  queue.happened(gone);
  assert.equal(next(), "a");
});

test("placed pods are news only to those who mind the company of others", () => {
  const { queue, next } = world();
  for (const [name, plugin] of [
    ["fit", "NodeResourcesFit"],
    ["near", "InterPodAffinity"],
  ] as const) {
    queue.put(pod(name));
    next();
    queue.unschedulable(name, new Set([plugin]));
  }
  queue.happened(placed);
  assert.deepEqual([next(), next()], ["near", undefined]);
});

test("after five minutes it is tried without any event", async () => {
  const { clock, queue, next } = world(() => false);
  queue.put(pod("a"));
  next();
  queue.unschedulable("a", REFUSED);
  await clock.advance(5 * 60_000);
  assert.equal(next(), undefined);
  await clock.advance(30_000);
  assert.equal(next(), "a");
});

test("who backs off lets those go first who do not, whatever the priority", () => {
  const { queue, next } = world();
  queue.put(pod("a", { priority: 10 }));
  next();
  queue.unschedulable("a", REFUSED);
  queue.put(pod("b"));
  queue.happened(gone);
  assert.deepEqual([next(), next()], ["b", "a"]);
});

test("after a failure that is no refusal the pause grows from one second to ten", async () => {
  const { clock, queue, next } = world();
  queue.put(pod("a"));
  assert.equal(next(), "a");
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    queue.failed("a");
    const failed = clock.monotonic();
    while (next() === undefined) await clock.advance(500);
    pauses.push(clock.monotonic() - failed);
  }
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test("a gated pod is not given out before its last gate is gone", () => {
  const { queue, next } = world();
  queue.put(pod("a", { schedulingGates: [{ name: "g" }] }));
  queue.happened(gone);
  assert.equal(next(), undefined);
  queue.put(pod("a"));
  assert.equal(next(), "a");
});

test("a change of the pod itself brings it back, a change of its status does not", () => {
  const { queue, next } = world(() => false);
  const before = podWith({}, { name: "a", uid: "a" });
  queue.put(new PodInfo(before));
  next();
  queue.unschedulable("a", REFUSED);
  queue.put(new PodInfo({ ...before, status: { phase: "Pending" } }));
  assert.equal(next(), undefined);
  queue.put(pod("a", { tolerations: [{ operator: "Exists" }] }));
  assert.equal(next(), "a");
});

test("a pod others are evicted for is not tried before that is done, and then at once", () => {
  const { queue, next } = world();
  queue.put(pod("a"));
  next();
  queue.unschedulable("a", REFUSED);
  queue.hold("a");
  queue.happened(gone);
  assert.equal(next(), undefined);
  queue.release("a");
  assert.equal(next(), "a");
});

test("what happens while a pod is looked at for long is not missed", () => {
  const { queue, next } = world(({ kind }) => kind === "podGone");
  queue.put(pod("a"));
  next();
  queue.decidingLong("a");
  queue.happened(gone);
  queue.decidingLong(undefined);
  queue.unschedulable("a", REFUSED);
  assert.equal(next(), "a");
});

test("a pod that is removed is never given out", () => {
  const { queue, next } = world();
  queue.put(pod("a"));
  queue.remove("a");
  assert.equal(next(), undefined);
});
