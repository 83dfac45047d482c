import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpResponse } from "#base/http.ts";
import type { ServiceDoor } from "../aggregation/service_door.ts";
import type { NodeConnections } from "../node_connection.ts";
import { testServer } from "../testing.ts";

const NODES = "/api/v1/nodes";

/** A server with the node `n1`, whose agent listens at 10255, and what its agent and its machine are asked. */
async function proxying(answer: () => HttpResponse) {
  const asked: string[] = [];
  const refuse = () => Promise.reject(new Error("not asked"));
  const nodes: NodeConnections = {
    logs: refuse,
    exec: refuse,
    attach: refuse,
    portForward: refuse,
    usage: refuse,
    async serve({ nodeName }, { method, path, query }) {
      asked.push(`agent ${nodeName} ${method} ${path} ${query}`);
      return answer();
    },
  };
  const serviceDoor: ServiceDoor = {
    async send({ host, port, plain }, { method, target }) {
      asked.push(`${method} ${plain === true ? "http" : "https"}://${host}:${port}${target}`);
      const bytes = new Uint8Array();
      const body = (async function* () {
        yield bytes;
      })();
      return { status: 200, headers: {}, body, bytes: async () => bytes };
    },
    upgrade: refuse,
  };
  const api = await testServer({ nodes, serviceDoor });
  await api.call("POST", NODES, { metadata: { name: "n1" } });
  const addresses = [{ type: "InternalIP", address: "10.0.0.7" }];
  const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10_255 } } };
  await api.call("PATCH", `${NODES}/n1/status`, { status }, { contentType: "application/merge-patch+json" });
  return { ...api, asked };
}

const text = (status: number, body: string): HttpResponse => ({
  status,
  headers: { "content-type": "text/plain" },
  body: new TextEncoder().encode(body),
});

const WAYS = [
  ["GET", "n1/proxy/healthz", "agent n1 GET /healthz "],
  ["GET", "n1:10255/proxy/pods/?x=%2F", "agent n1 GET /pods/ x=%2F"],
  ["GET", "https:n1:10255/proxy/containerLogs/a/b/c%20d", "agent n1 GET /containerLogs/a/b/c%20d "],
  ["POST", "n1/proxy/run", "agent n1 POST /run "],
  ["PUT", "n1/proxy", "agent n1 PUT / "],
  ["GET", "https:n1:9100/proxy/metrics?a=b", "GET https://10.0.0.7:9100/metrics?a=b"],
  ["GET", "n1:9100/proxy/metrics", "GET http://10.0.0.7:9100/metrics"],
] as const;
for (const [method, path, arrives] of WAYS) {
  test(`the proxy of a node leads ${method} ${path} to ${arrives}`, async () => {
    const { request, asked } = await proxying(() => text(200, "ok"));
    assert.equal((await request(method, `${NODES}/${path}`)).status, 200);
    assert.deepEqual(asked, [arrives]);
  });
}

test("the proxy of a node hands on what the agent answers", async () => {
  const { call } = await proxying(() => text(404, "404 page not found"));
  const answered = await call("GET", `${NODES}/n1/proxy/none`);
  assert.deepEqual([answered.code, answered.text], [404, "404 page not found"]);
});

test("the proxy of a node leads from its own name to its root", async () => {
  const { request, asked } = await proxying(() => text(200, "ok"));
  const { status, headers } = await request("GET", `${NODES}/n1/proxy`);
  assert.deepEqual([status, headers["location"], asked], [301, `${NODES}/n1/proxy/`, []]);
});

const REFUSED = [
  ["a:b:c/proxy/healthz", 400, 'invalid node request "a:b:c"'],
  ["none/proxy/healthz", 404, 'nodes "none" not found'],
  ["n1/proxy/healthz", 503, "error trying to reach service: dial tcp 10.0.0.7:10255: connect: connection refused"],
] as const;
for (const [path, code, message] of REFUSED) {
  test(`the proxy of a node refuses ${path} with ${code}`, async () => {
    const { call } = await proxying(() => {
      throw new Error("dial tcp 10.0.0.7:10255: connect: connection refused");
    });
    const refused = await call("GET", `${NODES}/${path}`);
    assert.deepEqual([refused.code, refused.json.message], [code, message]);
  });
}
