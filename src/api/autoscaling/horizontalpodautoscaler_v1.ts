import type { ValueOf } from "../schema/schema.ts";
import { AUTOSCALER_V1_CONVERSION } from "./autoscaler_conversion.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { int32, int64, of, string, time } from "../schema/field.ts";
import { kind, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

const CrossVersionObjectReferenceV1 = object(
  "io.k8s.api.autoscaling.v1.CrossVersionObjectReference",
  {
    kind: string(1, { required: true, always: true }),
    name: string(2, { required: true, always: true }),
    apiVersion: string(3),
  },
  { atomic: true },
);

export const HorizontalPodAutoscalerSpecV1 = object("io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: of(1, CrossVersionObjectReferenceV1, { required: true }),
  minReplicas: int32(2, { ptr: true, default: 1 }),
  maxReplicas: int32(3, { required: true, always: true }),
  targetCPUUtilizationPercentage: int32(4, { ptr: true }),
});
export interface HorizontalPodAutoscalerSpecV1 extends ValueOf<typeof HorizontalPodAutoscalerSpecV1> {}

export const HorizontalPodAutoscalerStatusV1 = object("io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus", {
  observedGeneration: int64(1, { ptr: true }),
  lastScaleTime: time(2, { ptr: true }),
  currentReplicas: int32(3, { required: true, always: true }),
  desiredReplicas: int32(4, { required: true, always: true }),
  currentCPUUtilizationPercentage: int32(5, { ptr: true }),
});
export interface HorizontalPodAutoscalerStatusV1 extends ValueOf<typeof HorizontalPodAutoscalerStatusV1> {}

/** The first version of autoscalers, which knows processor use alone; all else travels in annotations. */
export const HorizontalPodAutoscalerV1 = kind(
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
  {
    group: "autoscaling",
    version: "v1",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    scope: "Namespaced",
  },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, HorizontalPodAutoscalerSpecV1, { required: true }),
    status: of(3, HorizontalPodAutoscalerStatusV1),
  },
  {
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: {
      status: {
        kind: "HorizontalPodAutoscaler",
        group: "autoscaling",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
    },
    conversion: AUTOSCALER_V1_CONVERSION,
  },
);
export interface HorizontalPodAutoscalerV1 extends ObjectOf<typeof HorizontalPodAutoscalerV1> {}
