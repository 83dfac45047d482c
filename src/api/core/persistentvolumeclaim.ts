import { PERSISTENT_VOLUME_CLAIM_COLUMNS } from "./persistentvolume_columns.ts";
import { claimWarnings } from "./persistentvolume_warnings.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PersistentVolumeClaimSpec } from "./persistentvolumeclaim_spec.ts";
import { QUANTITY, STRING, list, map, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validatePersistentVolumeClaim,
  validatePersistentVolumeClaimUpdate,
  validatePersistentVolumeClaimStatusUpdate,
} from "../validation/persistentvolumeclaim.ts";

export const PersistentVolumeClaimCondition = object("io.k8s.api.core.v1.PersistentVolumeClaimCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface PersistentVolumeClaimCondition extends ValueOf<typeof PersistentVolumeClaimCondition> {}

export const ModifyVolumeStatus = object("io.k8s.api.core.v1.ModifyVolumeStatus", {
  targetVolumeAttributesClassName: string(1),
  status: string(2, { required: true, always: true, enum: ["InProgress", "Infeasible", "Pending"] }),
});
export interface ModifyVolumeStatus extends ValueOf<typeof ModifyVolumeStatus> {}

export const PersistentVolumeClaimStatus = object("io.k8s.api.core.v1.PersistentVolumeClaimStatus", {
  phase: string(1, { default: "Pending", enum: ["Bound", "Lost", "Pending"] }),
  accessModes: list(2, STRING, { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] }),
  capacity: map(3, QUANTITY),
  conditions: list(4, PersistentVolumeClaimCondition, {
    mapKeys: ["type"],
    patchStrategy: "merge",
    patchMergeKey: "type",
  }),
  allocatedResources: map(5, QUANTITY),
  allocatedResourceStatuses: map(7, STRING, {
    enum: [
      "ControllerResizeInProgress",
      "ControllerResizeInfeasible",
      "NodeResizeInProgress",
      "NodeResizeInfeasible",
      "NodeResizePending",
    ],
  }),
  currentVolumeAttributesClassName: string(8, { ptr: true }),
  modifyVolumeStatus: ptr(9, ModifyVolumeStatus),
});
export interface PersistentVolumeClaimStatus extends ValueOf<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaim = kind(
  "io.k8s.api.core.v1.PersistentVolumeClaim",
  { group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, PersistentVolumeClaimSpec),
    status: of(3, PersistentVolumeClaimStatus),
  },
  {
    shortNames: ["pvc"],
    subresources: {
      status: { kind: "PersistentVolumeClaim", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    columns: PERSISTENT_VOLUME_CLAIM_COLUMNS,
    warnings: claimWarnings,
    validate: validatePersistentVolumeClaim,
    validateUpdate: validatePersistentVolumeClaimUpdate,
    validateStatusUpdate: validatePersistentVolumeClaimStatusUpdate,
  },
);
export interface PersistentVolumeClaim extends ObjectOf<typeof PersistentVolumeClaim> {}
export type PersistentVolumeClaimDraft = DraftObjectOf<typeof PersistentVolumeClaim>;
