import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { test } from "node:test";
import { fetchJson } from "./fetch_json.ts";

test("fetchJson() sends JSON and gives what is answered; any status but 200, and silence, reject", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/silent") return;
    response.statusCode = request.url === "/echo" ? 200 : 500;
    void json(request).then((sent) => response.end(JSON.stringify({ sent, type: request.headers["content-type"] })));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  try {
    const answer = await fetchJson(`http://127.0.0.1:${port}/echo`, { a: [1] }, 10_000);
    assert.deepEqual(answer, { sent: { a: [1] }, type: "application/json" });
    await assert.rejects(fetchJson(`http://127.0.0.1:${port}/broken`, {}, 10_000), /answered 500/);
    await assert.rejects(fetchJson(`http://127.0.0.1:${port}/silent`, {}, 20), { name: "TimeoutError" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
