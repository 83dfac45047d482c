import assert from "node:assert/strict";
import { test } from "node:test";
import { LimitRange } from "#api/core/limitrange.ts";
import { Event, Node, Pod, PodDisruptionBudget, PriorityClass, ReplicaSet, ignoreTerminate, isApiError } from "knarr";
import type { PodDraft } from "#api/core/pod.ts";
import { Story } from "./story.ts";

type Spec = Partial<NonNullable<PodDraft["spec"]>>;

const at = (name: string) => ({ namespace: "default", name });
const asking = (cpu: string): Spec => ({
  containers: [{ name: "main", image: "app:1", resources: { requests: { cpu } } }],
});
const onPort = (hostPort: number, hostIP: string, protocol = "TCP"): Spec => ({
  containers: [{ name: "main", image: "app:1", ports: [{ containerPort: 8080, hostPort, hostIP, protocol }] }],
});

/** Containers that run on until they are killed. */
const STUBBORN = { "app:1": { program: ignoreTerminate } };

async function create(story: Story, name: string, spec: Spec, labels: Record<string, string> = {}): Promise<void> {
  const containers = [{ name: "main", image: "app:1" }];
  await story.cluster.client.create(Pod, { metadata: { ...at(name), labels }, spec: { containers, ...spec } });
}

const nodeOf = async (story: Story, name: string) =>
  (await story.cluster.client.get(Pod, at(name))).spec.nodeName ?? "";

const running = (story: Story, name: string) =>
  story.cluster.until(async () => (await story.cluster.client.get(Pod, at(name))).status.phase === "Running");

const refused = (story: Story, name: string) =>
  story.cluster.until(async () => (await unschedulable(story, name)) !== undefined);

async function unschedulable(story: Story, name: string): Promise<string | undefined> {
  const { status } = await story.cluster.client.get(Pod, at(name));
  return status.conditions?.find(({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable")?.message;
}

async function priorities(story: Story, values: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await story.cluster.client.create(PriorityClass, { metadata: { name }, value });
  }
}

test("a pod that asks for more cpu than any node has left waits, and goes where another pod ends", async () => {
  await using story = await Story.begin({ nodes: 2 });
  const { client, until } = story.cluster;
  for (const name of ["a", "b"]) await create(story, name, asking("3"));
  await running(story, "a");
  await running(story, "b");
  assert.notEqual(await nodeOf(story, "a"), await nodeOf(story, "b"));
  await create(story, "c", asking("2"));
  await refused(story, "c");
  assert.equal(
    await unschedulable(story, "c"),
    "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
  );
  const freed = await nodeOf(story, "b");
  await client.delete(Pod, at("b"));
  await until.call(story.cluster, async () => (await nodeOf(story, "c")) === freed);
  assert.ok((await story.events("Pod")).includes(`Scheduled Successfully assigned default/c to ${freed}`));
});

test("a node selector that matches is followed; one that matches nothing keeps the pod waiting", async () => {
  await using story = await Story.begin({ nodes: 3 });
  const { client } = story.cluster;
  await client.patch(Node, { name: "node-2" }, { type: "merge", body: { metadata: { labels: { disk: "ssd" } } } });
  await create(story, "matching", { nodeSelector: { disk: "ssd" } });
  await running(story, "matching");
  assert.equal(await nodeOf(story, "matching"), "node-2");
  await create(story, "other", { nodeSelector: { disk: "tape" } });
  await refused(story, "other");
  assert.equal(
    await unschedulable(story, "other"),
    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  );
  await client.patch(Node, { name: "node-3" }, { type: "merge", body: { metadata: { labels: { disk: "tape" } } } });
  await running(story, "other");
  assert.equal(await nodeOf(story, "other"), "node-3");
});

test("a host port at 0.0.0.0 clashes with the same port and protocol at any address, and only with that", async () => {
  await using story = await Story.begin({ nodes: 1 });
  await create(story, "everywhere", onPort(8000, "0.0.0.0"));
  await running(story, "everywhere");
  await create(story, "one-address", onPort(8000, "127.0.0.1"));
  await refused(story, "one-address");
  assert.match(
    (await unschedulable(story, "one-address")) ?? "",
    /^0\/1 nodes are available: 1 node\(s\) didn't have free ports for the requested pod ports\./,
  );
  await create(story, "other-protocol", onPort(8000, "127.0.0.1", "UDP"));
  await running(story, "other-protocol");
  await create(story, "other-port", onPort(8001, "127.0.0.1"));
  await running(story, "other-port");
});

test("a pod that matters more takes the place of the one that matters least, which is told so and has its time to stop", async () => {
  await using story = await Story.begin({ nodes: 2, images: STUBBORN });
  const { client, clock } = story.cluster;
  await priorities(story, { low: 1, middle: 100, high: 1_000 });
  await create(story, "first", { ...asking("3"), priorityClassName: "middle" });
  await running(story, "first");
  await create(story, "second", { ...asking("3"), priorityClassName: "low", terminationGracePeriodSeconds: 20 });
  await running(story, "second");
  await create(story, "urgent", { ...asking("3"), priorityClassName: "high" });
  await clock.advance("1s");
  const victim = await client.get(Pod, at("second"));
  assert.equal(victim.metadata.deletionGracePeriodSeconds, 20);
  const told = victim.status.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.equal(told?.status, "True");
  assert.equal(told?.reason, "PreemptionByScheduler");
  assert.equal(told?.message, "default-scheduler: preempting to accommodate a higher priority pod");
  const urgent = await client.get(Pod, at("urgent"));
  assert.equal(urgent.status.nominatedNodeName, victim.spec.nodeName);
  assert.equal(await unschedulable(story, "urgent"), "0/2 nodes are available: 2 Insufficient cpu.");
  const preempted = `Preempted Preempted by pod ${urgent.metadata.uid} on node ${victim.spec.nodeName}`;
  assert.ok((await story.events("Pod")).includes(preempted));
  await clock.advance("15s");
  assert.equal(await nodeOf(story, "urgent"), "");
  await running(story, "urgent");
  const placed = await client.get(Pod, at("urgent"));
  assert.deepEqual([placed.spec.nodeName, placed.status.nominatedNodeName], [victim.spec.nodeName, undefined]);
  const scheduled = placed.status.conditions?.find(({ type }) => type === "PodScheduled");
  assert.deepEqual([scheduled?.status, scheduled?.observedGeneration], ["True", 1]);
  assert.equal((await client.get(Pod, at("first"))).metadata.deletionTimestamp, undefined);
});

test("a critical pod takes the place of an ordinary one", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, until } = story.cluster;
  await create(story, "ordinary", asking("3"));
  await running(story, "ordinary");
  const critical = { namespace: "kube-system", name: "critical" };
  await client.create(Pod, {
    metadata: critical,
    spec: { priorityClassName: "system-cluster-critical", containers: [], ...asking("3") },
  });
  await until.call(story.cluster, async () => (await client.get(Pod, critical)).status.phase === "Running");
  assert.equal(await story.exists(Pod, at("ordinary")), false);
});

test("ReplicaSets of rising priority push one another out until only the highest run in full", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  await priorities(story, { p1: 1, p2: 2, p3: 3 });
  const sets = [
    { name: "rs-1", className: "p1", cpu: "1", replicas: 3 },
    { name: "rs-2", className: "p2", cpu: "1", replicas: 2 },
    { name: "rs-3", className: "p3", cpu: "1500m", replicas: 1 },
  ];
  for (const { name, className, cpu, replicas } of sets) {
    const template = {
      metadata: { labels: { set: name } },
      spec: { containers: [], ...asking(cpu), priorityClassName: className },
    };
    await client.create(ReplicaSet, {
      metadata: at(name),
      spec: { replicas, selector: { matchLabels: { set: name } }, template },
    });
    await clock.advance("1m");
  }
  const ready = await Promise.all(
    sets.map(async ({ name }) => (await client.get(ReplicaSet, at(name))).status.readyReplicas ?? 0),
  );
  assert.deepEqual(ready, [0, 2, 1]);
});

test("a budget is respected while somebody else can be evicted, and broken when nobody else can", async () => {
  await using story = await Story.begin({ nodes: 2 });
  const { client, clock } = story.cluster;
  await priorities(story, { low: 1, high: 1_000 });
  await client.create(PodDisruptionBudget, {
    metadata: at("keep"),
    spec: { minAvailable: 1, selector: { matchLabels: { app: "kept" } } },
  });
  await create(story, "kept", { ...asking("3"), priorityClassName: "low" }, { app: "kept" });
  await running(story, "kept");
  await create(story, "loose", { ...asking("3"), priorityClassName: "low" });
  await running(story, "loose");
  await clock.advance("5s");
  await create(story, "urgent", { ...asking("3"), priorityClassName: "high" });
  await running(story, "urgent");
  assert.equal(await story.exists(Pod, at("loose")), false);
  assert.equal(await story.exists(Pod, at("kept")), true);
  await create(story, "more", { ...asking("3"), priorityClassName: "high" });
  await running(story, "more");
  assert.equal(await story.exists(Pod, at("kept")), false);
});

test("a pod whose class never preempts waits its turn", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  await client.create(PriorityClass, { metadata: { name: "polite" }, value: 1_000, preemptionPolicy: "Never" });
  await create(story, "there", asking("3"));
  await running(story, "there");
  await create(story, "polite", { ...asking("3"), priorityClassName: "polite" });
  await clock.advance("10m");
  assert.equal(
    await unschedulable(story, "polite"),
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
  );
  assert.equal((await client.get(Pod, at("there"))).metadata.deletionTimestamp, undefined);
  await client.delete(Pod, at("there"));
  await running(story, "polite");
});

test("room made for one pod is not taken by another that matters less", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { clock } = story.cluster;
  await priorities(story, { low: 1, middle: 100, high: 1_000 });
  await create(story, "victim", { ...asking("3"), priorityClassName: "low", terminationGracePeriodSeconds: 30 });
  await running(story, "victim");
  await create(story, "urgent", { ...asking("3"), priorityClassName: "high" });
  await clock.advance("100ms");
  await create(story, "opportunist", { ...asking("2"), priorityClassName: "middle" });
  await running(story, "urgent");
  assert.equal(await nodeOf(story, "opportunist"), "");
});

test("a gated pod is left alone until its last gate is gone", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  await create(story, "gated", { schedulingGates: [{ name: "example.com/a" }, { name: "example.com/b" }] });
  await clock.advance("1m");
  const { status } = await client.get(Pod, at("gated"));
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  assert.equal(scheduled?.reason, "SchedulingGated");
  assert.equal(scheduled?.message, "Scheduling is blocked due to non-empty scheduling gates");
  await client.patch(Pod, at("gated"), { type: "json", body: [{ op: "remove", path: "/spec/schedulingGates/0" }] });
  await clock.advance("1m");
  assert.equal(await nodeOf(story, "gated"), "");
  await client.patch(Pod, at("gated"), {
    type: "json",
    body: [{ op: "replace", path: "/spec/schedulingGates", value: [] }],
  });
  await running(story, "gated");
});

test("a pod that names another scheduler is not ours", async () => {
  await using story = await Story.begin({ nodes: 1 });
  await create(story, "foreign", { schedulerName: "elsewhere" });
  await story.cluster.clock.advance("10m");
  assert.equal(await nodeOf(story, "foreign"), "");
  assert.deepEqual(await story.events("Pod"), []);
});

test("a PriorityClass is created, read, listed, patched, replaced and deleted; its value never changes", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  await client.create(PriorityClass, { metadata: { name: "p1", labels: { group: "a" } }, value: 1 });
  await client.create(PriorityClass, { metadata: { name: "p2", labels: { group: "a" } }, value: 2 });
  const listed = await client.list(PriorityClass, { labelSelector: "group=a" });
  assert.deepEqual(
    listed.items.map(({ metadata, value }) => [metadata.name, value]),
    [
      ["p1", 1],
      ["p2", 2],
    ],
  );
  const patched = await client.patch(PriorityClass, { name: "p1" }, { type: "merge", body: { description: "first" } });
  assert.equal(patched.description, "first");
  await client.update(PriorityClass, { ...patched, description: "again" });
  assert.equal((await client.get(PriorityClass, { name: "p1" })).description, "again");
  await assert.rejects(
    client.patch(PriorityClass, { name: "p1" }, { type: "merge", body: { value: 7 } }),
    (error) =>
      isApiError(error, "Invalid") && /value: Forbidden: may not be changed in an update\./.test(error.message),
  );
  await client.deleteCollection(PriorityClass, { labelSelector: "group=a" });
  assert.deepEqual((await client.list(PriorityClass, { labelSelector: "group=a" })).items, []);
});

test("profiles place pods each in its own way, by the scheduler they name", async () => {
  const scheduler = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packing
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated}}
  plugins:
    score:
      disabled: [{name: NodeResourcesBalancedAllocation}, {name: PodTopologySpread}]
`;
  await using story = await Story.begin({ nodes: 3, scheduler });
  await create(story, "first", asking("1"));
  await running(story, "first");
  await create(story, "packed", { ...asking("1"), schedulerName: "packing" });
  await running(story, "packed");
  await create(story, "spread", asking("1"));
  await running(story, "spread");
  assert.equal(await nodeOf(story, "packed"), await nodeOf(story, "first"));
  assert.notEqual(await nodeOf(story, "spread"), await nodeOf(story, "first"));
  const { items } = await story.cluster.client.list(Event, { fieldSelector: "reason=Scheduled" });
  const reporters = items.map(({ involvedObject, source }) => `${involvedObject.name} ${source?.component}`);
  assert.deepEqual(reporters.toSorted(), ["first default-scheduler", "packed packing", "spread default-scheduler"]);
});

test("a LimitRange gives pods what they do not ask for, and refuses what it does not allow", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  const container = {
    type: "Container",
    min: { cpu: "50m" },
    max: { cpu: "500m" },
    default: { cpu: "400m", memory: "500Mi" },
    defaultRequest: { cpu: "100m", memory: "200Mi" },
  };
  await client.create(LimitRange, { metadata: at("limits"), spec: { limits: [container] } });
  await create(story, "plain", {});
  const resourcesOf = async (name: string) => (await client.get(Pod, at(name))).spec.containers[0]?.resources;
  assert.deepEqual(await resourcesOf("plain"), {
    limits: { cpu: "400m", memory: "500Mi" },
    requests: { cpu: "100m", memory: "200Mi" },
  });
  await create(story, "partial", asking("300m"));
  assert.deepEqual((await resourcesOf("partial"))?.requests, { cpu: "300m", memory: "200Mi" });
  for (const cpu of ["10m", "600m"]) {
    const resources = { requests: { cpu }, limits: { cpu } };
    const outside = create(story, "outside", { containers: [{ name: "main", image: "app:1", resources }] });
    await assert.rejects(outside, (error) => isApiError(error, "Forbidden"));
  }
  // Defaults are given at the beginning: pods that are there stay as they are.
  const other = { ...container, defaultRequest: { cpu: "200m", memory: "200Mi" } };
  await client.patch(LimitRange, at("limits"), { type: "merge", body: { spec: { limits: [other] } } });
  assert.deepEqual((await resourcesOf("plain"))?.requests, { cpu: "100m", memory: "200Mi" });
  await create(story, "later", {});
  assert.deepEqual((await resourcesOf("later"))?.requests, { cpu: "200m", memory: "200Mi" });
  await client.delete(LimitRange, at("limits"));
  await create(story, "free", {});
  assert.deepEqual(await resourcesOf("free"), {});
});

test("LimitRanges are listed by label over all namespaces, patched, and deleted as a collection", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client } = story.cluster;
  const spec = { limits: [{ type: "Container", max: { cpu: "1" } }] };
  const labels = { group: "a" };
  await client.create(LimitRange, { metadata: { ...at("one"), labels }, spec });
  await client.create(LimitRange, { metadata: { namespace: "kube-public", name: "two", labels }, spec });
  const listed = async () => (await client.list(LimitRange, { labelSelector: "group=a" })).items;
  assert.deepEqual((await listed()).map(({ metadata }) => metadata.name).toSorted(), ["one", "two"]);
  const limits = [{ type: "Container", max: { cpu: "2" } }];
  const patched = await client.patch(LimitRange, at("one"), { type: "strategic", body: { spec: { limits } } });
  assert.equal(patched.spec.limits[0]?.max?.["cpu"], "2");
  await client.deleteCollection(LimitRange, { namespace: "default", labelSelector: "group=a" });
  assert.deepEqual(
    (await listed()).map(({ metadata }) => metadata.name),
    ["two"],
  );
});

test("a finalizer keeps a pod's object but not its place, and nobody asks for its end again and again", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock, store } = story.cluster;
  const spec = { containers: asking("3").containers ?? [] };
  await client.create(Pod, { metadata: { ...at("kept"), finalizers: ["example.com/kept"] }, spec });
  await running(story, "kept");
  await client.delete(Pod, at("kept"));
  await create(story, "next", asking("3"));
  await running(story, "next");
  const { revision } = store;
  await clock.advance("1m");
  // The node's lease and status are all that is written.
  assert.ok(store.revision - revision < 30, `${store.revision - revision} writes`);
  assert.equal(await story.exists(Pod, at("kept")), true);
  await client.patch(Pod, at("kept"), { type: "merge", body: { metadata: { finalizers: null } } });
  await clock.advance("1s");
  assert.equal(await story.exists(Pod, at("kept")), false);
});
