import assert from "node:assert/strict";
import { test } from "node:test";
import { createCluster, type Cluster } from "knarr";

/*
 * What kubectl get --raw /api/v1/nodes/NAME/proxy/… is answered, by agents and by nodes without one.
 */

async function ask({ handle }: Cluster, target: string) {
  const { pathname: path, searchParams: query } = new URL(target, "http://cluster");
  const { signal } = new AbortController();
  const peer = { internalUser: "admin", address: "" };
  const { status, body } = await handle({
    method: "GET",
    path,
    query,
    headers: {},
    body: new Uint8Array(),
    peer,
    signal,
  });
  assert.ok(body instanceof Uint8Array);
  return { status, text: new TextDecoder().decode(body) };
}

test("an agent answers through the proxy of its node, and is unreachable once it is dead", async () => {
  await using cluster = await createCluster();
  const [node] = cluster.nodes;
  assert.ok(node);
  for (const name of [node.name, `${node.name}:10250`, `https:${node.name}:10250`]) {
    assert.deepEqual(await ask(cluster, `/api/v1/nodes/${name}/proxy/healthz`), { status: 200, text: "ok" });
  }
  const pods = JSON.parse((await ask(cluster, `/api/v1/nodes/${node.name}/proxy/pods`)).text) as { kind: string };
  assert.equal(pods.kind, "PodList");
  await node.kill();
  const dead = await ask(cluster, `/api/v1/nodes/${node.name}/proxy/healthz`);
  assert.equal(dead.status, 503);
  assert.match(dead.text, /"message":"error trying to reach service: /);
});

test("a node without an agent refuses as an agent does that does not listen", async () => {
  await using cluster = await createCluster({ nodes: 0, simulatedNodes: 1 });
  const [node] = cluster.simulatedNodes;
  assert.ok(node);
  const refused = await ask(cluster, `/api/v1/nodes/${node.name}/proxy/healthz`);
  const { reason, message } = JSON.parse(refused.text) as Record<string, string>;
  assert.deepEqual([refused.status, reason], [503, "ServiceUnavailable"]);
  assert.equal(message, `error trying to reach service: dial tcp ${node.nodeIp}:10250: connect: connection refused`);
});
