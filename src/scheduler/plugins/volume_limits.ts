import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { Volume } from "#api/core/volume.ts";
import { refusing, type NodeFilter, type Plugin, type Refusal, type View } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { claimsOf, isBound } from "#api/core/volume_claims.ts";
import type { VolumeFacts } from "../volume_facts.ts";

/** Labels by which volumes and nodes say where they are; the old ones are still met. */
const ZONE_LABELS = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];

/** The volumes of a pod's bound claims. */
function boundVolumes(pod: PodInfo, volumes: VolumeFacts): PersistentVolume[] {
  return claimsOf(pod.pod).flatMap(({ name }) => {
    const claim = volumes.claim(pod.namespace, name);
    const volume = claim && isBound(claim) ? volumes.volume(claim.spec.volumeName ?? "") : undefined;
    return volume ? [volume] : [];
  });
}

/** Volumes labelled with a zone are used in that zone only. */
export function volumeZone(): Plugin {
  const refusal = refusing("VolumeZone", "node(s) had no available volume zone", true);
  return {
    name: "VolumeZone",
    planFilter(pod, { facts }) {
      const wanted = boundVolumes(pod, facts.volumes).flatMap(({ metadata }) =>
        ZONE_LABELS.flatMap((key) => {
          const zones = metadata.labels?.[key];
          return zones === undefined ? [] : [{ key, zones: zones.split("__") }];
        }),
      );
      if (wanted.length === 0) return undefined;
      const isFree = ({ labels }: NodeInfo) => ZONE_LABELS.every((key) => labels[key] === undefined);
      return {
        kind: "filter",
        filter: {
          refusal: (info) =>
            isFree(info) || wanted.every(({ key, zones }) => zones.includes(info.labels[key] ?? ""))
              ? undefined
              : refusal,
        },
      };
    },
    mayHelp: (event) =>
      event.kind === "storageChanged" ||
      event.kind === "nodeAdded" ||
      (event.kind === "nodeChanged" && event.parts.labels),
  };
}

/** A node takes only so many volumes of each storage driver. */
export function nodeVolumeLimits(): Plugin {
  const refusal = refusing("NodeVolumeLimits", "node(s) exceed max volume count", false);
  return {
    name: "NodeVolumeLimits",
    planFilter(pod, { facts }) {
      const wanted = handlesOf([pod], facts.volumes);
      if (wanted.size === 0) return undefined;
      return {
        kind: "filter",
        filter: { refusal: (info) => (exceeds(wanted, info, facts.volumes) ? refusal : undefined) },
      };
    },
    mayHelp: (event) => event.kind === "podGone" || event.kind === "storageChanged" || event.kind === "nodeAdded",
  };
}

function exceeds(wanted: ReadonlyMap<string, string>, info: NodeInfo, volumes: VolumeFacts): boolean {
  const drivers = volumes.csiNode(info.name)?.spec.drivers ?? [];
  const limits = new Map(drivers.map(({ name, allocatable }) => [name, allocatable?.count]));
  const used = handlesOf(info.pods.values(), volumes);
  const counts = new Map<string, number>();
  for (const driver of used.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  for (const [handle, driver] of wanted) {
    if (used.has(handle)) continue;
    const count = (counts.get(driver) ?? 0) + 1;
    counts.set(driver, count);
    const limit = limits.get(driver);
    if (limit !== undefined && count > limit) return true;
  }
  return false;
}

/** Volume handle → driver, of every volume a driver attaches. */
function handlesOf(pods: Iterable<PodInfo>, volumes: VolumeFacts): Map<string, string> {
  const handles = new Map<string, string>();
  for (const pod of pods) {
    for (const { spec } of boundVolumes(pod, volumes)) {
      if (spec.csi) handles.set(`${spec.csi.driver}/${spec.csi.volumeHandle}`, spec.csi.driver);
    }
  }
  return handles;
}

const TAKEN = refusing(
  "VolumeRestrictions",
  "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
  false,
);
const SAME_DISK = refusing("VolumeRestrictions", "node(s) had no available disk", false);

/** A claim for one pod alone is used by one; a disk that only one pod may write is used on a node by one. */
export function volumeRestrictions(): Plugin {
  return {
    name: "VolumeRestrictions",
    planFilter(pod, view) {
      const exclusive = claimsOf(pod.pod)
        .map(({ name }) => name)
        .filter((name) =>
          view.facts.volumes.claim(pod.namespace, name)?.spec.accessModes?.includes("ReadWriteOncePod"),
        );
      const disks = (pod.pod.spec.volumes ?? []).filter((volume) => diskOf(volume) !== undefined);
      if (exclusive.length === 0 && disks.length === 0) return undefined;
      return { kind: "filter", filter: new RestrictionFilter(pod, exclusive, disks, view) };
    },
    mayHelp: (event, pod) =>
      event.kind === "nodeAdded" ||
      (event.kind === "podGone" && event.pod.namespace === pod.namespace) ||
      (event.kind === "storageChanged" && event.what === "claim"),
  };
}

class RestrictionFilter implements NodeFilter {
  readonly #namespace: string;
  readonly #exclusive: readonly string[];
  readonly #disks: readonly Volume[];
  /** Pods on nodes that use one of the exclusive claims. */
  #users = 0;

  constructor(pod: PodInfo, exclusive: readonly string[], disks: readonly Volume[], { index }: View) {
    this.#namespace = pod.namespace;
    this.#exclusive = exclusive;
    this.#disks = disks;
    if (exclusive.length === 0) return;
    for (const info of index.nodes.values()) for (const other of info.pods.values()) this.changed(info, other, 1);
  }

  refusal(info: NodeInfo): Refusal | undefined {
    if (this.#users > 0) return TAKEN;
    if (this.#disks.length === 0) return undefined;
    for (const { pod } of info.pods.values()) {
      for (const other of pod.spec.volumes ?? []) {
        const held = diskOf(other);
        if (held !== undefined && this.#disks.some((disk) => clash(disk, other))) return SAME_DISK;
      }
    }
    return undefined;
  }

  changed(_info: NodeInfo, pod: PodInfo, by: 1 | -1): void {
    if (pod.namespace !== this.#namespace || this.#exclusive.length === 0) return;
    if (claimsOf(pod.pod).some(({ name }) => this.#exclusive.includes(name))) this.#users += by;
  }
}

/** What names a disk that cannot be written from two pods of a node; undefined for other volumes. */
function diskOf({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }: Volume): string | undefined {
  if (gcePersistentDisk) return `gce/${gcePersistentDisk.pdName}`;
  if (awsElasticBlockStore) return `aws/${awsElasticBlockStore.volumeID}`;
  if (iscsi) return `iscsi/${iscsi.iqn}/${iscsi.lun}`;
  return rbd && `rbd/${rbd.pool}/${rbd.image}/${(rbd.monitors ?? []).toSorted().join()}`;
}

/** Two readers may share, except of an AWS disk. */
function clash(a: Volume, b: Volume): boolean {
  if (diskOf(a) !== diskOf(b)) return false;
  const isReadOnly = ({ gcePersistentDisk, iscsi, rbd }: Volume) =>
    (gcePersistentDisk?.readOnly ?? false) || (iscsi?.readOnly ?? false) || (rbd?.readOnly ?? false);
  return !(isReadOnly(a) && isReadOnly(b));
}
