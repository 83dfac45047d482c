import type { ValueOf } from "../schema/schema.ts";
import { QUANTITY, list, map, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const VolumeResourceRequirements = object("io.k8s.api.core.v1.VolumeResourceRequirements", {
  limits: map(1, QUANTITY),
  requests: map(2, QUANTITY),
});
export interface VolumeResourceRequirements extends ValueOf<typeof VolumeResourceRequirements> {}

export const ResourceClaim = object("io.k8s.api.core.v1.ResourceClaim", {
  name: string(1, { required: true, always: true }),
  request: string(2),
});
export interface ResourceClaim extends ValueOf<typeof ResourceClaim> {}

export const ResourceRequirements = object("io.k8s.api.core.v1.ResourceRequirements", {
  limits: map(1, QUANTITY),
  requests: map(2, QUANTITY),
  claims: list(3, ResourceClaim, { mapKeys: ["name"] }),
});
export interface ResourceRequirements extends ValueOf<typeof ResourceRequirements> {}
