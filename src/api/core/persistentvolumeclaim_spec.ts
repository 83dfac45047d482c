import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { STRING, list, of, ptr, string } from "../schema/field.ts";
import { TypedLocalObjectReference, TypedObjectReference } from "./reference.ts";
import { VolumeResourceRequirements } from "./resources.ts";
import { object } from "../schema/object.ts";

export const PersistentVolumeClaimSpec = object("io.k8s.api.core.v1.PersistentVolumeClaimSpec", {
  accessModes: list(1, STRING, { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] }),
  selector: ptr(4, LabelSelector),
  resources: of(2, VolumeResourceRequirements),
  volumeName: string(3),
  storageClassName: string(5, { ptr: true }),
  volumeMode: string(6, { ptr: true, default: "Filesystem", enum: ["Block", "Filesystem"] }),
  dataSource: ptr(7, TypedLocalObjectReference),
  dataSourceRef: ptr(8, TypedObjectReference),
  volumeAttributesClassName: string(9, { ptr: true }),
});
export interface PersistentVolumeClaimSpec extends ValueOf<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimTemplate = object("io.k8s.api.core.v1.PersistentVolumeClaimTemplate", {
  metadata: of(1, ObjectMeta),
  spec: of(2, PersistentVolumeClaimSpec, { required: true }),
});
export interface PersistentVolumeClaimTemplate extends ValueOf<typeof PersistentVolumeClaimTemplate> {}
