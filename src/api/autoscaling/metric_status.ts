import type { ValueOf } from "../schema/schema.ts";
import { CrossVersionObjectReference, MetricIdentifier, MetricValueStatus } from "./metric_target.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";

export const ObjectMetricStatus = object("io.k8s.api.autoscaling.v2.ObjectMetricStatus", {
  metric: of(1, MetricIdentifier, { required: true }),
  current: of(2, MetricValueStatus, { required: true }),
  describedObject: of(3, CrossVersionObjectReference, { required: true }),
});
export interface ObjectMetricStatus extends ValueOf<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = object("io.k8s.api.autoscaling.v2.PodsMetricStatus", {
  metric: of(1, MetricIdentifier, { required: true }),
  current: of(2, MetricValueStatus, { required: true }),
});
export interface PodsMetricStatus extends ValueOf<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = object("io.k8s.api.autoscaling.v2.ResourceMetricStatus", {
  name: string(1, { required: true, always: true }),
  current: of(2, MetricValueStatus, { required: true }),
});
export interface ResourceMetricStatus extends ValueOf<typeof ResourceMetricStatus> {}

export const ContainerResourceMetricStatus = object("io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus", {
  name: string(1, { required: true, always: true }),
  current: of(2, MetricValueStatus, { required: true }),
  container: string(3, { required: true, always: true }),
});
export interface ContainerResourceMetricStatus extends ValueOf<typeof ContainerResourceMetricStatus> {}

export const ExternalMetricStatus = object("io.k8s.api.autoscaling.v2.ExternalMetricStatus", {
  metric: of(1, MetricIdentifier, { required: true }),
  current: of(2, MetricValueStatus, { required: true }),
});
export interface ExternalMetricStatus extends ValueOf<typeof ExternalMetricStatus> {}

export const MetricStatus = object("io.k8s.api.autoscaling.v2.MetricStatus", {
  type: string(1, { required: true, always: true }),
  object: ptr(2, ObjectMetricStatus),
  pods: ptr(3, PodsMetricStatus),
  resource: ptr(4, ResourceMetricStatus),
  containerResource: ptr(7, ContainerResourceMetricStatus),
  external: ptr(5, ExternalMetricStatus),
});
export interface MetricStatus extends ValueOf<typeof MetricStatus> {}
