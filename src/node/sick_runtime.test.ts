import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/core/pod.ts";
import { Node } from "#api/core/node.ts";
import { NodeUnderTest } from "./node_suite.ts";

/** A node with the pods `web` and `other`, which run. */
async function twoPods() {
  const n = new NodeUnderTest();
  await n.start();
  const [web, other] = [await n.createPod("web"), await n.createPod("other")];
  await n.clock.advance(3_000);
  const sandboxes = async (pod: Pod) =>
    (await n.runtime.listSandboxes()).filter(({ uid }) => uid === pod.metadata.uid).map(({ id }) => id);
  const [sick = ""] = await sandboxes(web);
  return { n, web, other, sandboxes, sick };
}

/** What of a pod must not change when nothing happens to it. */
async function shown(n: NodeUnderTest, name: string) {
  const { phase, podIP, conditions = [], containerStatuses = [] } = (await n.pod(name)).status;
  const [main] = containerStatuses;
  const { containerID, restartCount, ready } = main ?? {};
  return { phase, podIP, containerID, restartCount, ready, conditions };
}

test("an agent starts over running pods though the runtime fails to tell about one sandbox", async () => {
  const { n, web, sandboxes, sick } = await twoPods();
  const before = [await shown(n, "web"), await shown(n, "other")];
  assert.equal(before[0]?.podIP, "10.244.0.2");
  await n.restartAgent(async () => void n.runtime.sick.add(sick));
  await n.clock.advance(30_000);
  assert.deepEqual([await shown(n, "web"), await shown(n, "other")], before);
  assert.deepEqual(await sandboxes(web), [sick]);
  const { status } = await n.api.get(Node, { name: "n1" });
  assert.equal(status.conditions?.find(({ type }) => type === "Ready")?.status, "True");
  n.runtime.sick.clear();
  await n.clock.advance(10_000);
  assert.deepEqual(await shown(n, "web"), before[0]);
});

test("a stopped sandbox that the runtime cannot tell about is replaced, and removed when it can be", async () => {
  const { n, web, sandboxes, sick } = await twoPods();
  await n.restartAgent(async () => {
    n.runtime.crashMachine();
    n.runtime.sick.add(sick);
  });
  await n.clock.advance(5_000);
  const [web1, other1] = [await shown(n, "web"), await shown(n, "other")];
  assert.deepEqual([web1.phase, web1.restartCount, web1.ready], ["Running", 1, true]);
  assert.deepEqual([other1.phase, other1.restartCount, other1.ready], ["Running", 1, true]);
  assert.equal((await sandboxes(web)).length, 2);
  n.runtime.sick.clear();
  await n.deletePod("web", 0);
  await n.clock.advance(5_000);
  assert.deepEqual(await sandboxes(web), []);
});

test("a sandbox whose stop fails is stopped again after 1, 2, 4 s, and no other pod waits for it", async () => {
  const { n, web, sandboxes, sick } = await twoPods();
  n.runtime.sick.add(sick);
  const atSeconds: number[] = [];
  const startMs = n.clock.now();
  const stop = n.runtime.stopSandbox.bind(n.runtime);
  n.runtime.stopSandbox = (id) => {
    if (id === sick) atSeconds.push((n.clock.now() - startMs) / 1000);
    return stop(id);
  };
  await n.deletePod("web", 0);
  await n.clock.settle();
  const later = await n.createPod("later");
  assert.equal((await shown(n, "later")).phase, "Running");
  await n.deletePod("other", 0);
  assert.equal(await n.exists("other"), false);
  await n.clock.advance(9_000);
  assert.deepEqual(atSeconds, [0, 1, 3, 7]);
  assert.deepEqual(await sandboxes(web), [sick]);
  n.runtime.sick.clear();
  await n.clock.advance(10_000);
  assert.deepEqual(await sandboxes(web), []);
  assert.equal((await sandboxes(later)).length, 1);
});
