import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeUnderTest } from "../node_suite.ts";

const containers = [{ name: "main", image: "app:1", ports: [{ containerPort: 3000 }] }];

async function isReady(node: NodeUnderTest): Promise<boolean> {
  const { status } = await node.pod("web");
  return status.containerStatuses?.[0]?.ready ?? false;
}

test("a container without probes is ready once it listens on the port it declares", async () => {
  const node = new NodeUnderTest();
  await node.start();
  await node.createPod("web", { containers });
  await node.clock.advance(300);
  assert.equal(await isReady(node), false);
  node.answer = (address) => (address === "10.244.0.2:3000" ? 200 : undefined);
  await node.clock.advance(20);
  assert.equal(await isReady(node), true);
});

test("a container that never listens where it says is ready after 2 s all the same", async () => {
  const node = new NodeUnderTest();
  await node.start();
  await node.createPod("web", { containers });
  await node.clock.advance(1_900);
  assert.equal(await isReady(node), false);
  await node.clock.advance(200);
  assert.equal(await isReady(node), true);
});

test("a readiness probe of the pod's own decides alone", async () => {
  const node = new NodeUnderTest();
  await node.start();
  const readinessProbe = { httpGet: { port: 3000, path: "/" }, periodSeconds: 1 };
  await node.createPod("web", { containers: containers.map((each) => ({ ...each, readinessProbe })) });
  await node.clock.advance(2_500);
  assert.equal(await isReady(node), false);
});

test("what was ready stays ready over a restart of the agent, before anything has been asked", async () => {
  const node = new NodeUnderTest();
  await node.start();
  const readinessProbe = { httpGet: { port: 3000, path: "/" }, periodSeconds: 30, failureThreshold: 3 };
  node.answer = () => 200;
  await node.createPod("web", { containers: containers.map((each) => ({ ...each, readinessProbe })) });
  await node.clock.advance(1_000);
  assert.equal(await isReady(node), true);
  // One failed attempt is below the threshold; without memory of what was, it would be the first and only verdict.
  await node.restartAgent(async () => {
    node.answer = () => undefined;
  });
  assert.equal(await isReady(node), true);
});
