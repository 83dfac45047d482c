import { AGE, NAME, column, containerColumns, selectorText, wideColumn } from "../columns.ts";
import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PodTemplateSpec } from "../core/pod_spec.ts";
import { int32, int64, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validateReplicaSet,
  validateReplicaSetUpdate,
  validateReplicaSetStatusUpdate,
} from "../validation/replicaset.ts";

export const ReplicaSetSpec = object("io.k8s.api.apps.v1.ReplicaSetSpec", {
  replicas: int32(1, { ptr: true, default: 1 }),
  minReadySeconds: int32(4),
  selector: ptr(2, LabelSelector, { required: true }),
  template: of(3, PodTemplateSpec),
});
export interface ReplicaSetSpec extends ValueOf<typeof ReplicaSetSpec> {}

export const ReplicaSetCondition = object("io.k8s.api.apps.v1.ReplicaSetCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface ReplicaSetCondition extends ValueOf<typeof ReplicaSetCondition> {}

export const ReplicaSetStatus = object("io.k8s.api.apps.v1.ReplicaSetStatus", {
  replicas: int32(1, { required: true, always: true }),
  fullyLabeledReplicas: int32(2),
  readyReplicas: int32(4),
  availableReplicas: int32(5),
  terminatingReplicas: int32(7, { ptr: true }),
  observedGeneration: int64(3),
  conditions: list(6, ReplicaSetCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface ReplicaSetStatus extends ValueOf<typeof ReplicaSetStatus> {}

export const ReplicaSet = kind(
  "io.k8s.api.apps.v1.ReplicaSet",
  { group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ReplicaSetSpec),
    status: of(3, ReplicaSetStatus),
  },
  {
    shortNames: ["rs"],
    categories: ["all"],
    generation: true,
    subresources: {
      scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] },
      status: { kind: "ReplicaSet", group: "apps", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "status.replicas": (rs) => String(rs.status.replicas),
    },
    setDefaults: ({ spec }) => setPodTemplateDefaults(spec?.template),
    columns: [
      NAME,
      column("Desired", "integer", "Pods wanted.", ({ spec }) => spec.replicas),
      column("Current", "integer", "Pods there are.", ({ status }) => status.replicas),
      column("Ready", "integer", "Pods ready.", ({ status }) => status.readyReplicas ?? 0),
      AGE,
      ...containerColumns((set: { spec: ReplicaSetSpec }) => set.spec.template),
      wideColumn("Selector", "string", "Which pods are its own.", ({ spec }) => selectorText(spec.selector)),
    ],
    validate: validateReplicaSet,
    validateUpdate: validateReplicaSetUpdate,
    validateStatusUpdate: validateReplicaSetStatusUpdate,
  },
);
export interface ReplicaSet extends ObjectOf<typeof ReplicaSet> {}
export type ReplicaSetDraft = DraftObjectOf<typeof ReplicaSet>;
