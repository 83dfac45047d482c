import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { int32, ptr, quantity, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const CrossVersionObjectReference = object("io.k8s.api.autoscaling.v2.CrossVersionObjectReference", {
  kind: string(1, { required: true, always: true }),
  name: string(2, { required: true, always: true }),
  apiVersion: string(3),
});
export interface CrossVersionObjectReference extends ValueOf<typeof CrossVersionObjectReference> {}

export const MetricTarget = object("io.k8s.api.autoscaling.v2.MetricTarget", {
  type: string(1, { required: true, always: true }),
  value: quantity(2, { ptr: true }),
  averageValue: quantity(3, { ptr: true }),
  averageUtilization: int32(4, { ptr: true }),
});
export interface MetricTarget extends ValueOf<typeof MetricTarget> {}

export const MetricIdentifier = object("io.k8s.api.autoscaling.v2.MetricIdentifier", {
  name: string(1, { required: true, always: true }),
  selector: ptr(2, LabelSelector),
});
export interface MetricIdentifier extends ValueOf<typeof MetricIdentifier> {}

export const MetricValueStatus = object("io.k8s.api.autoscaling.v2.MetricValueStatus", {
  value: quantity(1, { ptr: true }),
  averageValue: quantity(2, { ptr: true }),
  averageUtilization: int32(3, { ptr: true }),
});
export interface MetricValueStatus extends ValueOf<typeof MetricValueStatus> {}
