import type { ValueOf } from "../schema/schema.ts";
import { int32, list, ptr, quantity, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const HPAScalingPolicy = object("io.k8s.api.autoscaling.v2.HPAScalingPolicy", {
  type: string(1, { required: true, always: true }),
  value: int32(2, { required: true, always: true }),
  periodSeconds: int32(3, { required: true, always: true }),
});
export interface HPAScalingPolicy extends ValueOf<typeof HPAScalingPolicy> {}

export const HPAScalingRules = object("io.k8s.api.autoscaling.v2.HPAScalingRules", {
  stabilizationWindowSeconds: int32(3, { ptr: true }),
  selectPolicy: string(1, { ptr: true }),
  policies: list(2, HPAScalingPolicy),
  tolerance: quantity(4, { ptr: true }),
});
export interface HPAScalingRules extends ValueOf<typeof HPAScalingRules> {}

export const HorizontalPodAutoscalerBehavior = object("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior", {
  scaleUp: ptr(1, HPAScalingRules),
  scaleDown: ptr(2, HPAScalingRules),
});
export interface HorizontalPodAutoscalerBehavior extends ValueOf<typeof HorizontalPodAutoscalerBehavior> {}
