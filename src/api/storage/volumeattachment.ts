import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { PersistentVolumeSpec } from "../core/persistentvolume.ts";
import { STRING, boolean, int32, map, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from "../validation/volumeattachment.ts";

export const VolumeAttachmentSource = object("io.k8s.api.storage.v1.VolumeAttachmentSource", {
  persistentVolumeName: string(1, { ptr: true }),
  inlineVolumeSpec: ptr(2, PersistentVolumeSpec),
});
export interface VolumeAttachmentSource extends ValueOf<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = object("io.k8s.api.storage.v1.VolumeAttachmentSpec", {
  attacher: string(1, { required: true, always: true }),
  source: of(2, VolumeAttachmentSource, { required: true }),
  nodeName: string(3, { required: true, always: true }),
});
export interface VolumeAttachmentSpec extends ValueOf<typeof VolumeAttachmentSpec> {}

export const VolumeError = object("io.k8s.api.storage.v1.VolumeError", {
  time: time(1),
  message: string(2),
  errorCode: int32(3, { ptr: true }),
});
export interface VolumeError extends ValueOf<typeof VolumeError> {}

export const VolumeAttachmentStatus = object("io.k8s.api.storage.v1.VolumeAttachmentStatus", {
  attached: boolean(1, { required: true, always: true }),
  attachmentMetadata: map(2, STRING),
  attachError: ptr(3, VolumeError),
  detachError: ptr(4, VolumeError),
});
export interface VolumeAttachmentStatus extends ValueOf<typeof VolumeAttachmentStatus> {}

/** Wishes that a volume be attached to a node, and says whether it is. */
export const VolumeAttachment = kind(
  "io.k8s.api.storage.v1.VolumeAttachment",
  { group: "storage.k8s.io", version: "v1", kind: "VolumeAttachment", plural: "volumeattachments", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, VolumeAttachmentSpec, { required: true }),
    status: of(3, VolumeAttachmentStatus),
  },
  {
    subresources: {
      status: { kind: "VolumeAttachment", group: "storage.k8s.io", version: "v1", verbs: ["get", "patch", "update"] },
    },
    columns: [
      NAME,
      { ...column("Attacher", "string", "Which driver attaches it.", ({ spec }) => spec.attacher), format: "name" },
      column("PV", "string", "The volume.", ({ spec }) => spec.source.persistentVolumeName ?? ""),
      column("Node", "string", "Where it is to be.", ({ spec }) => spec.nodeName),
      column("Attached", "boolean", "Whether it is there.", ({ status }) => status.attached),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateVolumeAttachment,
    validateUpdate: validateVolumeAttachmentUpdate,
  },
);
export interface VolumeAttachment extends ObjectOf<typeof VolumeAttachment> {}
export type VolumeAttachmentDraft = DraftObjectOf<typeof VolumeAttachment>;
