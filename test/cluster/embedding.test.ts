import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialsOf } from "#cli/kubeconfig.ts";
import { createCluster, Node, Pod } from "knarr";
import { rollOutOnABadDay } from "../../examples/embed/faults.ts";
import { rollToMissingImage } from "../../examples/embed/rollout.ts";

test("the example of embedding: an image nobody has leaves 8 old pods serving and 5 new ones waiting", async () => {
  assert.deepEqual(await rollToMissingImage(), { "web:v1 Running": 8, "web:v2 Pending": 5 });
});

test("the example of faults: the rollout ends well on a bad day", async () => {
  assert.equal(await rollOutOnABadDay(), 6);
});

test("a cluster's virtual time moves by what it is told, in Go's words or milliseconds, and not otherwise", async () => {
  await using cluster = await createCluster();
  const start = cluster.clock.now();
  await cluster.clock.advance("1h30m");
  await cluster.clock.advance(500);
  assert.equal(cluster.clock.now() - start, 5_400_500);
  await assert.rejects(cluster.clock.advance("soon"), /time: invalid duration "soon"/);
});

test("a cluster has as many nodes as asked for, all Ready when it is", async () => {
  await using cluster = await createCluster({ nodes: 5 });
  const { items } = await cluster.client.list(Node);
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ["node-1", "node-2", "node-3", "node-4", "node-5"],
  );
});

test("waiting for what does not happen ends with an error that shows the condition", async () => {
  await using cluster = await createCluster();
  await assert.rejects(
    cluster.until(() => false, "10s"),
    { message: "Not true within 10s: () => false" },
  );
});

test("a cluster opens a port only when asked, and then its kubeconfig leads there", async () => {
  await using closed = await createCluster();
  assert.equal(closed.kubeconfig, undefined);
  await using open = await createCluster({ port: 0, clock: "real" });
  const { server } = credentialsOf(open.kubeconfig ?? "", "knarr");
  assert.match(server, /^https:\/\/127\.0\.0\.1:\d+$/);
  const { request } = await import("node:https");
  const { ca, cert, key } = credentialsOf(open.kubeconfig ?? "", "knarr");
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${server}/api/v1/namespaces/default/pods`, { ca, cert, key, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
  assert.equal(status, 200);
});

test("on real time a pod runs within its second", async () => {
  await using cluster = await createCluster({ clock: "real" });
  const metadata = { namespace: "default", name: "web" };
  await cluster.client.create(Pod, { metadata, spec: { containers: [{ name: "web", image: "web:1" }] } });
  await cluster.until(async () => (await cluster.client.get(Pod, metadata)).status.phase === "Running", "10s");
});
