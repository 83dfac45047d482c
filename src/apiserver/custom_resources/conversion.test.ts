import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "../testing.ts";
import type { WebhookCall } from "../webhook_target.ts";
import { CRDS, define } from "./fixtures.ts";

const GROUP = "stable.example.com";
const V1 = `/apis/${GROUP}/v1/namespaces/default/hosts`;
const V2 = `/apis/${GROUP}/v2/namespaces/default/hosts`;
const MERGE = { contentType: "application/merge-patch+json" };

const version = (name: string, storage: boolean, properties: object) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: "object", properties } },
});
const text = { type: "string" };

const DEFINITION = {
  metadata: { name: `hosts.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "hosts", kind: "Host" },
    versions: [
      version("v1", true, { hostPort: text }),
      version("v2", false, { host: text, port: text, note: { ...text, default: "new" } }),
    ],
    conversion: {
      strategy: "Webhook",
      webhook: {
        conversionReviewVersions: ["v1"],
        clientConfig: { service: { namespace: "default", name: "converter", path: "/convert" }, caBundle: btoa("PEM") },
      },
    },
  },
};

/** `host:port` in v1 is `host` and `port` in v2. */
function converted(object: AnyJson, apiVersion: string): AnyJson {
  const { hostPort, host, port, ...rest } = object;
  if (apiVersion.endsWith("/v1")) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [first, second] = hostPort.split(":");
  return { ...rest, apiVersion, host: first, port: second };
}

/** A server whose webhook converts, and notes its calls; `answer` may spoil what it says. */
async function withWebhook(answer: (review: AnyJson) => AnyJson = (review) => review) {
  const calls: WebhookCall[] = [];
  const webhooks = async (call: WebhookCall): Promise<unknown> => {
    calls.push(call);
    const { request, ...type } = structuredClone(call.body) as AnyJson;
    const convertedObjects = request.objects.map((object: AnyJson) => converted(object, request.desiredAPIVersion));
    return answer({ ...type, response: { uid: request.uid, result: { status: "Success" }, convertedObjects } });
  };
  const server = await testServer({ webhooks });
  await server.call("POST", "/api/v1/namespaces/default/services", {
    metadata: { name: "converter" },
    spec: { ports: [{ port: 443 }], clusterIP: "10.96.0.77" },
  });
  await define(server, DEFINITION);
  return { ...server, calls };
}

const host = (name: string) => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Host",
  metadata: { name, labels: { x: "y" } },
  hostPort: "example.com:80",
});

test("objects are read, listed, watched and written in every version", async () => {
  const { call, watch, store, calls } = await withWebhook();
  await call("POST", V1, host("a"));
  assert.equal(calls.length, 0, "nothing is converted into the version it has");
  const { json: read } = await call("GET", `${V2}/a`);
  assert.deepEqual(
    [read.apiVersion, read.host, read.port, read.note, read.hostPort],
    [`${GROUP}/v2`, "example.com", "80", "new", undefined],
  );
  assert.deepEqual(
    [calls[0]?.url, calls[0]?.address, calls[0]?.ca],
    ["https://converter.default.svc:443/convert", "10.96.0.77", "PEM"],
  );
  const log = await watch(`${V2}?resourceVersion=0`);
  await log.reach(1);
  const { json: changed } = await call("PATCH", `${V2}/a`, { port: "81" }, MERGE);
  assert.deepEqual([changed.port, changed.metadata.generation, changed.metadata.labels], ["81", 2, { x: "y" }]);
  const stored = new TextDecoder().decode(store.get(`/registry/${GROUP}/hosts/default/a`)?.value);
  assert.match(stored, /^{"apiVersion":"stable.example.com\/v1",.*"hostPort":"example.com:81"/);
  await call("POST", V2, { apiVersion: `${GROUP}/v2`, kind: "Host", metadata: { name: "b" }, host: "b", port: "1" });
  await call("DELETE", `${V1}/a`);
  await log.reach(4);
  assert.deepEqual(log.summary, ["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"]);
  assert.deepEqual(
    log.events.map(({ object }) => object.port),
    ["80", "81", "1", "81"],
  );
  const { json: list } = await call("GET", V1);
  assert.deepEqual(
    list.items.map(({ hostPort }: AnyJson) => hostPort),
    ["b:1"],
  );
  log.stop();
});

const refusals: readonly { name: string; spoil: (review: AnyJson) => AnyJson; message: string }[] = [
  {
    name: "fails",
    spoil: ({ response, ...review }) => ({
      ...review,
      response: { ...response, result: { status: "Failed", message: "no way" } },
    }),
    message: "failed: no way",
  },
  {
    name: "answers another question",
    spoil: ({ response, ...review }) => ({ ...review, response: { ...response, uid: "other" } }),
    message: 'failed: expected response.uid="',
  },
  {
    name: "loses objects",
    spoil: ({ response, ...review }) => ({ ...review, response: { ...response, convertedObjects: [] } }),
    message: "returned 0 objects, expected 1",
  },
  {
    name: "renames objects",
    spoil: ({ response, ...review }) => ({
      ...review,
      response: {
        ...response,
        convertedObjects: response.convertedObjects.map((each: AnyJson) => ({
          ...each,
          metadata: { ...each.metadata, name: "z" },
        })),
      },
    }),
    message: "returned invalid converted object at index 0: must have the same name: a != z",
  },
];
for (const { name, spoil, message } of refusals) {
  test(`a webhook that ${name} fails the request, and no other version`, async () => {
    const { call } = await withWebhook(spoil);
    await call("POST", V1, host("a"));
    const { code, json } = await call("GET", `${V2}/a`);
    assert.equal(code, 500);
    assert.ok(json.message.startsWith(`conversion webhook for ${GROUP}/v1, Kind=Host ${message}`), json.message);
    assert.equal((await call("GET", V2)).code, 500);
    assert.equal((await call("GET", `${V1}/a`)).code, 200);
  });
}

test("a watch that cannot be shown in its version ends with the reason", async () => {
  const { call, watch } = await withWebhook((review) => ({ ...review, response: undefined }));
  await call("POST", V1, host("a"));
  const log = await watch(`${V2}?resourceVersion=0`);
  await log.reach(1);
  assert.match(log.events[0]?.object.message, /failed: no response provided/);
  assert.equal(log.state, "ended");
});

test("an object written in an older version is brought to the stored one by any write", async () => {
  const { call, store } = await withWebhook();
  await call("POST", V1, host("a"));
  const { json: definition } = await call("GET", `${CRDS}/hosts.${GROUP}`);
  definition.spec.versions[0].storage = false;
  definition.spec.versions[1].storage = true;
  await call("PUT", `${CRDS}/hosts.${GROUP}`, definition);
  assert.equal((await call("GET", `${V1}/a`)).json.hostPort, "example.com:80");
  assert.equal((await call("PATCH", `${V1}/a`, {}, MERGE)).code, 200);
  const stored = new TextDecoder().decode(store.get(`/registry/${GROUP}/hosts/default/a`)?.value);
  assert.match(stored, /^{"apiVersion":"stable.example.com\/v2",.*"host":"example.com"/);
});
