import assert from "node:assert/strict";
import { test } from "node:test";
import { Lease } from "#api/coordination/lease.ts";
import { Event } from "#api/core/event.ts";
import { Node } from "#api/core/node.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { formatMicroTime, formatTime } from "#api/time.ts";
import { exists, whole } from "./whole_world_suite.ts";
import { eventsOf, type World } from "./world_suite.ts";

const WEB = { namespace: "default", name: "web" };
const containers = [{ name: "web", image: "web:1" }];

/** A node and its lease, as a kubelet keeps them until it is stopped. */
async function joinNode(world: World, name: string): Promise<{ stop(): void }> {
  let isAlive = true;
  await world.client.create(Node, { metadata: { name } });
  const lastHeartbeatTime = formatTime(world.clock.now());
  const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime, reason: "KubeletReady" }];
  await world.client.patch(
    Node,
    { name },
    { type: "merge", body: { status: { conditions } } },
    { subresource: "status" },
  );
  const spec = () => ({
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: formatMicroTime(world.clock.now()),
  });
  const lease = { namespace: "kube-node-lease", name };
  await world.client.create(Lease, { metadata: lease, spec: spec() });
  const renew = () => {
    if (!isAlive) return;
    void world.client.patch(Lease, lease, { type: "merge", body: { spec: spec() } });
    world.clock.after(10_000, renew);
  };
  world.clock.after(10_000, renew);
  return { stop: () => void (isAlive = false) };
}

const taintsOn = async (world: World, name: string) =>
  ((await world.client.get(Node, { name })).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);

test("a node that falls silent is unknown after 40 s, and its pods go when they no longer bear it", async () => {
  const world = await whole();
  const lost = await joinNode(world, "node-1");
  const alive = await joinNode(world, "node-2");
  const pod: PodDraft = { metadata: WEB, spec: { containers, nodeName: "node-1" } };
  await world.client.create(Pod, pod);
  await world.run(30_000, () => {}, 1_000);
  assert.deepEqual(await taintsOn(world, "node-1"), []);
  lost.stop();
  await world.run(38_000, () => {}, 1_000);
  assert.deepEqual(await taintsOn(world, "node-1"), []);
  await world.run(14_000, () => {}, 1_000);
  const { status } = await world.client.get(Node, { name: "node-1" });
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  assert.deepEqual([ready?.status, ready?.reason], ["Unknown", "NodeStatusUnknown"]);
  assert.deepEqual(await taintsOn(world, "node-1"), [
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  assert.deepEqual(await taintsOn(world, "node-2"), []);
  const marked = await world.client.get(Pod, WEB);
  assert.equal(marked.status.conditions?.find(({ type }) => type === "Ready")?.status, "False");
  assert.equal(marked.metadata.deletionTimestamp, undefined);
  await world.run(300_000, () => {}, 5_000);
  assert.equal(await exists(world, Pod, WEB), false);
  alive.stop();
  await world.stopAll();
});

test("nobody is driven out while no node answers, and one node after the other once some do", async () => {
  const world = await whole();
  const names = ["node-1", "node-2", "node-3"];
  const nodes = await Promise.all(names.map((name) => joinNode(world, name)));
  await world.run(30_000, () => {}, 1_000);
  for (const node of nodes) node.stop();
  await world.run(70_000, () => {}, 1_000);
  const drivenOut = async () => {
    const all = await Promise.all(names.map(async (name) => [name, await taintsOn(world, name)] as const));
    return all.filter(([, taints]) => taints.some((taint) => taint.endsWith(":NoExecute"))).map(([name]) => name);
  };
  assert.deepEqual(await drivenOut(), []);
  const [first] = nodes;
  const { status } = await world.client.get(Node, { name: "node-1" });
  const now = formatTime(world.clock.now());
  const ready = { type: "Ready", status: "True", lastHeartbeatTime: now, lastTransitionTime: now };
  const node = await world.client.get(Node, { name: "node-1" });
  await world.client.updateStatus(Node, { ...node, status: { ...status, conditions: [ready] } });
  await world.run(6_000, () => {}, 1_000);
  assert.equal((await drivenOut()).length, 1);
  await world.run(12_000, () => {}, 1_000);
  assert.deepEqual(await drivenOut(), ["node-2", "node-3"]);
  const events = await eventsOf(world, Event);
  assert.ok(events.includes("RegisteredNode: Node node-1 event: Registered Node node-1 in Controller"));
  first?.stop();
  await world.stopAll();
});

test("a pod that was to be driven out stays when its node comes back, and is told so", async () => {
  const world = await whole();
  const lost = await joinNode(world, "node-1");
  await world.client.create(Pod, { metadata: WEB, spec: { containers, nodeName: "node-1" } });
  await world.run(2_000);
  const taint = { key: "node.example/fire", effect: "NoExecute", timeAdded: formatTime(world.clock.now()) };
  const bearing = { key: "node.example/fire", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 };
  const steadfast = { namespace: "default", name: "steadfast" };
  const spec = { containers, nodeName: "node-1", tolerations: [bearing] };
  await world.client.create(Pod, { metadata: steadfast, spec });
  const setTaints = (taints: object[] | null) =>
    world.client.patch(Node, { name: "node-1" }, { type: "merge", body: { spec: { taints } } });
  await setTaints([taint]);
  await world.run(20_000, () => {}, 1_000);
  await setTaints(null);
  await world.run(60_000, () => {}, 1_000);
  assert.deepEqual([await exists(world, Pod, WEB), await exists(world, Pod, steadfast)], [false, true]);
  const events = (await eventsOf(world, Event)).filter((event) => event.startsWith("TaintManagerEviction"));
  assert.deepEqual(events.toSorted(), [
    "TaintManagerEviction: Cancelling deletion of Pod default/steadfast",
    "TaintManagerEviction: Marking for deletion Pod default/web",
  ]);
  lost.stop();
  await world.stopAll();
});

test("a pod whose end was announced and never came is no longer said to end", async () => {
  const world = await whole();
  const node = await joinNode(world, "node-1");
  const pod = await world.client.create(Pod, { metadata: WEB, spec: { containers, nodeName: "node-1" } });
  await world.run(3_000);
  const since = formatTime(world.clock.now());
  const announced = {
    type: "DisruptionTarget",
    status: "True",
    reason: "PreemptionByScheduler",
    lastTransitionTime: since,
  };
  const body = { metadata: { uid: pod.metadata.uid }, status: { conditions: [announced] } };
  await world.client.patch(Pod, WEB, { type: "strategic", body }, { subresource: "status" });
  const target = async () =>
    (await world.client.get(Pod, WEB)).status.conditions?.find(({ type }) => type === "DisruptionTarget");
  await world.run(110_000, () => {}, 1_000);
  assert.equal((await target())?.status, "True");
  await world.run(40_000, () => {}, 1_000);
  const { status, reason } = (await target()) ?? {};
  assert.deepEqual([status, reason], ["False", undefined]);
  node.stop();
  await world.stopAll();
});

test("pods of a node that is not ready and out of service go without its consent", async () => {
  const world = await whole();
  const [node, other] = [await joinNode(world, "node-1"), await joinNode(world, "node-2")];
  world.kubelet = { ...world.kubelet, goneAfterMs: () => Infinity };
  await world.client.create(Pod, { metadata: WEB, spec: { containers, nodeName: "node-1" } });
  await world.run(2_000);
  node.stop();
  await world.client.delete(Pod, WEB);
  await world.run(120_000, () => {}, 1_000);
  assert.ok(await exists(world, Pod, WEB));
  const { spec } = await world.client.get(Node, { name: "node-1" });
  const taints = [...(spec.taints ?? []), { key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }];
  await world.client.patch(Node, { name: "node-1" }, { type: "merge", body: { spec: { taints } } });
  await world.run(25_000, () => {}, 1_000);
  assert.equal(await exists(world, Pod, WEB), false);
  other.stop();
  await world.stopAll();
});

test("pods of a node that was deleted are deleted after 40 s", async () => {
  const world = await whole();
  const node = await joinNode(world, "node-1");
  await world.client.create(Pod, { metadata: WEB, spec: { containers, nodeName: "node-1" } });
  await world.run(2_000);
  node.stop();
  await world.client.delete(Node, { name: "node-1" });
  await world.run(40_000, () => {}, 1_000);
  assert.ok(await exists(world, Pod, WEB));
  await world.run(45_000, () => {}, 1_000);
  assert.equal(await exists(world, Pod, WEB), false);
  await world.stopAll();
});
