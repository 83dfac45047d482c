import type { ValueOf } from "../schema/schema.ts";
import { CrossVersionObjectReference, MetricIdentifier, MetricTarget } from "./metric_target.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";

export const ObjectMetricSource = object("io.k8s.api.autoscaling.v2.ObjectMetricSource", {
  describedObject: of(1, CrossVersionObjectReference, { required: true }),
  target: of(2, MetricTarget, { required: true }),
  metric: of(3, MetricIdentifier, { required: true }),
});
export interface ObjectMetricSource extends ValueOf<typeof ObjectMetricSource> {}

export const PodsMetricSource = object("io.k8s.api.autoscaling.v2.PodsMetricSource", {
  metric: of(1, MetricIdentifier, { required: true }),
  target: of(2, MetricTarget, { required: true }),
});
export interface PodsMetricSource extends ValueOf<typeof PodsMetricSource> {}

export const ResourceMetricSource = object("io.k8s.api.autoscaling.v2.ResourceMetricSource", {
  name: string(1, { required: true, always: true }),
  target: of(2, MetricTarget, { required: true }),
});
export interface ResourceMetricSource extends ValueOf<typeof ResourceMetricSource> {}

export const ContainerResourceMetricSource = object("io.k8s.api.autoscaling.v2.ContainerResourceMetricSource", {
  name: string(1, { required: true, always: true }),
  target: of(2, MetricTarget, { required: true }),
  container: string(3, { required: true, always: true }),
});
export interface ContainerResourceMetricSource extends ValueOf<typeof ContainerResourceMetricSource> {}

export const ExternalMetricSource = object("io.k8s.api.autoscaling.v2.ExternalMetricSource", {
  metric: of(1, MetricIdentifier, { required: true }),
  target: of(2, MetricTarget, { required: true }),
});
export interface ExternalMetricSource extends ValueOf<typeof ExternalMetricSource> {}

export const MetricSpec = object("io.k8s.api.autoscaling.v2.MetricSpec", {
  type: string(1, { required: true, always: true }),
  object: ptr(2, ObjectMetricSource),
  pods: ptr(3, PodsMetricSource),
  resource: ptr(4, ResourceMetricSource),
  containerResource: ptr(7, ContainerResourceMetricSource),
  external: ptr(5, ExternalMetricSource),
});
export interface MetricSpec extends ValueOf<typeof MetricSpec> {}
