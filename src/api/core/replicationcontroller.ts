import { AGE, NAME, column, containerColumns, labelsText, wideColumn } from "../columns.ts";
import { setPodTemplateDefaults } from "./pod_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PodTemplateSpec } from "./pod_spec.ts";
import { STRING, int32, int64, list, map, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateReplicationController, validateReplicationControllerStatusUpdate } from "../validation/replicaset.ts";

export const ReplicationControllerSpec = object("io.k8s.api.core.v1.ReplicationControllerSpec", {
  replicas: int32(1, { ptr: true, default: 1 }),
  minReadySeconds: int32(4),
  selector: map(2, STRING, { atomic: true }),
  template: ptr(3, PodTemplateSpec),
});
export interface ReplicationControllerSpec extends ValueOf<typeof ReplicationControllerSpec> {}

export const ReplicationControllerCondition = object("io.k8s.api.core.v1.ReplicationControllerCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface ReplicationControllerCondition extends ValueOf<typeof ReplicationControllerCondition> {}

export const ReplicationControllerStatus = object("io.k8s.api.core.v1.ReplicationControllerStatus", {
  replicas: int32(1, { required: true, always: true }),
  fullyLabeledReplicas: int32(2),
  readyReplicas: int32(4),
  availableReplicas: int32(5),
  observedGeneration: int64(3),
  conditions: list(6, ReplicationControllerCondition, {
    mapKeys: ["type"],
    patchStrategy: "merge",
    patchMergeKey: "type",
  }),
});
export interface ReplicationControllerStatus extends ValueOf<typeof ReplicationControllerStatus> {}

export const ReplicationController = kind(
  "io.k8s.api.core.v1.ReplicationController",
  { group: "", version: "v1", kind: "ReplicationController", plural: "replicationcontrollers", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ReplicationControllerSpec),
    status: of(3, ReplicationControllerStatus),
  },
  {
    shortNames: ["rc"],
    categories: ["all"],
    generation: true,
    subresources: {
      scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] },
      status: { kind: "ReplicationController", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "status.replicas": (rc) => String(rc.status.replicas),
    },
    setDefaults({ metadata, spec }) {
      setPodTemplateDefaults(spec?.template);
      const labels = spec?.template?.metadata?.labels;
      if (!spec || !labels) return;
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (metadata && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    },
    columns: [
      NAME,
      column("Desired", "integer", "Pods wanted.", ({ spec }) => spec.replicas),
      column("Current", "integer", "Pods there are.", ({ status }) => status.replicas),
      column("Ready", "integer", "Pods ready.", ({ status }) => status.readyReplicas ?? 0),
      AGE,
      ...containerColumns((rc: { spec: ReplicationControllerSpec }) => rc.spec.template),
      wideColumn("Selector", "string", "Which pods are its own.", ({ spec }) => labelsText(spec.selector)),
    ],
    validate: validateReplicationController,
    validateStatusUpdate: validateReplicationControllerStatusUpdate,
  },
);
export interface ReplicationController extends ObjectOf<typeof ReplicationController> {}
export type ReplicationControllerDraft = DraftObjectOf<typeof ReplicationController>;
