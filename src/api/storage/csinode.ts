import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, int32, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateCSINode } from "../validation/csinode.ts";

export const VolumeNodeResources = object("io.k8s.api.storage.v1.VolumeNodeResources", {
  count: int32(1, { ptr: true }),
});
export interface VolumeNodeResources extends ValueOf<typeof VolumeNodeResources> {}

export const CSINodeDriver = object("io.k8s.api.storage.v1.CSINodeDriver", {
  name: string(1, { required: true, always: true }),
  nodeID: string(2, { required: true, always: true }),
  topologyKeys: list(3, STRING, { always: true }),
  allocatable: ptr(4, VolumeNodeResources),
});
export interface CSINodeDriver extends ValueOf<typeof CSINodeDriver> {}

export const CSINodeSpec = object("io.k8s.api.storage.v1.CSINodeSpec", {
  drivers: list(1, CSINodeDriver, { required: true, mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
});
export interface CSINodeSpec extends ValueOf<typeof CSINodeSpec> {}

/** The storage drivers installed on a node, by their own names. */
export const CSINode = kind(
  "io.k8s.api.storage.v1.CSINode",
  { group: "storage.k8s.io", version: "v1", kind: "CSINode", plural: "csinodes", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, CSINodeSpec, { required: true }),
  },
  {
    columns: [NAME, column("Drivers", "integer", "Drivers on the node.", ({ spec }) => spec.drivers.length), AGE],
    updateNeedsVersion: true,
    validate: validateCSINode,
  },
);
export interface CSINode extends ObjectOf<typeof CSINode> {}
export type CSINodeDraft = DraftObjectOf<typeof CSINode>;
