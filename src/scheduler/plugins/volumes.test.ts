import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolume, type PersistentVolumeDraft } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim, type PersistentVolumeClaimDraft } from "#api/core/persistentvolumeclaim.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { CSINode } from "#api/storage/csinode.ts";
import { StorageClass, type StorageClassDraft } from "#api/storage/storageclass.ts";
import { fitMessage } from "../diagnosis.ts";
import { TestCluster, podInfo, type NodeFacts, type SpecDraft } from "../testing.ts";

const ZONE = "topology.kubernetes.io/zone";

const using = (...names: string[]): SpecDraft => ({
  volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
});

interface ClaimShape {
  readonly volumeName?: string;
  readonly storageClassName?: string;
  readonly accessModes?: string[];
  readonly storage?: string;
  readonly isLeaving?: boolean;
  readonly selectedNode?: string;
}

function claimOf(name: string, shape: ClaimShape): PersistentVolumeClaim {
  const { volumeName, storageClassName, accessModes = ["ReadWriteOnce"], storage = "1Gi", selectedNode } = shape;
  const annotations = {
    ...(volumeName && { "pv.kubernetes.io/bind-completed": "yes" }),
    ...(selectedNode && { "volume.kubernetes.io/selected-node": selectedNode }),
  };
  const draft: PersistentVolumeClaimDraft = {
    metadata: {
      name,
      namespace: "default",
      uid: name,
      annotations,
      ...(shape.isLeaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: {
      accessModes,
      resources: { requests: { storage } },
      ...(volumeName && { volumeName }),
      ...(storageClassName && { storageClassName }),
    },
  };
  return decode(PersistentVolumeClaim, documentOf(draft), "Strict").object;
}

interface VolumeShape {
  readonly onNode?: string;
  readonly zone?: string;
  readonly storageClassName?: string;
  readonly storage?: string;
  readonly driver?: string;
}

function volumeOf(
  name: string,
  { onNode, zone, storageClassName = "", storage = "1Gi", driver }: VolumeShape,
): PersistentVolume {
  const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [onNode ?? ""] }] }];
  const draft: PersistentVolumeDraft = {
    metadata: { name, uid: name, ...(zone && { labels: { [ZONE]: zone } }) },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      ...(driver ? { csi: { driver, volumeHandle: name } } : { hostPath: { path: "/data" } }),
      ...(onNode && { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
    },
    status: { phase: "Available" },
  };
  return decode(PersistentVolume, documentOf(draft), "Strict").object;
}

function classOf(name: string, draft: Partial<StorageClassDraft>): StorageClass {
  const whole = {
    metadata: { name },
    provisioner: "example.com/disk",
    volumeBindingMode: "WaitForFirstConsumer",
    ...draft,
  };
  return decode(StorageClass, documentOf(whole), "Strict").object;
}

interface Case {
  readonly name: string;
  readonly pod: SpecDraft;
  readonly claims?: Record<string, ClaimShape>;
  readonly volumes?: Record<string, VolumeShape>;
  readonly classes?: Record<string, Partial<StorageClassDraft>>;
  /** Attachable volumes of `example.com/csi` per node. */
  readonly limit?: number;
  readonly nodes?: Record<string, NodeFacts>;
  readonly on?: readonly string[];
  readonly why?: string;
}

const TWO: Record<string, NodeFacts> = { a: { labels: { [ZONE]: "1" } }, b: { labels: { [ZONE]: "2" } } };
const later = { later: {} };

const cases: readonly Case[] = [
  { name: "a claim that is not there", pod: using("data"), why: 'persistentvolumeclaim "data" not found.' },
  {
    name: "a claim made for the pod that is not there yet",
    pod: {
      volumes: [
        {
          name: "v",
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          },
        },
      ],
    },
    why: "waiting for ephemeral volume controller to create the persistentvolumeclaim",
  },
  {
    name: "a claim on its way out",
    pod: using("data"),
    claims: { data: { isLeaving: true } },
    why: 'persistentvolumeclaim "data" is being deleted.',
  },
  {
    name: "a claim that is bound at once, not yet bound",
    pod: using("data"),
    claims: { data: {} },
    why: "pod has unbound immediate PersistentVolumeClaims.",
  },
  {
    name: "a bound claim goes anywhere",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    volumes: { pv: {} },
    on: ["a", "b"],
  },
  {
    name: "a volume on a node draws its pod there",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    volumes: { pv: { onNode: "b" } },
    on: ["b"],
  },
  {
    name: "a volume on a node that is gone",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    volumes: { pv: { onNode: "gone" } },
    why: "2 node(s) didn't match PersistentVolume's node affinity.",
  },
  {
    name: "a volume that is gone",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    why: "2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s).",
  },
  {
    name: "a volume of a zone",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    volumes: { pv: { zone: "2" } },
    on: ["b"],
  },
  {
    name: "a volume of another zone",
    pod: using("data"),
    claims: { data: { volumeName: "pv" } },
    volumes: { pv: { zone: "9" } },
    why: "2 node(s) had no available volume zone.",
  },
  {
    name: "WaitForFirstConsumer: a volume can be made anywhere",
    pod: using("data"),
    claims: { data: { storageClassName: "later" } },
    classes: later,
    on: ["a", "b"],
  },
  {
    name: "WaitForFirstConsumer: only where the class allows it",
    pod: using("data"),
    claims: { data: { storageClassName: "later" } },
    classes: { later: { allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ["2"] }] }] } },
    on: ["b"],
  },
  {
    name: "WaitForFirstConsumer: only where it is being made already",
    pod: using("data"),
    claims: { data: { storageClassName: "later", selectedNode: "a" } },
    classes: later,
    on: ["a"],
  },
  {
    name: "WaitForFirstConsumer without a provisioner: where a volume lies",
    pod: using("data"),
    claims: { data: { storageClassName: "local", storage: "2Gi" } },
    classes: { local: { provisioner: "kubernetes.io/no-provisioner" } },
    volumes: {
      small: { onNode: "a", storageClassName: "local", storage: "1Gi" },
      large: { onNode: "b", storageClassName: "local", storage: "3Gi" },
    },
    on: ["b"],
  },
  {
    name: "WaitForFirstConsumer: one volume does not do for two claims",
    pod: using("one", "two"),
    claims: { one: { storageClassName: "local" }, two: { storageClassName: "local" } },
    classes: { local: { provisioner: "kubernetes.io/no-provisioner" } },
    volumes: { pv: { onNode: "a", storageClassName: "local" } },
    why: "2 node(s) didn't find available persistent volumes to bind.",
  },
  {
    name: "a claim for one pod alone that is in use",
    pod: using("data"),
    claims: { data: { volumeName: "pv", accessModes: ["ReadWriteOncePod"] } },
    volumes: { pv: {} },
    nodes: { a: { pods: [podInfo(using("data"))] }, b: {} },
    why: "2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.",
  },
  {
    name: "a disk that is written already",
    pod: { volumes: [{ name: "v", gcePersistentDisk: { pdName: "d" } }] },
    nodes: { a: { pods: [podInfo({ volumes: [{ name: "v", gcePersistentDisk: { pdName: "d" } }] })] } },
    why: "1 node(s) had no available disk.",
  },
  {
    name: "a node that has all the volumes it takes",
    pod: using("new"),
    claims: { new: { volumeName: "new" }, old: { volumeName: "old" } },
    volumes: { new: { driver: "example.com/csi" }, old: { driver: "example.com/csi" } },
    limit: 1,
    nodes: { a: { pods: [podInfo(using("old"))] } },
    why: "1 node(s) exceed max volume count.",
  },
  {
    name: "a volume that is there already takes no more",
    pod: using("old"),
    claims: { old: { volumeName: "old" } },
    volumes: { old: { driver: "example.com/csi" } },
    limit: 1,
    nodes: { a: { pods: [podInfo(using("old"))] } },
    on: ["a"],
  },
];

const csiNodeOf = (name: string, count: number): CSINode => {
  const drivers = [{ name: "example.com/csi", nodeID: name, topologyKeys: [], allocatable: { count } }];
  return decode(CSINode, documentOf({ metadata: { name }, spec: { drivers } }), "Strict").object;
};

for (const { name, pod, claims = {}, volumes = {}, classes = {}, limit, nodes = TWO, on, why } of cases) {
  test(`volumes: ${name}`, () => {
    const known = {
      claims: new Map(Object.entries(claims).map(([each, shape]) => [each, claimOf(each, shape)])),
      volumes: new Map(Object.entries(volumes).map(([each, shape]) => [each, volumeOf(each, shape)])),
      classes: new Map(Object.entries(classes).map(([each, draft]) => [each, classOf(each, draft)])),
    };
    const cluster = new TestCluster(nodes, {
      volumes: {
        claim: (_namespace, each) => known.claims.get(each),
        volume: (each) => known.volumes.get(each),
        volumes: () => [...known.volumes.values()],
        storageClass: (each) => known.classes.get(each),
        csiNode: (each) => (limit === undefined ? undefined : csiNodeOf(each, limit)),
      },
    });
    const { feasible, diagnosis } = cluster.search(podInfo(pod));
    if (on !== undefined) assert.deepEqual(feasible, on);
    else {
      const text = fitMessage(diagnosis, "");
      assert.ok(text.startsWith(`0/${Object.keys(nodes).length} nodes are available: ${why}`), text);
    }
  });
}
