import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, type Random } from "#base/random.ts";
import { DaemonSet } from "#api/apps/daemonset.ts";
import { StatefulSet } from "#api/apps/statefulset.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import type { Controller } from "#client/controller.ts";
import { daemonSetController } from "./daemonset.ts";
import { nodeNameOf } from "./daemonset_nodes.ts";
import { isReady } from "./pod_state.ts";
import { statefulSetController } from "./statefulset.ts";
import { World } from "./world_suite.ts";

const SET = { namespace: "default", name: "set" };
const selector = { matchLabels: { app: "set" } };
const template = (image: string) => ({
  metadata: { labels: { app: "set" } },
  spec: { containers: [{ name: "app", image }] },
});
const imageOf = (pod: Pod) => pod.spec.containers[0]?.image;
const isStaying = (pod: Pod) => pod.metadata.deletionTimestamp === undefined;
const any = <T>(random: Random, items: readonly T[]): T | undefined => items[random.below(Math.max(1, items.length))];

async function deleteOne(world: World, random: Random): Promise<void> {
  const pod = any(random, (await world.pods()).filter(isStaying));
  if (pod) await world.client.delete(Pod, pod.metadata);
}

/** The controller dies and another takes its place. */
async function restart(world: World, controller: Controller): Promise<void> {
  await world.running.pop()?.stop();
  world.start(controller);
}

for (const seed of [1, 2, 3, 4]) {
  test(`a StatefulSet comes to rest whatever people do to it, and grows in order on the way (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const world = await World.create(seed);
    world.start(statefulSetController());
    await world.client.create(StatefulSet, {
      metadata: SET,
      spec: { replicas: 3, serviceName: "set", selector, template: template("app:0") },
    });
    let [replicas, image] = [3, "app:0"];
    const change = (spec: object) => world.client.patch(StatefulSet, SET, { type: "merge", body: { spec } });
    let before = new Set<string>();
    let wereServing = new Set<string>();
    const check = async () => {
      const pods = await world.pods();
      const serving = new Set(pods.filter((pod) => isReady(pod)).map((pod) => pod.metadata.name));
      const served = serving.union(wereServing);
      for (const pod of pods.filter((each) => !before.has(each.metadata.uid))) {
        const ordinal = Number(pod.metadata.name.split("-")[1]);
        for (let lower = 0; lower < ordinal; lower++) assert.ok(served.has(`set-${lower}`), pod.metadata.name);
      }
      before = new Set(pods.map((pod) => pod.metadata.uid));
      wereServing = serving;
    };
    for (let step = 0; step < 25; step++) {
      const move = random.below(4);
      if (move === 0) await change({ replicas: (replicas = random.below(6)) });
      else if (move === 1) await change({ template: template((image = `app:${random.below(3)}`)) });
      else if (move === 2) await deleteOne(world, random);
      else await restart(world, statefulSetController());
      await world.run(random.below(4_000), check);
    }
    await world.run(60_000, check);
    const pods = (await world.pods()).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const wanted = Array.from({ length: replicas }, (_, ordinal) => `set-${ordinal} ${image} true`);
    assert.deepEqual(
      pods.map((pod) => `${pod.metadata.name} ${imageOf(pod)} ${isReady(pod)}`),
      wanted,
    );
    const { status } = await world.client.get(StatefulSet, SET);
    assert.equal(status.currentRevision, status.updateRevision);
    assert.deepEqual([status.replicas, status.availableReplicas], [replicas, replicas]);
    await world.stop();
  });

  test(`a DaemonSet comes to rest whatever people do to it, never two pods of a node to stay (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const world = await World.create(seed);
    world.kubelet = { ...world.kubelet, nodeFor: nodeNameOf };
    const nodes = ["n1", "n2", "n3", "n4"];
    for (const name of nodes) await world.client.create(Node, { metadata: { name } });
    world.start(daemonSetController());
    await world.client.create(DaemonSet, { metadata: SET, spec: { selector, template: template("app:0") } });
    let image = "app:0";
    const tainted = new Set<string>();
    const toggle = async (name: string) => {
      if (!tainted.delete(name)) tainted.add(name);
      const taints = tainted.has(name) ? [{ key: "gpu", effect: "NoExecute" }] : [];
      await world.client.patch(Node, { name }, { type: "merge", body: { spec: { taints } } });
    };
    const check = async () => {
      const staying = (await world.pods()).filter(isStaying).map(nodeNameOf);
      assert.equal(new Set(staying).size, staying.length);
    };
    for (let step = 0; step < 25; step++) {
      const move = random.below(4);
      if (move === 0) await toggle(any(random, nodes) ?? "n1");
      else if (move === 1) {
        image = `app:${random.below(3)}`;
        const body = { spec: { template: template(image) } };
        await world.client.patch(DaemonSet, SET, { type: "merge", body });
      } else if (move === 2) await deleteOne(world, random);
      else await restart(world, daemonSetController());
      await world.run(random.below(3_000), check);
    }
    await world.run(60_000, check);
    const standing = (await world.pods()).map((pod) => `${pod.spec.nodeName} ${imageOf(pod)} ${isReady(pod)}`);
    const wanted = nodes.filter((name) => !tainted.has(name)).map((name) => `${name} ${image} true`);
    assert.deepEqual(standing.toSorted(), wanted);
    const { status } = await world.client.get(DaemonSet, SET);
    assert.deepEqual([status.desiredNumberScheduled, status.numberAvailable ?? 0], [wanted.length, wanted.length]);
    await world.stop();
  });
}
