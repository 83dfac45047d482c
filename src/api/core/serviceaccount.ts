import { AGE, NAME, column } from "../columns.ts";
import { LocalObjectReference, ObjectReference } from "./reference.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { boolean, list, of } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";

export const ServiceAccount = kind(
  "io.k8s.api.core.v1.ServiceAccount",
  { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    secrets: list(2, ObjectReference, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
    imagePullSecrets: list(3, LocalObjectReference),
    automountServiceAccountToken: boolean(4, { ptr: true }),
  },
  {
    shortNames: ["sa"],
    subresources: {
      token: { kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
    },
    columns: [
      NAME,
      column("Secrets", "string", "Number of secrets listed.", ({ secrets }) => secrets?.length ?? 0),
      AGE,
    ],
  },
);
export interface ServiceAccount extends ObjectOf<typeof ServiceAccount> {}
export type ServiceAccountDraft = DraftObjectOf<typeof ServiceAccount>;
