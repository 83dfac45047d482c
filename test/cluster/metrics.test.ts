import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeMetrics, Pod, PodMetrics } from "knarr";
import { formatQuantity, parseQuantity, quantityToMilli } from "#api/quantity.ts";
import { Story } from "./story.ts";

test("what pods use can be asked for half a minute after they start", async () => {
  await using story = await Story.begin({ nodes: 2 });
  const { client, clock } = story.cluster;
  await story.deploy(2, "web:1", {
    template: {
      metadata: {
        labels: { app: "web" },
        annotations: { "usage.knarr.dev/cpu": "250m", "web.usage.knarr.dev/memory": "64Mi" },
      },
      spec: {
        containers: [
          { name: "web", image: "web:1" },
          { name: "side", image: "side:1" },
        ],
      },
    },
  });
  await story.rolledOut();
  assert.deepEqual((await client.list(PodMetrics)).items, []);
  await clock.advance("30s");

  const { items } = await client.list(PodMetrics, { namespace: "default", labelSelector: "app=web" });
  const uses = items.map(({ metadata, window, containers }) => [metadata.labels?.["app"], window, containers]);
  const expected = [
    { name: "web", usage: { cpu: "250000000n", memory: "65536Ki" } },
    { name: "side", usage: { cpu: "250000000n", memory: "8192Ki" } },
  ];
  assert.deepEqual(uses, [
    ["web", "15s", expected],
    ["web", "15s", expected],
  ]);
  assert.deepEqual((await client.list(PodMetrics, { labelSelector: "app=other" })).items, []);

  const nodes = (await client.list(NodeMetrics)).items;
  assert.deepEqual(
    nodes.map(({ metadata, usage }) => [metadata.name, quantityToMilli(usage["cpu"] ?? "")]),
    [
      ["node-1", 500],
      ["node-2", 500],
    ],
  );
  assert.equal(formatQuantity(parseQuantity(nodes[0]?.usage["memory"] ?? "")), "72Mi");
});

test("what a pod uses follows its annotations; a pod that is gone uses nothing", async () => {
  await using story = await Story.begin({ nodes: 1 });
  const { client, clock } = story.cluster;
  const ref = { namespace: "default", name: "busy" };
  await client.create(Pod, { metadata: ref, spec: { containers: [{ name: "main", image: "busy:1" }] } });
  await clock.advance("1m");
  const cpu = async () => (await client.get(PodMetrics, ref)).containers[0]?.usage["cpu"];
  assert.equal(await cpu(), "10000000n");
  const annotations = { "usage.knarr.dev/cpu": "2" };
  await client.patch(Pod, ref, { type: "merge", body: { metadata: { annotations } } });
  await clock.advance("30s");
  assert.equal(await cpu(), "2000000000n");
  await client.delete(Pod, ref, { gracePeriodSeconds: 0 });
  await assert.rejects(client.get(PodMetrics, ref), { message: 'podmetrics.metrics.k8s.io "default/busy" not found' });
});

test("pods on nodes without machines use what their annotations say", async () => {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 2 });
  const { client } = story.cluster;
  const ref = { namespace: "default", name: "busy" };
  const annotations = { "usage.knarr.dev/cpu": "1500m" };
  const containers = [{ name: "main", image: "busy:1" }];
  await client.create(Pod, { metadata: { ...ref, annotations }, spec: { containers } });
  await story.cluster.until(async () => (await client.get(Pod, ref)).status.phase === "Running", "1m");
  const { usage } = (await client.get(PodMetrics, ref)).containers[0] ?? {};
  assert.deepEqual(usage, { cpu: "1500000000n", memory: "8192Ki" });
  const nodes = (await client.list(NodeMetrics)).items.map(({ usage: { cpu = "" } }) => quantityToMilli(cpu));
  assert.deepEqual(nodes.toSorted(), [0, 1500]);
});
