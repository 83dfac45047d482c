import { AGE, NAME, accessModesText, column, wideColumn } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { PersistentVolumeSpec, PersistentVolumeStatus } from "./persistentvolume.ts";
import type { PersistentVolumeClaimStatus } from "./persistentvolumeclaim.ts";
import type { PersistentVolumeClaimSpec } from "./persistentvolumeclaim_spec.ts";

/** The annotation that named the class before there was a field. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

interface Volume {
  readonly metadata: ObjectMeta;
  readonly spec: PersistentVolumeSpec;
  readonly status: PersistentVolumeStatus;
}

interface Claim {
  readonly metadata: ObjectMeta;
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: PersistentVolumeClaimStatus;
}

function className({ metadata, spec }: Volume | Claim): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

function phase({ metadata, status }: Volume | Claim): string {
  return metadata.deletionTimestamp === undefined ? status.phase : "Terminating";
}

const STATUS: Column<Volume | Claim> = column("Status", "string", "Where it is in its life.", phase);
const CLASS: Column<Volume | Claim> = column("StorageClass", "string", "Its storage class.", className);
const ATTRIBUTES_CLASS: Column<Volume | Claim> = column(
  "VolumeAttributesClass",
  "string",
  "Its class of changeable attributes.",
  ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
);
const MODE: Column<Volume | Claim> = wideColumn(
  "VolumeMode",
  "string",
  "Filesystem or block device.",
  ({ spec }) => spec.volumeMode ?? "<unset>",
);

export const PERSISTENT_VOLUME_COLUMNS: readonly Column<Volume>[] = [
  NAME,
  column("Capacity", "string", "Its size.", ({ spec }) => spec.capacity?.["storage"] ?? "0"),
  column("Access Modes", "string", "How it may be mounted.", ({ spec }) => accessModesText(spec.accessModes)),
  column("Reclaim Policy", "string", "What becomes of it.", ({ spec }) => spec.persistentVolumeReclaimPolicy),
  STATUS,
  column("Claim", "string", "The claim it is bound to.", ({ spec: { claimRef } }) =>
    claimRef ? `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}` : "",
  ),
  CLASS,
  ATTRIBUTES_CLASS,
  column("Reason", "string", "Why it is in this state.", ({ status }) => status.reason ?? ""),
  AGE,
  MODE,
];

export const PERSISTENT_VOLUME_CLAIM_COLUMNS: readonly Column<Claim>[] = [
  NAME,
  STATUS,
  column("Volume", "string", "The volume it is bound to.", ({ spec }) => spec.volumeName ?? ""),
  column("Capacity", "string", "Size of that volume.", ({ spec, status }) =>
    spec.volumeName ? (status.capacity?.["storage"] ?? "0") : "",
  ),
  column("Access Modes", "string", "How that volume may be mounted.", ({ spec, status }) =>
    spec.volumeName ? accessModesText(status.accessModes) : "",
  ),
  CLASS,
  ATTRIBUTES_CLASS,
  AGE,
  MODE,
];
