import { LabelSelector } from "../meta/label_selector.ts";
import { NAME, column } from "../columns.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { of, ptr, quantity, string } from "../schema/field.ts";
import { validateCSIStorageCapacity, validateCSIStorageCapacityUpdate } from "../validation/csistoragecapacity.ts";

/** How much of a storage class is left in one part of the topology. */
export const CSIStorageCapacity = kind(
  "io.k8s.api.storage.v1.CSIStorageCapacity",
  {
    group: "storage.k8s.io",
    version: "v1",
    kind: "CSIStorageCapacity",
    plural: "csistoragecapacities",
    scope: "Namespaced",
  },
  {
    metadata: of(1, NamespacedMeta),
    nodeTopology: ptr(2, LabelSelector),
    storageClassName: string(3, { required: true, always: true }),
    capacity: quantity(4, { ptr: true }),
    maximumVolumeSize: quantity(5, { ptr: true }),
  },
  {
    columns: [
      NAME,
      column("StorageClassName", "string", "The class it is about.", ({ storageClassName }) => storageClassName),
      column("Capacity", "string", "What is left.", ({ capacity }) => capacity ?? "<unset>"),
    ],
    updateNeedsVersion: true,
    validate: validateCSIStorageCapacity,
    validateUpdate: validateCSIStorageCapacityUpdate,
  },
);
export interface CSIStorageCapacity extends ObjectOf<typeof CSIStorageCapacity> {}
export type CSIStorageCapacityDraft = DraftObjectOf<typeof CSIStorageCapacity>;
