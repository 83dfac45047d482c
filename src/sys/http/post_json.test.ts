import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openPki } from "#bin/pki.ts";
import { memoryFiles } from "../memory_files.ts";
import { postJson } from "./post_json.ts";

/** A server with the certificate of a cluster's API server, which is good for `kubernetes.default.svc`. */
async function serve(answer: (body: string, host: string | undefined) => { status: number; text: string }) {
  const pki = await openPki(memoryFiles(), "/", { addresses: [], now: Date.now() });
  const server = createServer({ key: pki.server.key, cert: pki.server.cert }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { status, text } = answer(body, request.headers.host);
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { port, ca: pki.ca.cert, close };
}

test("postJson() calls a name at a given address and believes its authority alone", async () => {
  const { port, ca, close } = await serve((body, host) => ({
    status: 200,
    text: JSON.stringify({ host, got: JSON.parse(body) as unknown }),
  }));
  const url = `https://kubernetes.default.svc:${port}/x`;
  const call = { url, address: "127.0.0.1", body: { a: 1 }, timeoutMs: 10_000 };
  assert.deepEqual(await postJson({ ...call, ca }), { host: `kubernetes.default.svc:${port}`, got: { a: 1 } });
  await assert.rejects(postJson(call), /certificate/);
  await assert.rejects(postJson({ ...call, ca, url: `https://other.svc:${port}/x` }), /altnames/);
  await close();
});

test("postJson() takes nothing but success for an answer", async () => {
  const { port, ca, close } = await serve(() => ({ status: 503, text: "busy" }));
  const url = `https://127.0.0.1:${port}/`;
  await assert.rejects(postJson({ url, ca, body: {}, timeoutMs: 10_000 }), /answered 503: busy/);
  await close();
  await assert.rejects(postJson({ url, ca, body: {}, timeoutMs: 10_000 }), /ECONNREFUSED/);
});
