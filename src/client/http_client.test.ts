import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpHandler, HttpRequest, HttpResponse, StreamSink } from "#base/http.ts";
import { Deployment } from "#api/apps/deployment.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { ApiError, isApiError, type Client } from "./client.ts";
import { createClient } from "./http_client.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const web = { namespace: "shop", name: "web" };

/** A client whose requests are kept, answered by `answer`. */
function recording(answer: (request: HttpRequest) => Partial<HttpResponse>) {
  const requests: HttpRequest[] = [];
  const handler: HttpHandler = async (request) => {
    requests.push(request);
    return { status: 200, headers: {}, body: encode({ metadata: {} }), ...answer(request) };
  };
  return { client: createClient(handler, "system:kube-scheduler"), requests };
}

const calls: { name: string; call: (client: Client) => Promise<unknown>; is: string; type?: string }[] = [
  { name: "gets", call: (c) => c.get(Pod, web), is: "GET /api/v1/namespaces/shop/pods/web?" },
  { name: "lists everything", call: (c) => c.list(Pod), is: "GET /api/v1/pods?" },
  {
    name: "lists a page of a namespace",
    call: (c) => c.list(Deployment, { namespace: "shop", limit: 2, continue: "x", labelSelector: "a=b" }),
    is: "GET /apis/apps/v1/namespaces/shop/deployments?labelSelector=a%3Db&limit=2&continue=x",
  },
  {
    name: "creates where the draft says",
    call: (c) =>
      c.create(Deployment, { metadata: web, spec: { selector: {}, template: { spec: { containers: [] } } } }),
    is: "POST /apis/apps/v1/namespaces/shop/deployments?",
    type: "application/json",
  },
  {
    name: "applies by force",
    call: (c) => c.patch(Node, { name: "n 1" }, { type: "apply", body: {}, force: true }, { fieldManager: "me" }),
    is: "PATCH /api/v1/nodes/n%201?fieldManager=me&force=true",
    type: "application/apply-patch+yaml",
  },
  {
    name: "patches a status",
    call: (c) => c.patch(Pod, web, { type: "strategic", body: {} }, { subresource: "status", dryRun: true }),
    is: "PATCH /api/v1/namespaces/shop/pods/web/status?dryRun=All",
    type: "application/strategic-merge-patch+json",
  },
  { name: "deletes", call: (c) => c.delete(Pod, web), is: "DELETE /api/v1/namespaces/shop/pods/web?" },
  {
    name: "binds",
    call: (c) => c.createSubresource(Pod, web, "binding", {}),
    is: "POST /api/v1/namespaces/shop/pods/web/binding?",
  },
];
for (const c of calls) {
  test(`createClient() ${c.name}`, async () => {
    const { client, requests } = recording(() => ({}));
    await c.call(client);
    const [request] = requests;
    assert.ok(request);
    assert.equal(`${request.method} ${request.path}?${request.query}`, c.is);
    assert.equal(request.peer.internalUser, "system:kube-scheduler");
    assert.equal(request.headers["user-agent"], "kube-scheduler/knarr");
    if (c.type) assert.equal(request.headers["content-type"], c.type);
  });
}

test("createClient() says what list items leave out", async () => {
  const { client } = recording(() => ({
    body: encode({ metadata: { resourceVersion: "7" }, items: [{ metadata: web }] }),
  }));
  const { items, resourceVersion } = await client.list(Pod);
  assert.equal(resourceVersion, "7");
  assert.deepEqual(items, [{ apiVersion: "v1", kind: "Pod", metadata: web }]);
});

test("createClient() throws what the server said", async () => {
  const status = { kind: "Status", reason: "NotFound", message: 'pods "web" not found', code: 404 };
  const { client } = recording(() => ({ status: 404, body: encode(status) }));
  await assert.rejects(client.get(Pod, web), (error) => isApiError(error, "NotFound") && error.code === 404);
});

test("createClient() throws an ApiError also for an answer that is no Status", async () => {
  const { client } = recording(() => ({ status: 503, body: new TextEncoder().encode("shutting down\n") }));
  await assert.rejects(client.get(Pod, web), (error) => error instanceof ApiError && error.message === "shutting down");
});

/** A client with one watch open, and the server's end of it. */
function watching() {
  const opened = Promise.withResolvers<StreamSink>();
  const server = { stopped: false, opened: opened.promise };
  const start = (sink: StreamSink) => {
    opened.resolve(sink);
    return () => void (server.stopped = true);
  };
  const { client } = recording(() => ({ body: { start } }));
  const abort = new AbortController();
  const events = client.watch(Pod, { resourceVersion: "1", signal: abort.signal });
  return { server, abort, events: events[Symbol.asyncIterator]() };
}

const line = (text: string) => new TextEncoder().encode(text);
const added = '{"type":"ADDED","object":{"metadata":{"name":"ü"}}}\n';

test("watch() puts frames together however the bytes are cut", async () => {
  const { server, events } = watching();
  const next = events.next();
  const sink = await server.opened;
  for (const byte of line(added)) sink.write(Uint8Array.of(byte));
  assert.equal((await next).value?.object.metadata.name, "ü");
  sink.write(line(added + added));
  sink.end();
  assert.equal((await events.next()).done, false);
  assert.equal((await events.next()).done, false);
  assert.equal((await events.next()).done, true);
  assert.equal(server.stopped, true);
});

test("watch() throws the error the server sends in the stream", async () => {
  const { server, events } = watching();
  const next = events.next();
  (await server.opened).write(line('{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}}\n'));
  await assert.rejects(next, (error) => isApiError(error, "Expired"));
  assert.equal(server.stopped, true);
});

test("watch() throws when the stream breaks off", async () => {
  const { server, events } = watching();
  const next = events.next();
  (await server.opened).abort();
  await assert.rejects(next, /broke off/);
});

test("watch() ends when its signal aborts, also while it waits", async () => {
  const { server, abort, events } = watching();
  const next = events.next();
  await server.opened;
  abort.abort();
  assert.equal((await next).done, true);
  assert.equal(server.stopped, true);
});

test("watch() tells a fast server to wait, and when to go on", async () => {
  const { server, events } = watching();
  const first = events.next();
  const sink = await server.opened;
  const big = line(`{"type":"ADDED","object":{"metadata":{"name":"${"x".repeat(3_200_000)}"}}}\n`);
  assert.equal(sink.write(big), true);
  await first;
  for (let more = 0; more < 2; more++) sink.write(big);
  assert.equal(sink.write(big), false);
  let drained = false;
  const wait = sink.drained().then(() => (drained = true));
  await events.next();
  assert.equal(drained, false);
  await events.next();
  await events.next();
  void events.next();
  await wait;
  sink.end();
});
