import { AGE, NAME, column, containerColumns } from "../columns.ts";
import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PersistentVolumeClaim } from "../core/persistentvolumeclaim.ts";
import { PodTemplateSpec } from "../core/pod_spec.ts";
import { int32, int64, intOrString, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validateStatefulSet,
  validateStatefulSetUpdate,
  validateStatefulSetStatusUpdate,
} from "../validation/statefulset.ts";

export const RollingUpdateStatefulSetStrategy = object("io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy", {
  partition: int32(1, { ptr: true }),
  maxUnavailable: intOrString(2, { ptr: true }),
});
export interface RollingUpdateStatefulSetStrategy extends ValueOf<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetUpdateStrategy = object("io.k8s.api.apps.v1.StatefulSetUpdateStrategy", {
  type: string(1, { default: "RollingUpdate", enum: ["OnDelete", "RollingUpdate"] }),
  rollingUpdate: ptr(2, RollingUpdateStatefulSetStrategy),
});
export interface StatefulSetUpdateStrategy extends ValueOf<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = object(
  "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
  {
    whenDeleted: string(1, { default: "Retain" }),
    whenScaled: string(2, { default: "Retain" }),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy extends ValueOf<
  typeof StatefulSetPersistentVolumeClaimRetentionPolicy
> {}

export const StatefulSetOrdinals = object("io.k8s.api.apps.v1.StatefulSetOrdinals", {
  start: int32(1, { always: true }),
});
export interface StatefulSetOrdinals extends ValueOf<typeof StatefulSetOrdinals> {}

export const StatefulSetSpec = object("io.k8s.api.apps.v1.StatefulSetSpec", {
  replicas: int32(1, { ptr: true, default: 1 }),
  selector: ptr(2, LabelSelector, { required: true }),
  template: of(3, PodTemplateSpec, { required: true }),
  volumeClaimTemplates: list(4, PersistentVolumeClaim.schema),
  serviceName: string(5, { always: true }),
  podManagementPolicy: string(6, { default: "OrderedReady", enum: ["OrderedReady", "Parallel"] }),
  updateStrategy: of(7, StatefulSetUpdateStrategy),
  revisionHistoryLimit: int32(8, { ptr: true, default: 10 }),
  minReadySeconds: int32(9),
  persistentVolumeClaimRetentionPolicy: ptr(10, StatefulSetPersistentVolumeClaimRetentionPolicy),
  ordinals: ptr(11, StatefulSetOrdinals),
});
export interface StatefulSetSpec extends ValueOf<typeof StatefulSetSpec> {}

export const StatefulSetCondition = object("io.k8s.api.apps.v1.StatefulSetCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface StatefulSetCondition extends ValueOf<typeof StatefulSetCondition> {}

export const StatefulSetStatus = object("io.k8s.api.apps.v1.StatefulSetStatus", {
  observedGeneration: int64(1),
  replicas: int32(2, { required: true, always: true }),
  readyReplicas: int32(3),
  currentReplicas: int32(4),
  updatedReplicas: int32(5),
  currentRevision: string(6),
  updateRevision: string(7),
  collisionCount: int32(9, { ptr: true }),
  conditions: list(10, StatefulSetCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  availableReplicas: int32(11, { always: true }),
});
export interface StatefulSetStatus extends ValueOf<typeof StatefulSetStatus> {}

export const StatefulSet = kind(
  "io.k8s.api.apps.v1.StatefulSet",
  { group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, StatefulSetSpec),
    status: of(3, StatefulSetStatus),
  },
  {
    shortNames: ["sts"],
    categories: ["all"],
    generation: true,
    subresources: {
      scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] },
      status: { kind: "StatefulSet", group: "apps", version: "v1", verbs: ["get", "patch", "update"] },
    },
    setDefaults({ spec }) {
      if (!spec) return;
      setPodTemplateDefaults(spec.template);
      spec.persistentVolumeClaimRetentionPolicy ??= {};
      const strategy = (spec.updateStrategy ??= {});
      if (!strategy.type) {
        strategy.type = "RollingUpdate";
        strategy.rollingUpdate ??= {};
      }
      // Who names the type and leaves rollingUpdate out keeps it left out.
      if (strategy.type !== "RollingUpdate" || !strategy.rollingUpdate) return;
      strategy.rollingUpdate.partition ??= 0;
      strategy.rollingUpdate.maxUnavailable ??= 1;
    },
    columns: [
      NAME,
      column(
        "Ready",
        "string",
        "Pods ready, of those wanted.",
        ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`,
      ),
      AGE,
      ...containerColumns((set: { spec: StatefulSetSpec }) => set.spec.template),
    ],
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    validateStatusUpdate: validateStatefulSetStatusUpdate,
    nameRule: "dnsLabel",
  },
);
export interface StatefulSet extends ObjectOf<typeof StatefulSet> {}
export type StatefulSetDraft = DraftObjectOf<typeof StatefulSet>;
