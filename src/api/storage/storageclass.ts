import { AGE, column, nameWithDefault } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, boolean, list, map, of, string } from "../schema/field.ts";
import { TopologySelectorTerm } from "../core/topology_selector.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validateStorageClass, validateStorageClassUpdate } from "../validation/storageclass.ts";

/** A sort of storage volumes are provisioned from. */
export const StorageClass = kind(
  "io.k8s.api.storage.v1.StorageClass",
  { group: "storage.k8s.io", version: "v1", kind: "StorageClass", plural: "storageclasses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    provisioner: string(2, { required: true, always: true }),
    parameters: map(3, STRING),
    reclaimPolicy: string(4, { ptr: true, default: "Delete", enum: ["Delete", "Recycle", "Retain"] }),
    mountOptions: list(5, STRING),
    allowVolumeExpansion: boolean(6, { ptr: true }),
    volumeBindingMode: string(7, { ptr: true, default: "Immediate", enum: ["Immediate", "WaitForFirstConsumer"] }),
    allowedTopologies: list(8, TopologySelectorTerm),
  },
  {
    shortNames: ["sc"],
    columns: [
      nameWithDefault(
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
      ),
      column("Provisioner", "string", "Who makes volumes of the class.", ({ provisioner }) => provisioner),
      column("ReclaimPolicy", "string", "What becomes of volumes given back.", ({ reclaimPolicy }) => reclaimPolicy),
      column(
        "VolumeBindingMode",
        "string",
        "When claims get their volume.",
        ({ volumeBindingMode }) => volumeBindingMode,
      ),
      column(
        "AllowVolumeExpansion",
        "string",
        "Volumes may grow.",
        ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
      ),
      AGE,
    ],
    validate: validateStorageClass,
    validateUpdate: validateStorageClassUpdate,
  },
);
export interface StorageClass extends ObjectOf<typeof StorageClass> {}
export type StorageClassDraft = DraftObjectOf<typeof StorageClass>;
