import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "#api/core/event.ts";
import { Pod } from "#api/core/pod.ts";
import type { ExecSession } from "#base/streams.ts";
import { exitAfter, type FakeImage } from "./fake_image.ts";
import { NodeUnderTest } from "./node_suite.ts";

const P = { namespace: "default", name: "web" } as const;
const STREAMS = { stdin: true, stdout: true, stderr: false, tty: true };

async function node(images: Record<string, FakeImage> = {}): Promise<NodeUnderTest> {
  const made = new NodeUnderTest({ images });
  await made.start();
  return made;
}

/** Adds a container to the running pod, as `kubectl debug` does. */
async function debug(n: NodeUnderTest, container: object): Promise<void> {
  const body = { spec: { ephemeralContainers: [{ name: "debug", image: "tools:1", ...container }] } };
  await n.api.patch(Pod, P, { type: "strategic", body }, { subresource: "ephemeralcontainers" });
  await n.clock.settle();
}

async function debugStatus(n: NodeUnderTest) {
  return (await n.pod("web")).status.ephemeralContainerStatuses?.[0];
}

test("a container that is added runs beside the others and sees its target's processes", async () => {
  const n = await node();
  const { metadata } = await n.createPod("web");
  await debug(n, { targetContainerName: "main", securityContext: { privileged: true } });
  const config = n.runtime.container(metadata.uid, "debug")?.config;
  const main = n.runtime.container(metadata.uid, "main")?.containerId;
  assert.deepEqual(config?.namespaces, { network: "POD", pid: "TARGET", ipc: "POD", targetId: main });
  const shown = await debugStatus(n);
  assert.ok(shown?.state.running);
  assert.match(shown.containerID ?? "", /^containerd:/);
  assert.notEqual(shown.imageID, "");
  const { items } = await n.api.list(Event);
  const told = items.filter(({ involvedObject }) => involvedObject.fieldPath === "spec.ephemeralContainers{debug}");
  assert.ok(told.some(({ reason }) => reason === "Started"));
  assert.equal((await n.pod("web")).status.observedGeneration, 2);
});

test("where a pod shares its processes, an added container shares them too", async () => {
  const n = await node();
  const { metadata } = await n.createPod("web", { shareProcessNamespace: true });
  await debug(n, { targetContainerName: "main" });
  assert.equal(n.runtime.container(metadata.uid, "debug")?.config.namespaces.pid, "POD");
});

test("an added container that ends is not started again, by an agent that was restarted neither", async () => {
  const n = await node({ "tools:1": { program: exitAfter(1_000, 3) }, "app:1": {} });
  await n.createPod("web");
  await debug(n, {});
  await n.clock.advance(60_000);
  const ended = await debugStatus(n);
  assert.equal(ended?.state.terminated?.exitCode, 3);
  await n.restartAgent();
  await n.clock.advance(600_000);
  assert.deepEqual(await debugStatus(n), ended);
  assert.equal(n.runtime.calls.filter((call) => /^start\S* debug/.test(call)).length, 1);
  assert.equal((await n.pod("web")).status.phase, "Running");
});

test("an agent that starts anew takes up an added container that runs, and its input and log", async () => {
  const echo: FakeImage = {
    program: (process) => process.onInput((chunk) => process.print(`got ${new TextDecoder().decode(chunk).trim()}`)),
  };
  const n = await node({ "tools:1": echo, "app:1": {} });
  const { metadata } = await n.createPod("web");
  await debug(n, { stdin: true, tty: true });
  const before = await debugStatus(n);
  await n.restartAgent();
  assert.deepEqual(await debugStatus(n), before);
  const target = { nodeName: "n1", namespace: "default", pod: "web", uid: metadata.uid, container: "debug" };
  let shown = "";
  const session = sessionOf("hello\n", (text) => (shown += text));
  void n.agent.connections.attach(target, STREAMS, session);
  await n.clock.settle();
  assert.match(shown, /got hello/);
  await n.deletePod("web");
  await n.clock.advance(3_000);
  assert.equal(await n.exists("web"), false);
});

test("an added container whose target never ran says so, and starts when it does", async () => {
  const n = await node({ "tools:1": {}, "app:1": {}, "slow:1": { program: exitAfter(15_000, 0) } });
  await n.createPod("web", { initContainers: [{ name: "init", image: "slow:1" }] });
  await debug(n, { targetContainerName: "main" });
  assert.deepEqual((await debugStatus(n))?.state.waiting, {
    reason: "CreateContainerConfigError",
    message: "unable to find target container main",
  });
  await n.clock.advance(15_500);
  assert.ok((await debugStatus(n))?.state.running);
});

test("a ConfigMap an added container waits for starts it when it appears", async () => {
  const n = await node();
  await n.createPod("web");
  await debug(n, { envFrom: [{ configMapRef: { name: "late" } }] });
  assert.equal((await debugStatus(n))?.state.waiting?.reason, "CreateContainerConfigError");
  await n.putConfigMap("late", { a: "b" });
  await n.clock.advance(100);
  assert.ok((await debugStatus(n))?.state.running);
});

/** A session that types `input` and shows what comes back. */
function sessionOf(input: string, print: (text: string) => void): ExecSession {
  const write = async (chunk: Uint8Array) => print(new TextDecoder().decode(chunk));
  const stdin = (async function* () {
    yield new TextEncoder().encode(input);
  })();
  return { stdin, stdout: { write, end() {} }, signal: new AbortController().signal, finish: async () => {} };
}
