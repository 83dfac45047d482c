import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { CounterSet, Device } from "./device.ts";
import { NodeSelector } from "../core/node_selector.ts";
import { boolean, int64, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateResourceSlice } from "../validation/resourceslice.ts";

export const ResourcePool = object("io.k8s.api.resource.v1.ResourcePool", {
  name: string(1, { required: true, always: true }),
  generation: int64(2, { required: true, always: true }),
  resourceSliceCount: int64(3, { required: true, always: true }),
});
export interface ResourcePool extends ValueOf<typeof ResourcePool> {}

export const ResourceSliceSpec = object("io.k8s.api.resource.v1.ResourceSliceSpec", {
  driver: string(1, { required: true, always: true }),
  pool: of(2, ResourcePool, { required: true }),
  nodeName: string(3, { ptr: true }),
  nodeSelector: ptr(4, NodeSelector),
  allNodes: boolean(5, { ptr: true }),
  devices: list(6, Device),
  perDeviceNodeSelection: boolean(7, { ptr: true }),
  sharedCounters: list(8, CounterSet),
});
export interface ResourceSliceSpec extends ValueOf<typeof ResourceSliceSpec> {}

/** Devices a driver offers in one pool. */
export const ResourceSlice = kind(
  "io.k8s.api.resource.v1.ResourceSlice",
  { group: "resource.k8s.io", version: "v1", kind: "ResourceSlice", plural: "resourceslices", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, ResourceSliceSpec, { required: true }),
  },
  {
    generation: true,
    selectableFields: { "spec.nodeName": ({ spec }) => spec.nodeName ?? "", "spec.driver": ({ spec }) => spec.driver },
    columns: [
      NAME,
      column("Node", "string", "Where the devices are.", ({ spec }) => spec.nodeName ?? ""),
      column("Driver", "string", "Who offers them.", ({ spec }) => spec.driver),
      column("Pool", "string", "The pool they are part of.", ({ spec }) => spec.pool.name),
      AGE,
    ],
    validate: (slice) => validateResourceSlice(slice),
    revalidate: validateResourceSlice,
  },
);
export interface ResourceSlice extends ObjectOf<typeof ResourceSlice> {}
export type ResourceSliceDraft = DraftObjectOf<typeof ResourceSlice>;
