import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "#api/core/pod.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { keepSpec, sharedText, shareSpec } from "./pod_specs.ts";
import { testServer } from "./testing.ts";

const PODS = "/api/v1/namespaces/default/pods";

/** A server with pods `a`, `b` and `c` that say the same but for their names. */
async function withAlike(spec: object) {
  const api = await testServer();
  await api.call("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
  const create = (name: string, changes: object = {}) =>
    api.call("POST", PODS, { metadata: { name }, spec: { ...spec, ...changes } });
  const created = [];
  for (const name of ["a", "b", "c"]) {
    const { code, json, text } = await create(name);
    assert.equal(code, 201, text);
    created.push(json);
  }
  return { api, create, created };
}

test("pods that say the same have one spec, which is written out once and cannot be changed", () => {
  const podOf = (command: string) => {
    const spec = { containers: [{ name: "c", image: "one-spec", command: [command] }] };
    return decode(Pod, documentOf({ metadata: { name: command }, spec })).object as Pod;
  };
  const [first, alike, other] = [podOf("a"), podOf("a"), podOf("b")];
  keepSpec(first);
  shareSpec(alike);
  shareSpec(other);
  assert.equal(alike.spec, first.spec);
  assert.equal(sharedText(alike.spec), JSON.stringify(podOf("a").spec));
  assert.deepEqual(other.spec, podOf("b").spec);
  assert.equal(sharedText(other.spec), undefined);
  assert.throws(() => alike.spec.containers[0]?.command?.push("more"), TypeError);
});

test("pods made alike are answered alike, and read as they were answered", async () => {
  const { api, created } = await withAlike({ containers: [{ name: "c", image: "alike" }] });
  for (const pod of created) {
    assert.deepEqual(pod.spec, created[0].spec);
    assert.deepEqual((await api.call("GET", `${PODS}/${pod.metadata.name}`)).json, pod);
  }
});

test("to change a pod changes no other", async () => {
  const { api, created } = await withAlike({ containers: [{ name: "c", image: "changed" }] });
  const patched = await api.call(
    "PATCH",
    `${PODS}/b`,
    { spec: { containers: [{ name: "c", image: "new" }], activeDeadlineSeconds: 5 } },
    { headers: { "content-type": "application/strategic-merge-patch+json" } },
  );
  assert.equal(patched.code, 200, patched.text);
  assert.deepEqual([patched.json.spec.containers[0].image, patched.json.spec.activeDeadlineSeconds], ["new", 5]);
  const { items } = (await api.call("GET", PODS)).json;
  assert.deepEqual(items[0].spec, created[0].spec);
  assert.deepEqual(items[2].spec, created[2].spec);
});

test("a fault is found in a pod that is like others but for it", async () => {
  const { create } = await withAlike({ containers: [{ name: "c", image: "faulty" }] });
  for (let again = 0; again < 3; again++) {
    const { code, json } = await create("d", { restartPolicy: "Sometimes" });
    assert.equal(code, 422);
    assert.match(json.message, /spec\.restartPolicy: Unsupported value: "Sometimes"/);
  }
  assert.equal((await create("d")).code, 201);
});

test("what depends on a pod's name is looked at for each pod", async () => {
  const claimTemplate = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
  const { create } = await withAlike({
    containers: [{ name: "c", image: "claims" }],
    volumes: [
      { name: "own", ephemeral: { volumeClaimTemplate: claimTemplate } },
      { name: "other", persistentVolumeClaim: { claimName: "d-own" } },
    ],
  });
  const { code, json } = await create("d");
  assert.equal(code, 422);
  assert.match(json.message, /claimName: Invalid value: "d-own": must not reference a PVC that gets created/);
});
