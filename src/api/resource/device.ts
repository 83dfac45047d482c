import type { ValueOf } from "../schema/schema.ts";
import {
  BOOLEAN,
  INT64,
  QUANTITY,
  STRING,
  boolean,
  int64,
  list,
  map,
  ptr,
  quantity,
  string,
  time,
} from "../schema/field.ts";
import { NodeSelector } from "../core/node_selector.ts";
import { object } from "../schema/object.ts";

export const DeviceAttribute = object("io.k8s.api.resource.v1.DeviceAttribute", {
  int: int64(2, { ptr: true }),
  bool: boolean(3, { ptr: true }),
  string: string(4, { ptr: true }),
  version: string(5, { ptr: true }),
  ints: list(6, INT64),
  bools: list(7, BOOLEAN),
  strings: list(8, STRING),
  versions: list(9, STRING),
});
export interface DeviceAttribute extends ValueOf<typeof DeviceAttribute> {}

export const CapacityRequestPolicyRange = object("io.k8s.api.resource.v1.CapacityRequestPolicyRange", {
  min: quantity(1, { required: true, ptr: true }),
  max: quantity(2, { ptr: true }),
  step: quantity(3, { ptr: true }),
});
export interface CapacityRequestPolicyRange extends ValueOf<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = object("io.k8s.api.resource.v1.CapacityRequestPolicy", {
  default: quantity(1, { ptr: true }),
  validValues: list(3, QUANTITY),
  validRange: ptr(4, CapacityRequestPolicyRange),
});
export interface CapacityRequestPolicy extends ValueOf<typeof CapacityRequestPolicy> {}

export const DeviceCapacity = object("io.k8s.api.resource.v1.DeviceCapacity", {
  value: quantity(1, { required: true, always: true }),
  requestPolicy: ptr(2, CapacityRequestPolicy),
});
export interface DeviceCapacity extends ValueOf<typeof DeviceCapacity> {}

export const Counter = object("io.k8s.api.resource.v1.Counter", {
  value: quantity(1, { required: true, always: true }),
});
export interface Counter extends ValueOf<typeof Counter> {}

export const DeviceCounterConsumption = object("io.k8s.api.resource.v1.DeviceCounterConsumption", {
  counterSet: string(1, { required: true, always: true }),
  counters: map(2, Counter, { required: true }),
});
export interface DeviceCounterConsumption extends ValueOf<typeof DeviceCounterConsumption> {}

export const DeviceTaint = object("io.k8s.api.resource.v1.DeviceTaint", {
  key: string(1, { required: true, always: true }),
  value: string(2),
  effect: string(3, { required: true, always: true, enum: ["NoExecute", "NoSchedule", "None"] }),
  timeAdded: time(4, { ptr: true }),
});
export interface DeviceTaint extends ValueOf<typeof DeviceTaint> {}

export const NodeAllocatableResourceMapping = object("io.k8s.api.resource.v1.NodeAllocatableResourceMapping", {
  capacityKey: string(1, { ptr: true }),
  allocationMultiplier: quantity(2, { ptr: true }),
});
export interface NodeAllocatableResourceMapping extends ValueOf<typeof NodeAllocatableResourceMapping> {}

export const Device = object("io.k8s.api.resource.v1.Device", {
  name: string(1, { required: true, always: true }),
  attributes: map(2, DeviceAttribute),
  capacity: map(3, DeviceCapacity),
  consumesCounters: list(4, DeviceCounterConsumption),
  nodeName: string(5, { ptr: true }),
  nodeSelector: ptr(6, NodeSelector),
  allNodes: boolean(7, { ptr: true }),
  taints: list(8, DeviceTaint),
  bindsToNode: boolean(9, { ptr: true }),
  bindingConditions: list(10, STRING),
  bindingFailureConditions: list(11, STRING),
  allowMultipleAllocations: boolean(12, { ptr: true }),
  nodeAllocatableResourceMappings: map(13, NodeAllocatableResourceMapping),
});
export interface Device extends ValueOf<typeof Device> {}

export const CounterSet = object("io.k8s.api.resource.v1.CounterSet", {
  name: string(1, { required: true, always: true }),
  counters: map(2, Counter, { required: true }),
});
export interface CounterSet extends ValueOf<typeof CounterSet> {}
