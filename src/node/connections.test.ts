import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardedConnection } from "#base/streams.ts";
import { streamPair } from "./fake_stream.ts";
import { NodeUnderTest } from "./node_suite.ts";

test("what the runtime says while a port is forwarded reaches the client", async () => {
  const ports = { 9999: (theirs: { destroy(): void }) => theirs.destroy() };
  const n = new NodeUnderTest({ anyImage: { ports } });
  await n.start();
  const { metadata } = await n.createPod("web");
  const [data] = streamPair();
  const failures: string[] = [];
  const connection: ForwardedConnection = {
    port: 9999,
    data,
    async fail(message) {
      failures.push(message);
      data.destroy();
    },
  };
  await n.agent.connections.portForward(
    { namespace: "default", pod: "web", uid: metadata.uid },
    {
      connections: (async function* () {
        yield connection;
      })(),
      signal: new AbortController().signal,
      close() {},
    },
  );
  assert.deepEqual(failures, ["the connection was dropped"]);
});
