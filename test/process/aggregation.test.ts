import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { after, before, test } from "node:test";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { APIService } from "#api/apiregistration/apiservice.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { openPki, type Pki } from "#bin/pki.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { listen, type Listener } from "#sys/http/listener.ts";
import { httpsTransport, type OpenTransport } from "#sys/http/client.ts";
import { serviceClient, type ServiceClient } from "#sys/http/service_client.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { objectOf, storagePrefix } from "#apiserver/object_codec.ts";
import { createApiServer, type ApiServer } from "#apiserver/server.ts";
import { GROUP, sampleServer, type SampleServer } from "./sample_server.ts";

const NAME = `v1alpha1.${GROUP}`;
const BASE = `/apis/${GROUP}/v1alpha1`;
const store = new MemoryStore();
let pki: Pki;
let door: ServiceClient;
let server: ApiServer;
let listener: Listener;
let client: OpenTransport;
let sample: SampleServer;

before(async () => {
  pki = await openPki(memoryFiles(), "/", { addresses: [], now: Date.now() });
  door = serviceClient(() => pki.frontProxy);
  const registry = new KindRegistry(KINDS);
  const options = { serviceDoor: door };
  server = createApiServer({ store, registry, clock: realClock, random: seededRandom(1), log: silentLog, options });
  const tls = { key: pki.server.key, cert: pki.server.cert, clientCa: pki.ca.cert };
  listener = await listen({ port: 0, host: "127.0.0.1", tls, handler: server.handle, upgrade: server.upgrade });
  const { cert, key } = pki.admin;
  client = httpsTransport({ server: `https://127.0.0.1:${listener.port}`, ca: pki.ca.cert, cert, key });
  sample = await sampleServer("api.wardle.svc", pki.frontProxyCa);
  await call("POST", "/api/v1/namespaces", { metadata: { name: "wardle" } });
});
after(async () => {
  client.close();
  await listener.close();
  server.close();
  door.close();
  await sample.close();
  await store.close();
});

// eslint-disable-next-line typescript/no-explicit-any -- Answers of every kind are looked into.
type AnyJson = any;

async function call(method: string, target: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await client.send({
    method,
    target,
    headers: { "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  const text = new TextDecoder().decode(await response.bytes());
  const isJson = response.headers["content-type"]?.startsWith("application/json");
  return { code: response.status, text, json: (isJson ? JSON.parse(text) : undefined) as AnyJson };
}

/** Resolves with the condition of the API service once it has this reason. */
function conditionWith(reason: string): Promise<{ readonly status: string; readonly message?: string | undefined }> {
  const found = () => {
    const entry = store.get(`${storagePrefix(APIService)}${NAME}`);
    const { conditions = [] } = entry === undefined ? {} : (objectOf(entry) as APIService).status;
    return conditions.find((each) => each.type === "Available" && each.reason === reason);
  };
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`No condition with reason ${reason}`)), 20_000);
    const watch = store.watch(storagePrefix(APIService), { after: store.revision }, { changes: look, closed() {} });
    function look() {
      const condition = found();
      if (condition === undefined) return;
      watch.close();
      clearTimeout(late);
      resolve(condition);
    }
    look();
  });
}

const SERVICE = { metadata: { name: "api" }, spec: { ports: [{ name: "https", port: 443 }] } };

test("an API service says why its server cannot be asked, then that it can", async () => {
  const spec = { group: GROUP, version: "v1alpha1", groupPriorityMinimum: 2000, versionPriority: 200 };
  const service = { namespace: "wardle", name: "api", port: 443 };
  const caBundle = btoa(sample.ca);
  const created = await call("POST", "/apis/apiregistration.k8s.io/v1/apiservices", {
    metadata: { name: NAME },
    spec: { ...spec, service, caBundle },
  });
  assert.equal(created.code, 201, created.text);
  const absent = await conditionWith("ServiceNotFound");
  assert.deepEqual([absent.status, absent.message], ["False", 'service/api in "wardle" is not present']);
  const refused = await call("GET", `${BASE}/flunders`);
  assert.deepEqual([refused.code, refused.text], [503, "service unavailable\n"]);

  assert.equal((await call("POST", "/api/v1/namespaces/wardle/services", SERVICE)).code, 201);
  assert.equal((await conditionWith("EndpointsNotFound")).message, 'cannot find endpoints for service/api in "wardle"');
  const slices = "/apis/discovery.k8s.io/v1/namespaces/wardle/endpointslices";
  const slice = {
    metadata: { name: "api", labels: { "kubernetes.io/service-name": "api" } },
    addressType: "IPv4",
    ports: [{ name: "https", port: sample.port }],
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: false } }],
  };
  assert.equal((await call("POST", slices, slice)).code, 201);
  const missing = 'endpoints for service/api in "wardle" have no addresses with port name "https"';
  assert.equal((await conditionWith("MissingEndpoints")).message, missing);

  // By name: the API takes no loopback addresses for endpoints.
  await call("DELETE", "/api/v1/namespaces/wardle/services/api");
  const external = { metadata: { name: "api" }, spec: { type: "ExternalName", externalName: "localhost" } };
  assert.equal((await call("POST", "/api/v1/namespaces/wardle/services", external)).code, 201);
  const failed = await conditionWith("FailedDiscoveryCheck");
  assert.match(
    failed.message ?? "",
    /^failing or missing response from https:\/\/localhost:443\/apis\/wardle.example.com\/v1alpha1: dial tcp localhost:443: connect: connection refused$/,
  );
  const patched = await call(
    "PATCH",
    `/apis/apiregistration.k8s.io/v1/apiservices/${NAME}`,
    { spec: { service: { port: sample.port } } },
    { "content-type": "application/merge-patch+json" },
  );
  assert.equal(patched.code, 200, patched.text);
  assert.deepEqual({ ...(await conditionWith("Passed")) }.message, "all checks passed");
});

test("requests go on with who asks, and nobody can say that himself", async () => {
  await conditionWith("Passed");
  sample.seen.length = 0;
  const got = await call("GET", `${BASE}/namespaces/a/flunders/absent?x=1`, undefined, {
    "x-remote-user": "somebody else",
    "x-remote-group": "system:masters",
    "x-remote-extra-scopes": "all",
    authorization: "Bearer secret",
  });
  assert.deepEqual([got.code, got.json.kind], [404, "FlunderList"]);
  const made = await call("POST", `${BASE}/namespaces/a/flunders`, { kind: "Flunder" });
  assert.equal(made.code, 200);
  const [first, second] = sample.seen;
  assert.equal(first?.path, `${BASE}/namespaces/a/flunders/absent?x=1`);
  assert.equal(first?.headers["x-remote-user"], "kubernetes-admin");
  assert.equal(first?.headers["x-remote-group"], "system:masters, system:authenticated");
  assert.equal(first?.headers["x-remote-extra-scopes"], undefined);
  assert.equal(first?.headers["authorization"], undefined);
  assert.equal(first?.headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(second?.body, '{"kind":"Flunder"}');
});

test("a watch comes as it is written, and ends there when its client leaves", async () => {
  await conditionWith("Passed");
  const abort = new AbortController();
  const { body } = await client.send({ method: "GET", target: `${BASE}/flunders?watch=true`, signal: abort.signal });
  for await (const chunk of body) {
    assert.equal(new TextDecoder().decode(chunk), '{"type":"ADDED"}\n');
    break;
  }
  abort.abort();
});

test("a connection that is upgraded carries bytes both ways", async () => {
  await conditionWith("Passed");
  const { cert, key } = pki.admin;
  const outgoing = httpsRequest({
    port: listener.port,
    host: "127.0.0.1",
    ca: pki.ca.cert,
    cert,
    key,
    path: `${BASE}/namespaces/a/flunders/b/connect`,
    headers: { connection: "Upgrade", upgrade: "websocket" },
    agent: false,
  });
  outgoing.end();
  const [response, socket, head] = (await once(outgoing, "upgrade")) as [{ statusCode: number }, Duplex, Buffer];
  assert.equal(response.statusCode, 101);
  let text = head.toString();
  socket.write("ping");
  while (!text.endsWith("ping")) text += String(((await once(socket, "data")) as [Buffer])[0]);
  assert.equal(text, "hello kubernetes-admin\nping");
  socket.destroy();
});

test("discovery and OpenAPI show what other servers answer for", async () => {
  await conditionWith("Passed");
  const groups = (await call("GET", "/apis")).json.groups as { name: string; preferredVersion: object }[];
  const wardle = groups.find(({ name }) => name === GROUP);
  assert.deepEqual(wardle?.preferredVersion, { groupVersion: `${GROUP}/v1alpha1`, version: "v1alpha1" });
  assert.equal((await call("GET", `/apis/${GROUP}`)).json.kind, "APIGroup");
  assert.equal((await call("GET", BASE)).json.resources.length, 2);
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const items = (await call("GET", "/apis", undefined, { accept })).json.items as {
    metadata: { name: string };
    versions: AnyJson[];
  }[];
  const [version] = items.find(({ metadata }) => metadata.name === GROUP)?.versions ?? [];
  assert.equal(version.freshness, "Current");
  assert.deepEqual(version.resources[0].responseKind, { group: GROUP, version: "v1alpha1", kind: "Flunder" });
  assert.equal(version.resources[0].subresources[0].subresource, "status");
  const { paths } = (await call("GET", "/openapi/v3")).json;
  assert.equal(paths[BASE.slice(1)].serverRelativeURL, `/openapi/v3${BASE}?hash=ABC`);
  assert.ok(paths["api/v1"]);
  assert.ok((await call("GET", `/openapi/v3${BASE}?hash=ABC`)).json.paths[`${BASE}/flunders`]);
  const swagger = (await call("GET", "/openapi/v2", undefined, { accept: "application/json" })).json;
  assert.ok(swagger.paths[`${BASE}/flunders`] && swagger.paths["/api/v1/pods"]);
  assert.equal(swagger.definitions["com.example.Flunder"].description, "A flunder.");
});

test("a server that stops answering well is not asked until it does; its group is stale meanwhile", async () => {
  await conditionWith("Passed");
  await sample.close();
  const failed = await call("GET", `${BASE}/flunders`);
  assert.equal(failed.code, 503);
  assert.equal(
    failed.text,
    `error trying to reach service: dial tcp localhost:${sample.port}: connect: connection refused\n`,
  );
  assert.equal((await conditionWith("FailedDiscoveryCheck")).status, "False");
  assert.equal((await call("GET", `${BASE}/flunders`)).text, "service unavailable\n");
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const items = (await call("GET", "/apis", undefined, { accept })).json.items as {
    metadata: { name: string };
    versions: AnyJson[];
  }[];
  assert.equal(items.find(({ metadata }) => metadata.name === GROUP)?.versions[0].freshness, "Stale");
  await call("DELETE", `/apis/apiregistration.k8s.io/v1/apiservices/${NAME}`);
  assert.equal((await call("GET", `${BASE}/flunders`)).code, 404);
});

test("what is served here is registered as local, and follows what is served", async () => {
  await server.registerApiServices();
  const list = await call("GET", "/apis/apiregistration.k8s.io/v1/apiservices");
  const items = list.json.items as APIService[];
  const core = items.find(({ metadata }) => metadata.name === "v1.");
  assert.deepEqual(core?.spec, { version: "v1", groupPriorityMinimum: 18_000, versionPriority: 1 });
  assert.deepEqual(core?.metadata.labels, { "kube-aggregator.kubernetes.io/automanaged": "onstart" });
  const [condition] = core?.status.conditions ?? [];
  assert.deepEqual(
    [condition?.status, condition?.reason, condition?.message],
    ["True", "Local", "Local APIServices are always available"],
  );
  assert.ok(items.some(({ metadata }) => metadata.name === "v2.autoscaling"));
  const unchanged = store.revision;
  await server.registerApiServices();
  assert.equal(store.revision, unchanged, "nothing is written when nothing is missing");
});
