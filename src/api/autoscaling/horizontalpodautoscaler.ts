import type { ValueOf } from "../schema/schema.ts";
import { AUTOSCALER_COLUMNS } from "./autoscaler_columns.ts";
import { CrossVersionObjectReference } from "./metric_target.ts";
import { HorizontalPodAutoscalerBehavior } from "./scaling_rules.ts";
import { MetricSpec } from "./metric_spec.ts";
import { MetricStatus } from "./metric_status.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { int32, int64, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { setAutoscalerDefaults } from "./autoscaler_defaults.ts";
import { validateAutoscaler, validateAutoscalerStatusUpdate } from "../validation/autoscaler.ts";

export const HorizontalPodAutoscalerSpec = object("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: of(1, CrossVersionObjectReference, { required: true }),
  minReplicas: int32(2, { ptr: true, default: 1 }),
  maxReplicas: int32(3, { required: true, always: true }),
  metrics: list(4, MetricSpec),
  behavior: ptr(5, HorizontalPodAutoscalerBehavior),
});
export interface HorizontalPodAutoscalerSpec extends ValueOf<typeof HorizontalPodAutoscalerSpec> {}

export const HorizontalPodAutoscalerCondition = object("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface HorizontalPodAutoscalerCondition extends ValueOf<typeof HorizontalPodAutoscalerCondition> {}

export const HorizontalPodAutoscalerStatus = object("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus", {
  observedGeneration: int64(1, { ptr: true }),
  lastScaleTime: time(2, { ptr: true }),
  currentReplicas: int32(3),
  desiredReplicas: int32(4, { required: true, always: true }),
  currentMetrics: list(5, MetricStatus, { always: true }),
  conditions: list(6, HorizontalPodAutoscalerCondition, {
    mapKeys: ["type"],
    patchStrategy: "merge",
    patchMergeKey: "type",
  }),
});
export interface HorizontalPodAutoscalerStatus extends ValueOf<typeof HorizontalPodAutoscalerStatus> {}

/** Keeps a workload's number of replicas where its metrics ask for. */
export const HorizontalPodAutoscaler = kind(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  {
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    scope: "Namespaced",
  },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, HorizontalPodAutoscalerSpec, { required: true }),
    status: of(3, HorizontalPodAutoscalerStatus),
  },
  {
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: {
      status: {
        kind: "HorizontalPodAutoscaler",
        group: "autoscaling",
        version: "v2",
        verbs: ["get", "patch", "update"],
      },
    },
    setDefaults: setAutoscalerDefaults,
    columns: AUTOSCALER_COLUMNS,
    validate: validateAutoscaler,
    validateStatusUpdate: validateAutoscalerStatusUpdate,
  },
);
export interface HorizontalPodAutoscaler extends ObjectOf<typeof HorizontalPodAutoscaler> {}
export type HorizontalPodAutoscalerDraft = DraftObjectOf<typeof HorizontalPodAutoscaler>;
