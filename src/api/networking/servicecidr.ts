import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { Condition } from "../meta/condition.ts";
import { STRING, list, of } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateServiceCIDR, validateServiceCIDRUpdate } from "../validation/servicecidr.ts";

export const ServiceCIDRSpec = object("io.k8s.api.networking.v1.ServiceCIDRSpec", {
  cidrs: list(1, STRING),
});
export interface ServiceCIDRSpec extends ValueOf<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = object("io.k8s.api.networking.v1.ServiceCIDRStatus", {
  conditions: list(1, Condition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface ServiceCIDRStatus extends ValueOf<typeof ServiceCIDRStatus> {}

/** Ranges Services get their addresses from. */
export const ServiceCIDR = kind(
  "io.k8s.api.networking.v1.ServiceCIDR",
  { group: "networking.k8s.io", version: "v1", kind: "ServiceCIDR", plural: "servicecidrs", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, ServiceCIDRSpec),
    status: of(3, ServiceCIDRStatus),
  },
  {
    subresources: {
      status: { kind: "ServiceCIDR", group: "networking.k8s.io", version: "v1", verbs: ["get", "patch", "update"] },
    },
    columns: [
      NAME,
      column("CIDRs", "string", "The ranges, at most one of each family.", ({ spec }) => (spec.cidrs ?? []).join(",")),
      AGE,
    ],
    validate: validateServiceCIDR,
    validateUpdate: validateServiceCIDRUpdate,
  },
);
export interface ServiceCIDR extends ObjectOf<typeof ServiceCIDR> {}
export type ServiceCIDRDraft = DraftObjectOf<typeof ServiceCIDR>;
