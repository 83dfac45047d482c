import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson, type TestServer } from "../testing.ts";

const PODS = "/api/v1/namespaces/default/pods";

async function limited(...limits: object[]): Promise<TestServer> {
  const api = await testServer();
  const made = await api.call("POST", "/api/v1/namespaces/default/limitranges", {
    metadata: { name: "limits" },
    spec: { limits },
  });
  assert.equal(made.code, 201, made.text);
  return api;
}

function pod(requests?: AnyJson, limits?: AnyJson, more: object = {}) {
  const resources = { ...(requests && { requests }), ...(limits && { limits }) };
  return { metadata: { name: "p" }, spec: { containers: [{ name: "web", image: "web:1", resources }], ...more } };
}

test("what a container does not say is filled in, and the pod says so", async () => {
  const api = await limited({
    type: "Container",
    default: { cpu: "1", memory: "1Gi" },
    defaultRequest: { cpu: "100m" },
  });
  const initContainers = [{ name: "init", image: "init:1", resources: { limits: { memory: "2Gi" } } }];
  const { json } = await api.call("POST", PODS, pod(undefined, undefined, { initContainers }));
  assert.deepEqual(json.spec.containers[0].resources, {
    requests: { cpu: "100m", memory: "1Gi" },
    limits: { cpu: "1", memory: "1Gi" },
  });
  assert.deepEqual(json.spec.initContainers[0].resources, {
    requests: { cpu: "100m", memory: "2Gi" },
    limits: { cpu: "1", memory: "2Gi" },
  });
  assert.equal(
    json.metadata.annotations["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu, memory request for container web; cpu, memory limit for container web; cpu request for init container init; cpu limit for init container init",
  );
});

const refusals: { name: string; limit: object; pod: object; says: string }[] = [
  {
    name: "too little",
    limit: { type: "Container", min: { cpu: "100m" } },
    pod: pod({ cpu: "50m" }),
    says: "minimum cpu usage per Container is 100m, but request is 50m",
  },
  {
    name: "too little of a pod",
    limit: { type: "Pod", min: { cpu: "100m" } },
    pod: pod(),
    says: "minimum cpu usage per Pod is 100m.  No request is specified",
  },
  {
    name: "a limit that is too much",
    limit: { type: "Container", max: { memory: "1Gi" } },
    pod: pod(undefined, { memory: "2Gi" }),
    says: "maximum memory usage per Container is 1Gi, but limit is 2Gi",
  },
  {
    name: "no limit for a pod",
    limit: { type: "Pod", max: { cpu: "1" } },
    pod: pod({ cpu: "1" }),
    says: "maximum cpu usage per Pod is 1.  No limit is specified",
  },
  {
    name: "a limit far above the request",
    limit: { type: "Container", maxLimitRequestRatio: { cpu: "4" } },
    pod: pod({ cpu: "100m" }, { cpu: "1" }),
    says: "cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000",
  },
  {
    name: "a ratio without a request",
    limit: { type: "Pod", maxLimitRequestRatio: { cpu: "4" } },
    pod: pod(),
    says: "cpu max limit to request ratio per Pod is 4, but no request is specified or request is 0",
  },
  {
    name: "several at once",
    limit: { type: "Pod", min: { cpu: "1", memory: "1Gi" } },
    pod: pod({ cpu: "500m", memory: "1Mi" }),
    says: "[minimum cpu usage per Pod is 1, but request is 500m, minimum memory usage per Pod is 1Gi, but request is 1Mi]",
  },
];
for (const c of refusals) {
  test(`a LimitRange refuses ${c.name}`, async () => {
    const api = await limited(c.limit);
    const { code, json } = await api.call("POST", PODS, c.pod);
    assert.equal(code, 403);
    assert.equal(json.message, `pods "p" is forbidden: ${c.says}`);
  });
}

test("claims are held to their bounds", async () => {
  const api = await limited({ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "4Gi" } });
  const claim = (storage: string) =>
    api.call("POST", "/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
    });
  const refused = 'persistentvolumeclaims "data" is forbidden: ';
  assert.equal(
    (await claim("8Gi")).json.message,
    `${refused}maximum storage usage per PersistentVolumeClaim is 4Gi, but request is 8Gi`,
  );
  assert.equal(
    (await claim("1Mi")).json.message,
    `${refused}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi`,
  );
  assert.equal((await claim("2Gi")).code, 201);
});

test("what is there stays, whatever is said later", async () => {
  const api = await testServer();
  await api.call("POST", PODS, pod());
  await api.call("POST", "/api/v1/namespaces/default/limitranges", {
    metadata: { name: "limits" },
    spec: { limits: [{ type: "Pod", min: { cpu: "1" } }] },
  });
  const body = { metadata: { labels: { a: "b" } } };
  const patched = await api.call("PATCH", `${PODS}/p`, body, { contentType: "application/merge-patch+json" });
  assert.equal(patched.code, 200);
});
