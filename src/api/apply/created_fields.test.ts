import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../apps/deployment.ts";
import { Job } from "../batch/job.ts";
import { ConfigMap } from "../core/configmap.ts";
import { Pod } from "../core/pod.ts";
import type { JsonObject } from "../json.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { compare } from "./compare.ts";
import { createdFields, zeroOf } from "./created_fields.ts";
import { LEAF, sorted, without } from "./field_set.ts";
import { strip } from "./managed_fields.ts";
import { readAsGo, rootPlace } from "./walk.ts";

const IGNORED = ["status"];
const place = rootPlace(Pod.schema);

/** The set as it comes of comparing with an object of which nothing is said. */
function compared(object: JsonObject, schema = Pod.schema as ObjectSchema) {
  const found = compare(rootPlace(schema), zeroOf(schema), object, readAsGo);
  return sorted(strip(without(found?.changed ?? LEAF, IGNORED)));
}

const OBJECTS: readonly JsonObject[] = [
  {},
  { metadata: { name: "a" } },
  { metadata: { name: "a", labels: {} }, spec: {} },
  {
    metadata: { labels: { b: "1", a: "2" } },
    spec: { containers: [{ name: "x", image: "i" }] },
    status: { phase: "x" },
  },
  { spec: { containers: [{ image: "i", name: "x" }], hostNetwork: false, nodeName: "" } },
  { spec: { containers: [{ name: "x" }, { name: "x" }, { name: "y", ports: [{ containerPort: 1 }], args: ["a"] }] } },
  {
    spec: { nodeSelector: { z: "1" }, tolerations: [], securityContext: null, volumes: [{ name: "v", emptyDir: {} }] },
  },
  { metadata: { finalizers: ["b/c", "a/b"], annotations: { ["__proto__"]: "x" } }, unknown: 1 },
];

for (const [at, object] of OBJECTS.entries()) {
  test(`createdFields() is what differs from an object without anything in it, in order: object ${at}`, () => {
    const due = JSON.stringify(compared(object));
    for (let times = 0; times < 3; times++) {
      assert.equal(JSON.stringify(createdFields(place, structuredClone(object), IGNORED)), due);
    }
  });
}

test("createdFields() does not count what a Go struct holds before anything is set", () => {
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "i", resources: {} }] } };
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, strategy, template };
  assert.deepEqual(createdFields(rootPlace(Deployment.schema), { metadata: { name: "a" }, spec }, IGNORED), {
    "f:spec": {
      "f:replicas": {},
      "f:selector": {},
      "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {} }, "f:type": {} },
      "f:template": {
        "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
        "f:spec": {
          "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:image": {}, "f:name": {}, "f:resources": {} } },
        },
      },
    },
  });
  const bare = { spec: { template: { metadata: {}, spec: { restartPolicy: "Never" } } } };
  assert.deepEqual(createdFields(rootPlace(Job.schema), bare, IGNORED), {
    "f:spec": { "f:template": { "f:spec": { "f:restartPolicy": {} } } },
  });
});

test("createdFields() takes wide objects as they come", () => {
  const data = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, "x"]));
  const of = rootPlace(ConfigMap.schema);
  assert.deepEqual(createdFields(of, { data }, IGNORED), compared({ data }, ConfigMap.schema));
  const containers = Array.from({ length: 300 }, (_, at) => ({ name: `c${at}` }));
  assert.deepEqual(createdFields(place, { spec: { containers } }, IGNORED), compared({ spec: { containers } }));
});

test("createdFields() finds the set of a like object again, and forgets when there are too many", () => {
  const configMap = (n: number) => ({ metadata: { name: "a" }, data: { [`key-${n}`]: "x" } });
  const of = rootPlace(ConfigMap.schema);
  assert.equal(createdFields(of, configMap(0), IGNORED), createdFields(of, configMap(0), IGNORED));
  for (let n = 0; n < 15_000; n++) createdFields(of, configMap(n), IGNORED);
  const first = createdFields(of, configMap(0), IGNORED);
  assert.deepEqual(first, compared(configMap(0), ConfigMap.schema));
});
