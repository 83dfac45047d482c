import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { NAME, column } from "../columns.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";
import { validateIPAddress, validateIPAddressUpdate } from "../validation/ipaddress.ts";

export const ParentReference = object("io.k8s.api.networking.v1.ParentReference", {
  group: string(1),
  resource: string(2, { required: true }),
  namespace: string(3),
  name: string(4, { required: true }),
});
export interface ParentReference extends ValueOf<typeof ParentReference> {}

export const IPAddressSpec = object("io.k8s.api.networking.v1.IPAddressSpec", {
  parentRef: ptr(1, ParentReference, { required: true }),
});
export interface IPAddressSpec extends ValueOf<typeof IPAddressSpec> {}

/** One address that is taken, and by whom; its name is the address. */
export const IPAddress = kind(
  "io.k8s.api.networking.v1.IPAddress",
  { group: "networking.k8s.io", version: "v1", kind: "IPAddress", plural: "ipaddresses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, IPAddressSpec, { required: true }),
  },
  {
    shortNames: ["ip"],
    nameRule: "pathSegment",
    columns: [
      NAME,
      column("ParentRef", "string", "Who holds the address.", ({ spec: { parentRef } }) => {
        if (!parentRef) return "<none>";
        const { group, resource, namespace, name } = parentRef;
        const type = `${resource}${group ? `.${group}` : ""}`.toLowerCase();
        return [type, ...(namespace ? [namespace] : []), name].join("/");
      }),
    ],
    validate: validateIPAddress,
    validateUpdate: validateIPAddressUpdate,
  },
);
export interface IPAddress extends ObjectOf<typeof IPAddress> {}
export type IPAddressDraft = DraftObjectOf<typeof IPAddress>;
