import { AGE, NAME, column } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, list, of, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateNamespace, validateNamespaceStatusUpdate } from "../validation/namespace.ts";

export const NamespaceSpec = object("io.k8s.api.core.v1.NamespaceSpec", {
  finalizers: list(1, STRING),
});
export interface NamespaceSpec extends ValueOf<typeof NamespaceSpec> {}

export const NamespaceCondition = object("io.k8s.api.core.v1.NamespaceCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface NamespaceCondition extends ValueOf<typeof NamespaceCondition> {}

export const NamespaceStatus = object("io.k8s.api.core.v1.NamespaceStatus", {
  phase: string(1, { default: "Active", enum: ["Active", "Terminating"] }),
  conditions: list(2, NamespaceCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface NamespaceStatus extends ValueOf<typeof NamespaceStatus> {}

export const Namespace = kind(
  "io.k8s.api.core.v1.Namespace",
  { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, NamespaceSpec),
    status: of(3, NamespaceStatus),
  },
  {
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    shortNames: ["ns"],
    subresources: {
      finalize: { kind: "Namespace", group: "", version: "v1", verbs: ["update"] },
      status: { kind: "Namespace", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "status.phase": (namespace) => namespace.status.phase ?? "",
    },
    setDefaults({ metadata }) {
      if (metadata?.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
    },
    prepare(next, previous) {
      // Only the finalize subresource changes finalizers.
      if (previous) next.spec = previous.spec;
      else if (!next.spec.finalizers?.includes("kubernetes")) {
        next.spec.finalizers = [...(next.spec.finalizers ?? []), "kubernetes"];
      }
    },
    columns: [NAME, column("Status", "string", "Active, or on its way out.", ({ status }) => status.phase), AGE],
    validate: validateNamespace,
    validateStatusUpdate: validateNamespaceStatusUpdate,
    nameRule: "dnsLabel",
  },
);
export interface Namespace extends ObjectOf<typeof Namespace> {}
export type NamespaceDraft = DraftObjectOf<typeof Namespace>;
