import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { PersistentVolume, type PersistentVolumeDraft } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim, type PersistentVolumeClaimDraft } from "#api/core/persistentvolumeclaim.ts";
import { StorageClass, type StorageClassDraft } from "#api/storage/storageclass.ts";
import { planReclaim, planVolume, unbound } from "./persistentvolume_plan.ts";
import { planClaim, type ClaimPlan } from "./persistentvolumeclaim_plan.ts";

const BOUND = { "pv.kubernetes.io/bind-completed": "yes" };
const CHOSEN = { "pv.kubernetes.io/bound-by-controller": "yes" };

type Meta = NonNullable<PersistentVolumeClaimDraft["metadata"]>;

function claimOf(spec: Partial<NonNullable<PersistentVolumeClaimDraft["spec"]>> = {}, metadata: Meta = {}) {
  const draft: PersistentVolumeClaimDraft = {
    metadata: { name: "data", namespace: "default", uid: "u1", ...metadata },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "",
      ...spec,
    },
  };
  return decode(PersistentVolumeClaim, documentOf(draft), "Strict").object;
}

type VolumeSpec = Partial<NonNullable<PersistentVolumeDraft["spec"]>>;

function volumeOf(name: string, spec: VolumeSpec = {}, metadata: NonNullable<PersistentVolumeDraft["metadata"]> = {}) {
  const draft: PersistentVolumeDraft = {
    metadata: { name, uid: name, ...metadata },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/d" }, ...spec },
    status: { phase: spec.claimRef?.uid ? "Bound" : "Available" },
  };
  return decode(PersistentVolume, documentOf(draft), "Strict").object;
}

function classOf(name: string, draft: Partial<StorageClassDraft> = {}) {
  const whole = { metadata: { name }, provisioner: "example.com/disk", ...draft };
  return decode(StorageClass, documentOf(whole), "Strict").object;
}

const claimRef = (name: string, uid?: string) => ({ namespace: "default", name, ...(uid && { uid }) });
const later = classOf("later", { volumeBindingMode: "WaitForFirstConsumer" });
const isDefault = { metadata: { name: "d", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } };

interface Case {
  readonly name: string;
  readonly claim?: PersistentVolumeClaim;
  readonly volumes?: readonly PersistentVolume[];
  readonly classes?: readonly StorageClass[];
  readonly pods?: readonly string[];
  readonly gives: string;
}

const cases: readonly Case[] = [
  {
    name: "takes the smallest that is large enough",
    volumes: [
      volumeOf("l", { capacity: { storage: "3Gi" } }),
      volumeOf("s", { capacity: { storage: "1Mi" } }),
      volumeOf("m", { capacity: { storage: "2Gi" } }),
    ],
    gives: "bind m",
  },
  {
    name: "takes a larger one that has no more access modes than it wants",
    volumes: [
      volumeOf("shared", { accessModes: ["ReadWriteOnce", "ReadWriteMany"] }),
      volumeOf("own", { capacity: { storage: "5Gi" } }),
    ],
    gives: "bind own",
  },
  {
    name: "wants all its access modes",
    claim: claimOf({ accessModes: ["ReadWriteOnce", "ReadOnlyMany"] }),
    volumes: [volumeOf("a")],
    gives: "Pending FailedBinding",
  },
  {
    name: "does not take one of a class",
    volumes: [volumeOf("a", { storageClassName: "fast" })],
    gives: "Pending FailedBinding",
  },
  {
    name: "takes one of its class only",
    claim: claimOf({ storageClassName: "fast" }),
    volumes: [volumeOf("a"), volumeOf("b", { storageClassName: "fast" })],
    gives: "bind b",
  },
  {
    name: "knows the class by its old annotation",
    claim: claimOf({}, { annotations: { "volume.beta.kubernetes.io/storage-class": "fast" } }),
    volumes: [volumeOf("a"), volumeOf("b", {}, { annotations: { "volume.beta.kubernetes.io/storage-class": "fast" } })],
    gives: "bind b",
  },
  {
    name: "wants its labels",
    claim: claimOf({ selector: { matchLabels: { disk: "ssd" } } }),
    volumes: [volumeOf("a"), volumeOf("b", {}, { labels: { disk: "ssd" } })],
    gives: "bind b",
  },
  {
    name: "wants its mode",
    claim: claimOf({ volumeMode: "Block" }),
    volumes: [volumeOf("a"), volumeOf("b", { volumeMode: "Block" })],
    gives: "bind b",
  },
  {
    name: "leaves what is kept for others, and what is on its way out",
    volumes: [
      volumeOf("a", { claimRef: claimRef("other") }),
      volumeOf("b", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    ],
    gives: "Pending FailedBinding",
  },
  {
    name: "takes what is kept for it, whatever its class",
    volumes: [volumeOf("a"), volumeOf("b", { claimRef: claimRef("data"), storageClassName: "x" })],
    gives: "bind b",
  },
  {
    name: "does not take what was a former claim's of its name",
    volumes: [volumeOf("a", { claimRef: claimRef("data", "u0") })],
    gives: "Pending FailedBinding",
  },
  {
    name: "waits for its pod, though there is a volume",
    claim: claimOf({ storageClassName: "later" }),
    volumes: [volumeOf("a", { storageClassName: "later" })],
    classes: [later],
    gives: "Pending WaitForFirstConsumer waiting for first consumer to be created before binding",
  },
  {
    name: "waits for its pod to be scheduled",
    claim: claimOf({ storageClassName: "later" }),
    classes: [later],
    pods: ["p"],
    gives: "Pending WaitForPodScheduled waiting for pod p to be scheduled",
  },
  {
    name: "that waits takes what is kept for it at once",
    claim: claimOf({ storageClassName: "later" }),
    volumes: [volumeOf("a", { claimRef: claimRef("data") })],
    classes: [later],
    gives: "bind a",
  },
  {
    name: "waits no more when a node is chosen",
    claim: claimOf({ storageClassName: "later" }, { annotations: { "volume.kubernetes.io/selected-node": "n" } }),
    classes: [later],
    gives: "provision example.com/disk",
  },
  {
    name: "is provisioned at once by an immediate class",
    claim: claimOf({ storageClassName: "now" }),
    classes: [classOf("now")],
    gives: "provision example.com/disk",
  },
  {
    name: "has a class nobody knows",
    claim: claimOf({ storageClassName: "none" }),
    gives: 'Pending ProvisioningFailed storageclass.storage.k8s.io "none" not found',
  },
  {
    name: "has a class nobody provisions",
    claim: claimOf({ storageClassName: "static" }),
    classes: [classOf("static", { provisioner: "kubernetes.io/no-provisioner" })],
    gives: "Pending ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner",
  },
  {
    name: "that names no class is of the default one, once there is one",
    claim: decode(
      PersistentVolumeClaim,
      documentOf({
        metadata: { name: "data", namespace: "default", uid: "u1" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
      "Strict",
    ).object,
    classes: [classOf("d", isDefault)],
    gives: "classify d",
  },
  { name: "of the empty class has none", classes: [classOf("d", isDefault)], gives: "Pending FailedBinding" },
  {
    name: "gets the volume it names",
    claim: claimOf({ volumeName: "b" }),
    volumes: [volumeOf("a"), volumeOf("b", { capacity: { storage: "9Gi" } })],
    gives: "bind b",
  },
  { name: "waits for the volume it names", claim: claimOf({ volumeName: "b" }), gives: "Pending" },
  {
    name: "names a volume that is too small",
    claim: claimOf({ volumeName: "a" }),
    volumes: [volumeOf("a", { capacity: { storage: "1Mi" } })],
    gives: 'Pending VolumeMismatch Cannot bind to requested volume "a": requested PV is too small',
  },
  {
    name: "names a volume of another class",
    claim: claimOf({ volumeName: "a" }),
    volumes: [volumeOf("a", { storageClassName: "x" })],
    gives: 'Pending VolumeMismatch Cannot bind to requested volume "a": storageClassName does not match',
  },
  {
    name: "names a volume that is somebody else's",
    claim: claimOf({ volumeName: "a" }),
    volumes: [volumeOf("a", { claimRef: claimRef("other", "u9") })],
    gives: 'Pending FailedBinding volume "a" already bound to a different claim.',
  },
  {
    name: "that is bound stays bound",
    claim: claimOf({ volumeName: "a" }, { annotations: BOUND }),
    volumes: [volumeOf("a", { claimRef: claimRef("data", "u1") })],
    gives: "bind a",
  },
  {
    name: "that is bound is lost with its volume",
    claim: claimOf({ volumeName: "a" }, { annotations: BOUND }),
    gives: "Lost ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!",
  },
  {
    name: "that is bound is lost with its volume's name",
    claim: claimOf({}, { annotations: BOUND }),
    gives: "Lost ClaimLost Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
  },
  {
    name: "that is bound loses against the one its volume names",
    claim: claimOf({ volumeName: "a" }, { annotations: BOUND }),
    volumes: [volumeOf("a", { claimRef: claimRef("other", "u9") })],
    gives: "Lost ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly",
  },
];

/** A plan as `gives` says it. */
function told(plan: ClaimPlan): string {
  switch (plan.do) {
    case "bind":
      return `bind ${plan.volume.metadata.name}`;
    case "classify":
      return `classify ${plan.className}`;
    case "provision":
      return `provision ${plan.provisioner}`;
    case "show":
      return [plan.phase, plan.news?.reason, plan.news?.message].filter((part) => part !== undefined).join(" ");
  }
}

for (const { name, claim = claimOf(), volumes = [], classes = [], pods = [], gives } of cases) {
  test(`planClaim(): a claim ${name}`, () => {
    const plan = planClaim(claim, {
      volume: (wanted) => volumes.find(({ metadata }) => metadata.name === wanted),
      candidates: () => volumes,
      classes: () => classes,
      waitingPods: () => pods,
    });
    assert.ok(told(plan).startsWith(gives), `${told(plan)} is not ${gives}`);
  });
}

const lives: readonly { name: string; volume: PersistentVolume; claim?: PersistentVolumeClaim; gives: string }[] = [
  { name: "is free", volume: volumeOf("a"), gives: "show Available" },
  {
    name: "is kept for a claim",
    volume: volumeOf("a", { claimRef: claimRef("data") }),
    claim: claimOf(),
    gives: "show Available",
  },
  {
    name: "has its claim",
    volume: volumeOf("a", { claimRef: claimRef("data", "u1") }),
    claim: claimOf({ volumeName: "a" }),
    gives: "show Bound",
  },
  {
    name: "waits for its claim to take it",
    volume: volumeOf("a", { claimRef: claimRef("data", "u1") }),
    claim: claimOf(),
    gives: "wait",
  },
  {
    name: "cannot have its claim",
    volume: volumeOf("a", { claimRef: claimRef("data", "u1"), volumeMode: "Block" }),
    claim: claimOf(),
    gives: "mismatch",
  },
  { name: "has lost its claim", volume: volumeOf("a", { claimRef: claimRef("data", "u1") }), gives: "release" },
  {
    name: "sees another claim of that name",
    volume: volumeOf("a", { claimRef: claimRef("data", "u0") }),
    claim: claimOf(),
    gives: "release",
  },
  {
    name: "was chosen for a claim that has another",
    volume: volumeOf("a", { claimRef: claimRef("data", "u1") }),
    claim: claimOf({ volumeName: "b" }),
    gives: "unbind",
  },
  {
    name: "was made for a claim that has another",
    volume: volumeOf(
      "a",
      { claimRef: claimRef("data", "u1"), persistentVolumeReclaimPolicy: "Delete" },
      { annotations: { "pv.kubernetes.io/provisioned-by": "example.com/disk" } },
    ),
    claim: claimOf({ volumeName: "b" }),
    gives: "release",
  },
];
for (const { name, volume, claim, gives } of lives) {
  test(`planVolume(): a volume ${name}`, () => {
    const plan = planVolume(volume, claim);
    assert.equal("phase" in plan ? `${plan.do} ${plan.phase}` : plan.do, gives);
  });
}

test("unbound() keeps for the claim's name what a person had kept for it", () => {
  const ours = volumeOf("a", { claimRef: claimRef("data", "u1") }, { annotations: CHOSEN });
  assert.deepEqual([unbound(ours).spec.claimRef, unbound(ours).metadata.annotations], [undefined, {}]);
  const theirs = volumeOf("a", { claimRef: claimRef("data", "u1") });
  assert.deepEqual({ ...unbound(theirs).spec.claimRef }, claimRef("data"));
});

const by = (provisioner: string) => ({ annotations: { "pv.kubernetes.io/provisioned-by": provisioner } });
const reclaims: readonly { name: string; volume: PersistentVolume; gives: string }[] = [
  { name: "Retain", volume: volumeOf("a", { persistentVolumeReclaimPolicy: "Retain" }), gives: "keep" },
  {
    name: "Delete, of a volume somebody else made",
    volume: volumeOf("a", { persistentVolumeReclaimPolicy: "Delete" }, by("example.com/disk")),
    gives: "keep",
  },
  {
    name: "Delete, of a volume of ours",
    volume: volumeOf("a", { persistentVolumeReclaimPolicy: "Delete" }, by("knarr.dev/local-path")),
    gives: "removeLocal",
  },
  {
    name: "Delete, of a volume a person made",
    volume: volumeOf("a", { persistentVolumeReclaimPolicy: "Delete" }),
    gives: 'error getting deleter volume plugin for volume "a": no deletable volume plugin matched',
  },
  {
    name: "Recycle",
    volume: volumeOf("a", { persistentVolumeReclaimPolicy: "Recycle" }),
    gives: "No recycler plugin found for the volume!",
  },
];
for (const { name, volume, gives } of reclaims) {
  test(`planReclaim() by ${name}`, () => {
    const plan = planReclaim(volume);
    assert.equal(plan.do === "fail" ? plan.message : plan.do, gives);
  });
}
