import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing.ts";

const PODS = "/api/v1/namespaces/default/pods";
const RUNTIMES = "/apis/node.k8s.io/v1/runtimeclasses";
const pod = (spec: object) => ({ metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }], ...spec } });

test("a new claim or Ingress that names no class is of the newest default one", async () => {
  const api = await testServer();
  const mark = (key: string) => ({ [key]: "true" });
  for (const name of ["old", "new"]) {
    await api.clock.advance(1_000);
    await api.call("POST", "/apis/storage.k8s.io/v1/storageclasses", {
      metadata: { name, annotations: mark("storageclass.kubernetes.io/is-default-class") },
      provisioner: "example.com/p",
    });
    await api.call("POST", "/apis/networking.k8s.io/v1/ingressclasses", {
      metadata: { name, annotations: mark("ingressclass.kubernetes.io/is-default-class") },
      spec: { controller: "example.com/c" },
    });
  }
  const claim = (name: string, spec: object = {}) =>
    api.call("POST", "/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    });
  assert.equal((await claim("a")).json.spec.storageClassName, "new");
  assert.equal((await claim("b", { storageClassName: "old" })).json.spec.storageClassName, "old");
  assert.equal((await claim("c", { storageClassName: "" })).json.spec.storageClassName, "");
  const ingress = await api.call("POST", "/apis/networking.k8s.io/v1/namespaces/default/ingresses", {
    metadata: { name: "i" },
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
  });
  assert.equal(ingress.json.spec.ingressClassName, "new");
});

test("a pod pays for its way of running and goes where there is such a one", async () => {
  const api = await testServer();
  const tolerations = [{ key: "sandbox", operator: "Exists" }];
  const made = await api.call("POST", RUNTIMES, {
    metadata: { name: "vm" },
    handler: "vm",
    overhead: { podFixed: { cpu: "100m" } },
    scheduling: { nodeSelector: { runtime: "vm" }, tolerations },
  });
  assert.equal(made.code, 201, made.text);
  const { json } = await api.call("POST", PODS, pod({ runtimeClassName: "vm", nodeSelector: { disk: "ssd" } }));
  assert.deepEqual(json.spec.overhead, { cpu: "100m" });
  assert.deepEqual(json.spec.nodeSelector, { disk: "ssd", runtime: "vm" });
  assert.ok(json.spec.tolerations.some((each: { key: string }) => each.key === "sandbox"));
});

const refused: { spec: object; says: string }[] = [
  { spec: { runtimeClassName: "none" }, says: 'pod rejected: RuntimeClass "none" not found' },
  {
    spec: { runtimeClassName: "vm", overhead: { cpu: "1" } },
    says: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  },
  {
    spec: { overhead: { cpu: "1" } },
    says: "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
  },
  {
    spec: { runtimeClassName: "vm", nodeSelector: { runtime: "c" } },
    says: "conflict: runtimeClass.scheduling.nodeSelector[runtime] = vm; pod.spec.nodeSelector[runtime] = c",
  },
];
for (const c of refused) {
  test(`a pod is refused: ${c.says}`, async () => {
    const api = await testServer();
    await api.call("POST", RUNTIMES, {
      metadata: { name: "vm" },
      handler: "vm",
      overhead: { podFixed: { cpu: "100m" } },
      scheduling: { nodeSelector: { runtime: "vm" } },
    });
    const { code, json } = await api.call("POST", PODS, pod(c.spec));
    assert.deepEqual([code, json.message], [403, `pods "p" is forbidden: ${c.says}`]);
  });
}

test("only one class of priority can be the default", async () => {
  const api = await testServer();
  const create = (name: string, value: number) =>
    api.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name }, value, globalDefault: true });
  assert.equal((await create("a", 5)).code, 201);
  assert.equal(
    (await create("b", 7)).json.message,
    'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as default. Only one default can exist',
  );
  const { json } = await api.call("POST", PODS, pod({}));
  assert.deepEqual([json.spec.priority, json.spec.priorityClassName], [5, "a"]);
});
