import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { serviceClient } from "./service_client.ts";

test("a server without TLS is asked as one with it", async () => {
  const server = createServer((request, response) => {
    response.setHeader("x-path", request.url ?? "");
    request.pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = serviceClient(() => assert.fail("nobody is told who we are"));
  try {
    const { port } = server.address() as AddressInfo;
    const at = {
      host: "127.0.0.1",
      port,
      serverName: "",
      ca: undefined,
      insecure: false,
      anonymous: true,
      plain: true,
    };
    const body = new TextEncoder().encode("hello");
    const answer = await client.send(at, { method: "POST", target: "/a?b=c", headers: {}, body });
    assert.deepEqual([answer.status, answer.headers["x-path"]], [200, "/a?b=c"]);
    assert.equal(new TextDecoder().decode(await answer.bytes()), "hello");
  } finally {
    client.close();
    server.close();
  }
});
