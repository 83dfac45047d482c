import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpResponse } from "#base/http.ts";
import { collected } from "#base/stream_body.ts";
import { agentHandler, API_SERVER_USER } from "./agent_door.ts";
import { NodeUnderTest } from "./node_suite.ts";

/** A node that runs `web`, after 30 s of it, and its pages as the API server reads them over the agent's door. */
async function serving() {
  const n = new NodeUnderTest({ anyImage: { use: () => ({ cpuMilli: 250, memoryBytes: 64 << 20 }) } });
  await n.start();
  const { metadata } = await n.createPod("web");
  n.runtime.container(metadata.uid, "main")?.print("hello");
  await n.clock.advance(30_000);
  const door = agentHandler({ connections: n.agent.connections, drained: async () => {} });
  const peer = { certificate: { commonName: API_SERVER_USER, organizations: [] }, address: "" };
  const { signal } = new AbortController();
  const ask = async (target: string, method = "GET", as: typeof peer | { address: string } = peer) => {
    const { pathname: path, searchParams: query } = new URL(target, "http://n1");
    const answer = await door({ method, path, query, headers: {}, body: new Uint8Array(), peer: as, signal });
    return { status: answer.status, text: await textOf(answer) };
  };
  return { n, metadata, ask };
}

async function textOf({ body }: HttpResponse): Promise<string> {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (!("start" in body)) throw new Error("a long body was not expected");
  return new TextDecoder().decode(await collected(body));
}

test("an agent shows its pods with their present status", async () => {
  const { ask, metadata } = await serving();
  const { kind, items } = JSON.parse((await ask("/pods/")).text);
  assert.equal(kind, "PodList");
  assert.equal(items.length, 1);
  const [{ metadata: shown, status, kind: none }] = items;
  assert.deepEqual([shown.uid, status.phase, none], [metadata.uid, "Running", undefined]);
});

test("an agent sums up what its node and its pods use", async () => {
  const { ask, metadata } = await serving();
  const { node, pods } = JSON.parse((await ask("/stats/summary")).text);
  assert.deepEqual([node.nodeName, node.cpu.usageNanoCores], ["n1", 250_000_000]);
  const [pod] = pods;
  assert.deepEqual(pod.podRef, { name: "web", namespace: "default", uid: metadata.uid });
  assert.equal(pod.memory.workingSetBytes, 64 << 20);
  assert.deepEqual([pod.containers[0].name, pod.containers[0].cpu.usageNanoCores], ["main", 250_000_000]);
});

test("an agent counts its pods and containers, and what containers used", async () => {
  const { ask } = await serving();
  const own = (await ask("/metrics")).text;
  assert.match(own, /^kubelet_running_pods 1$/m);
  assert.match(own, /^kubelet_running_containers\{container_state="running"\} 1$/m);
  const { text } = await ask("/metrics/resource");
  const labels = '\\{container="main",namespace="default",pod="web"\\}';
  assert.match(text, new RegExp(`^container_cpu_usage_seconds_total${labels} 7\\.5$`, "m"));
  assert.match(text, new RegExp(`^container_memory_working_set_bytes${labels} ${64 << 20}$`, "m"));
  assert.match(text, /^resource_scrape_error 0$/m);
});

test("an agent shows a container's log by its name", async () => {
  const { ask } = await serving();
  assert.deepEqual(await ask("/containerLogs/default/web/main?tailLines=1"), { status: 200, text: "hello\n" });
  const noPod = { status: 404, text: 'pod "none" does not exist\n' };
  assert.deepEqual(await ask("/containerLogs/default/none/main"), noPod);
  const noContainer = { status: 404, text: 'container "none" not found in pod "web"\n' };
  assert.deepEqual(await ask("/containerLogs/default/web/none"), noContainer);
  for (const escape of ["%", "%ff", "%zz"])
    assert.equal((await ask(`/containerLogs/default/web/${escape}`)).status, 400);
});

test("an agent is healthy, knows no other pages, and serves nobody but the API server", async () => {
  const { ask } = await serving();
  assert.deepEqual(await ask("/healthz"), { status: 200, text: "ok" });
  assert.deepEqual(await ask("/none"), { status: 404, text: "404 page not found" });
  assert.equal((await ask("/pods", "POST")).status, 405);
  assert.equal((await ask("/pods", "GET", { address: "" })).status, 403);
});
