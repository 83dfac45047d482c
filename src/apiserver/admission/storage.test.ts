import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing.ts";

const VOLUMES = "/api/v1/persistentvolumes";
const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
const asNode = (name: string) => ({
  peer: { address: "", certificate: { commonName: `system:node:${name}`, organizations: ["system:nodes"] } },
});
const local = (name: string, more: object = {}, by = "knarr.dev/local-path") => ({
  metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": by } },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    persistentVolumeReclaimPolicy: "Delete",
    local: { path: "/d" },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n1"] }] }],
      },
    },
    ...more,
  },
});

test("new claims and volumes are protected", async () => {
  const api = await testServer();
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const claim = await api.call("POST", CLAIMS, { metadata: { name: "c", finalizers: ["example.com/f"] }, spec });
  assert.deepEqual(claim.json.metadata.finalizers, ["example.com/f", "kubernetes.io/pvc-protection"]);
  const volume = await api.call("POST", VOLUMES, local("v"));
  assert.deepEqual(volume.json.metadata.finalizers, ["kubernetes.io/pv-protection"]);
});

const cases: readonly { name: string; volume: object; phase?: string; node?: string; code: number }[] = [
  { name: "one of its own that was given back", volume: local("v"), code: 200 },
  { name: "no other node's", volume: local("v"), node: "n2", code: 403 },
  { name: "none that is in use", volume: local("v"), phase: "Bound", code: 403 },
  { name: "none that is to be kept", volume: local("v", { persistentVolumeReclaimPolicy: "Retain" }), code: 403 },
  { name: "none that somebody else made", volume: local("v", {}, "example.com/disk"), code: 403 },
];
for (const { name, volume, phase = "Released", node = "n1", code } of cases) {
  test(`a node deletes ${name}`, async () => {
    const api = await testServer();
    for (const each of ["n1", "n2"]) {
      const labels = { "kubernetes.io/hostname": each };
      await api.call("POST", "/api/v1/nodes", { metadata: { name: each, labels } });
    }
    const made = await api.call("POST", VOLUMES, volume);
    await api.call("PUT", `${VOLUMES}/v/status`, { ...made.json, status: { phase } });
    const answer = await api.call("DELETE", `${VOLUMES}/v`, undefined, asNode(node));
    assert.equal(answer.code, code, answer.text);
  });
}
