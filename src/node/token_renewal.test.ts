import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime } from "#api/time.ts";
import type { Client } from "#client/client.ts";
import { NodeUnderTest } from "./node_suite.ts";

const SECONDS = 600;

/** A node whose API gives tokens `token-1`, `token-2` …, each for ten minutes. */
async function begin(): Promise<NodeUnderTest> {
  let issued = 0;
  const client: { current?: Client } = {};
  const giving = new Proxy({} as Client, {
    get: (_, name) => {
      if (name !== "createSubresource") {
        const member: unknown = client.current && Reflect.get(client.current, name);
        return typeof member === "function" ? (member.bind(client.current) as unknown) : member;
      }
      return async () => ({
        status: { token: `token-${++issued}`, expirationTimestamp: formatTime(n.clock.now() + SECONDS * 1000) },
      });
    },
  });
  const n = new NodeUnderTest({}, { client: giving });
  client.current = n.api;
  await n.start();
  return n;
}

async function tokenOf(n: NodeUnderTest): Promise<string> {
  const { uid } = (await n.pod("app")).metadata;
  return n.files.readText(`/data/memory/${uid}/access/token`);
}

const SPEC = {
  volumes: [
    {
      name: "access",
      projected: {
        sources: [{ serviceAccountToken: { path: "token", expirationSeconds: SECONDS, audience: "vault" } }],
      },
    },
  ],
};

test("a token is replaced before it runs out, also by an agent that was restarted", async () => {
  const n = await begin();
  await n.createPod("app", SPEC);
  assert.equal(await tokenOf(n), "token-1");
  await n.clock.advance(SECONDS * 1000 * 0.7);
  assert.equal(await tokenOf(n), "token-1");
  await n.clock.advance(SECONDS * 1000 * 0.2);
  assert.equal(await tokenOf(n), "token-2");
  await n.restartAgent();
  await n.clock.advance(SECONDS * 1000);
  assert.notEqual(await tokenOf(n), "token-2");
  const running = n.runtime.calls.filter((call) => call.startsWith("start"));
  assert.equal(running.length, 1, "nothing was started anew");
});
