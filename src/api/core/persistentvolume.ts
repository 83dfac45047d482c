import { PERSISTENT_VOLUME_COLUMNS } from "./persistentvolume_columns.ts";
import { volumeWarnings } from "./persistentvolume_warnings.ts";
import { formatTime } from "../time.ts";
import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { NodeSelector } from "./node_selector.ts";
import { ObjectReference } from "./reference.ts";
import { PersistentVolumeSource } from "./volume_plugins_persistent.ts";
import { QUANTITY, STRING, inline, list, map, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validatePersistentVolume, validatePersistentVolumeUpdate } from "../validation/persistentvolume.ts";

export const VolumeNodeAffinity = object("io.k8s.api.core.v1.VolumeNodeAffinity", {
  required: ptr(1, NodeSelector),
});
export interface VolumeNodeAffinity extends ValueOf<typeof VolumeNodeAffinity> {}

export const PersistentVolumeSpec = object("io.k8s.api.core.v1.PersistentVolumeSpec", {
  capacity: map(1, QUANTITY),
  ...inline(2, "persistentVolumeSource", PersistentVolumeSource),
  accessModes: list(3, STRING, { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] }),
  claimRef: ptr(4, ObjectReference),
  persistentVolumeReclaimPolicy: string(5, { default: "Retain", enum: ["Delete", "Recycle", "Retain"] }),
  storageClassName: string(6),
  mountOptions: list(7, STRING),
  volumeMode: string(8, { ptr: true, default: "Filesystem", enum: ["Block", "Filesystem"] }),
  nodeAffinity: ptr(9, VolumeNodeAffinity),
  volumeAttributesClassName: string(10, { ptr: true }),
});
export interface PersistentVolumeSpec extends ValueOf<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = object("io.k8s.api.core.v1.PersistentVolumeStatus", {
  phase: string(1, { default: "Pending", enum: ["Available", "Bound", "Failed", "Pending", "Released"] }),
  message: string(2),
  reason: string(3),
  lastPhaseTransitionTime: time(4, { ptr: true }),
});
export interface PersistentVolumeStatus extends ValueOf<typeof PersistentVolumeStatus> {}

export const PersistentVolume = kind(
  "io.k8s.api.core.v1.PersistentVolume",
  { group: "", version: "v1", kind: "PersistentVolume", plural: "persistentvolumes", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, PersistentVolumeSpec),
    status: of(3, PersistentVolumeStatus),
  },
  {
    shortNames: ["pv"],
    subresources: {
      status: { kind: "PersistentVolume", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    columns: PERSISTENT_VOLUME_COLUMNS,
    prepare({ metadata, status }, previous) {
      if (previous === undefined && metadata.creationTimestamp)
        status.lastPhaseTransitionTime = metadata.creationTimestamp;
    },
    prepareStatus(next, { status }, nowMs) {
      const { phase, lastPhaseTransitionTime } = next.status;
      const isSet = lastPhaseTransitionTime !== status.lastPhaseTransitionTime;
      if (phase !== status.phase && !isSet) next.status.lastPhaseTransitionTime = formatTime(nowMs);
    },
    warnings: volumeWarnings,
    validate: validatePersistentVolume,
    validateUpdate: validatePersistentVolumeUpdate,
  },
);
export interface PersistentVolume extends ObjectOf<typeof PersistentVolume> {}
export type PersistentVolumeDraft = DraftObjectOf<typeof PersistentVolume>;
