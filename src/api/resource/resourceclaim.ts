import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { AllocatedDeviceStatus, AllocationResult } from "./device_allocation.ts";
import { DeviceClaim } from "./device_request.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";
import { setClaimDefaults } from "./device_request.ts";
import {
  validateResourceClaim,
  validateResourceClaimStatus,
  validateResourceClaimUpdate,
} from "../validation/resourceclaim.ts";

export const ResourceClaimSpec = object("io.k8s.api.resource.v1.ResourceClaimSpec", {
  devices: of(1, DeviceClaim),
});
export interface ResourceClaimSpec extends ValueOf<typeof ResourceClaimSpec> {}

export const ResourceClaimConsumerReference = object("io.k8s.api.resource.v1.ResourceClaimConsumerReference", {
  apiGroup: string(1),
  resource: string(3, { required: true, always: true }),
  name: string(4, { required: true, always: true }),
  uid: string(5, { required: true, always: true }),
});
export interface ResourceClaimConsumerReference extends ValueOf<typeof ResourceClaimConsumerReference> {}

export const ResourceClaimStatus = object("io.k8s.api.resource.v1.ResourceClaimStatus", {
  allocation: ptr(1, AllocationResult),
  reservedFor: list(2, ResourceClaimConsumerReference, {
    mapKeys: ["uid"],
    patchStrategy: "merge",
    patchMergeKey: "uid",
  }),
  devices: list(4, AllocatedDeviceStatus, { mapKeys: ["driver", "device", "pool", "shareID"] }),
});
export interface ResourceClaimStatus extends ValueOf<typeof ResourceClaimStatus> {}

/** Devices asked for, and those given. */
export const ResourceClaim = kind(
  "io.k8s.api.resource.v1.ResourceClaim",
  { group: "resource.k8s.io", version: "v1", kind: "ResourceClaim", plural: "resourceclaims", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ResourceClaimSpec, { required: true }),
    status: of(3, ResourceClaimStatus),
  },
  {
    subresources: {
      status: { kind: "ResourceClaim", group: "resource.k8s.io", version: "v1", verbs: ["get", "patch", "update"] },
    },
    setDefaults({ spec }) {
      setClaimDefaults(spec.devices);
    },
    columns: [
      NAME,
      column("State", "string", "Where it is in its life.", ({ metadata, status }) => {
        const isDeleted = metadata.deletionTimestamp !== undefined;
        const states = isDeleted ? ["deleted"] : status.allocation ? [] : ["pending"];
        if (status.allocation) states.push("allocated");
        if (status.reservedFor?.length) states.push("reserved");
        return states.join(",");
      }),
      AGE,
    ],
    validate: validateResourceClaim,
    revalidate: validateResourceClaimUpdate,
    validateStatusUpdate: validateResourceClaimStatus,
  },
);
export interface ResourceClaim extends ObjectOf<typeof ResourceClaim> {}
export type ResourceClaimDraft = DraftObjectOf<typeof ResourceClaim>;
