import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../codec/decode.ts";
import { documentOf } from "../codec/document.ts";
import { prepareForCreate, prepareForStatusUpdate } from "../lifecycle.ts";
import { PersistentVolume, type PersistentVolumeDraft } from "./persistentvolume.ts";
import { PersistentVolumeClaim } from "./persistentvolumeclaim.ts";

function volume(spec: Partial<PersistentVolumeDraft["spec"]>, annotations: Record<string, string> = {}) {
  const draft = { metadata: { name: "v", annotations }, spec: { capacity: { storage: "1Gi" }, ...spec } };
  return decode(PersistentVolume, documentOf(draft), "Strict").object;
}

const onOs = {
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "In", values: ["linux"] }] }],
  },
};
const cases: readonly { name: string; volume: PersistentVolume; says: readonly string[] }[] = [
  { name: "nothing old", volume: volume({ hostPath: { path: "/d" } }), says: [] },
  {
    name: "the annotations before there were fields",
    volume: volume(
      {},
      { "volume.beta.kubernetes.io/storage-class": "a", "volume.beta.kubernetes.io/mount-options": "ro" },
    ),
    says: [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
    ],
  },
  {
    name: "a policy nobody follows",
    volume: volume({ persistentVolumeReclaimPolicy: "Recycle" }),
    says: [
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    ],
  },
  {
    name: "a label that has another name",
    volume: volume({ nodeAffinity: onOs }),
    says: [
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  },
  {
    name: "a sort that is gone",
    volume: volume({ cephfs: { monitors: ["m"] } }),
    says: ["spec.cephfs: deprecated in v1.28, non-functional in v1.31+"],
  },
];
for (const c of cases) {
  test(`a volume with ${c.name}`, () => assert.deepEqual(PersistentVolume.warnings?.(c.volume, undefined), c.says));
}

test("a claim for half a byte", () => {
  const draft = { metadata: { name: "c" }, spec: { resources: { requests: { storage: "1500m" } } } };
  const { object } = decode(PersistentVolumeClaim, documentOf(draft), "Strict");
  assert.deepEqual(PersistentVolumeClaim.warnings?.(object, undefined), [
    'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
  ]);
});

test("when a volume came into its phase is noted from its first on, unless the writer says so", () => {
  const before = volume({});
  prepareForCreate(PersistentVolume, before, { nowMs: Date.UTC(2025, 11, 31), uid: "u" });
  assert.deepEqual(before.status, { phase: "Pending", lastPhaseTransitionTime: "2025-12-31T00:00:00Z" });
  const next = { ...before, status: { ...before.status, phase: "Available" } };
  prepareForStatusUpdate(PersistentVolume, next, before, Date.UTC(2026, 0, 1));
  assert.equal(next.status.lastPhaseTransitionTime, "2026-01-01T00:00:00Z");
  const same = { ...next, status: { ...next.status, message: "m" } };
  prepareForStatusUpdate(PersistentVolume, same, next, Date.UTC(2026, 0, 2));
  assert.equal(same.status.lastPhaseTransitionTime, "2026-01-01T00:00:00Z");
});
