import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../core/configmap.ts";
import { Pod } from "../core/pod.ts";
import type { JsonObject } from "../json.ts";
import { compare } from "./compare.ts";
import { createdFields } from "./created_fields.ts";
import { LEAF, sorted, without } from "./field_set.ts";
import { strip } from "./managed_fields.ts";
import { rootPlace } from "./walk.ts";

const IGNORED = ["status"];
const place = rootPlace(Pod.schema);

/** The set as it comes of comparing with nothing. */
function compared(object: JsonObject, of = place) {
  return sorted(strip(without(compare(of, {}, object)?.changed ?? LEAF, IGNORED)));
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
  test(`createdFields() is what differs from nothing, in order: object ${at}`, () => {
    const due = JSON.stringify(compared(object));
    for (let times = 0; times < 3; times++) {
      assert.equal(JSON.stringify(createdFields(place, structuredClone(object), IGNORED)), due);
    }
  });
}

test("createdFields() takes wide objects as they come", () => {
  const data = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, "x"]));
  const of = rootPlace(ConfigMap.schema);
  assert.deepEqual(createdFields(of, { data }, IGNORED), compared({ data }, of));
  const containers = Array.from({ length: 300 }, (_, at) => ({ name: `c${at}` }));
  assert.deepEqual(createdFields(place, { spec: { containers } }, IGNORED), compared({ spec: { containers } }));
});

test("createdFields() finds the set of a like object again, and forgets when there are too many", () => {
  const configMap = (n: number) => ({ metadata: { name: "a" }, data: { [`key-${n}`]: "x" } });
  const of = rootPlace(ConfigMap.schema);
  assert.equal(createdFields(of, configMap(0), IGNORED), createdFields(of, configMap(0), IGNORED));
  for (let n = 0; n < 15_000; n++) createdFields(of, configMap(n), IGNORED);
  const first = createdFields(of, configMap(0), IGNORED);
  assert.deepEqual(first, compared(configMap(0), of));
});
