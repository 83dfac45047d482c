import { AGE, NAME, column } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { int32, microTime, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateLease } from "../validation/lease.ts";

export const LeaseSpec = object("io.k8s.api.coordination.v1.LeaseSpec", {
  holderIdentity: string(1, { ptr: true }),
  leaseDurationSeconds: int32(2, { ptr: true }),
  acquireTime: microTime(3, { ptr: true }),
  renewTime: microTime(4, { ptr: true }),
  leaseTransitions: int32(5, { ptr: true }),
  strategy: string(6, { ptr: true }),
  preferredHolder: string(7, { ptr: true }),
});
export interface LeaseSpec extends ValueOf<typeof LeaseSpec> {}

export const Lease = kind(
  "io.k8s.api.coordination.v1.Lease",
  { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, LeaseSpec),
  },
  {
    columns: [NAME, column("Holder", "string", "Who holds it.", ({ spec }) => spec.holderIdentity ?? ""), AGE],
    updateNeedsVersion: true,
    createOnUpdate: true,
    validate: validateLease,
  },
);
export interface Lease extends ObjectOf<typeof Lease> {}
export type LeaseDraft = DraftObjectOf<typeof Lease>;
