import { AGE, column, nameWithDefault } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, map, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from "../validation/storageclass.ts";

/** Properties of a volume that can be changed while it is in use. */
export const VolumeAttributesClass = kind(
  "io.k8s.api.storage.v1.VolumeAttributesClass",
  {
    group: "storage.k8s.io",
    version: "v1",
    kind: "VolumeAttributesClass",
    plural: "volumeattributesclasses",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    driverName: string(2, { required: true, always: true }),
    parameters: map(3, STRING),
  },
  {
    shortNames: ["vac"],
    columns: [
      nameWithDefault("volumeattributesclass.alpha.kubernetes.io/is-default-class"),
      column("DriverName", "string", "Which driver changes volumes.", ({ driverName }) => driverName),
      AGE,
    ],
    validate: validateVolumeAttributesClass,
    validateUpdate: validateVolumeAttributesClassUpdate,
  },
);
export interface VolumeAttributesClass extends ObjectOf<typeof VolumeAttributesClass> {}
export type VolumeAttributesClassDraft = DraftObjectOf<typeof VolumeAttributesClass>;
