import type { ValueOf } from "../schema/schema.ts";
import { Condition } from "../meta/condition.ts";
import { DeviceConfiguration } from "./device_selector.ts";
import { DeviceToleration } from "./device_request.ts";
import { NodeSelector } from "../core/node_selector.ts";
import { QUANTITY, STRING, boolean, inline, list, map, of, ptr, rawExtension, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const DeviceRequestAllocationResult = object("io.k8s.api.resource.v1.DeviceRequestAllocationResult", {
  request: string(1, { required: true, always: true }),
  driver: string(2, { required: true, always: true }),
  pool: string(3, { required: true, always: true }),
  device: string(4, { required: true, always: true }),
  adminAccess: boolean(5, { ptr: true }),
  tolerations: list(6, DeviceToleration),
  bindingConditions: list(7, STRING),
  bindingFailureConditions: list(8, STRING),
  shareID: string(9, { ptr: true }),
  consumedCapacity: map(10, QUANTITY),
});
export interface DeviceRequestAllocationResult extends ValueOf<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationConfiguration = object("io.k8s.api.resource.v1.DeviceAllocationConfiguration", {
  source: string(1, { required: true, always: true, enum: ["FromClaim", "FromClass"] }),
  requests: list(2, STRING),
  ...inline(3, "deviceConfiguration", DeviceConfiguration),
});
export interface DeviceAllocationConfiguration extends ValueOf<typeof DeviceAllocationConfiguration> {}

export const DeviceAllocationResult = object("io.k8s.api.resource.v1.DeviceAllocationResult", {
  results: list(1, DeviceRequestAllocationResult),
  config: list(2, DeviceAllocationConfiguration),
});
export interface DeviceAllocationResult extends ValueOf<typeof DeviceAllocationResult> {}

export const AllocationResult = object("io.k8s.api.resource.v1.AllocationResult", {
  devices: of(1, DeviceAllocationResult),
  nodeSelector: ptr(3, NodeSelector),
  allocationTimestamp: time(5, { ptr: true }),
});
export interface AllocationResult extends ValueOf<typeof AllocationResult> {}

export const NetworkDeviceData = object("io.k8s.api.resource.v1.NetworkDeviceData", {
  interfaceName: string(1),
  ips: list(2, STRING),
  hardwareAddress: string(3),
});
export interface NetworkDeviceData extends ValueOf<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = object("io.k8s.api.resource.v1.AllocatedDeviceStatus", {
  driver: string(1, { required: true, always: true }),
  pool: string(2, { required: true, always: true }),
  device: string(3, { required: true, always: true }),
  shareID: string(7, { ptr: true }),
  conditions: list(4, Condition, { always: true, mapKeys: ["type"] }),
  data: rawExtension(5, { ptr: true }),
  networkData: ptr(6, NetworkDeviceData),
});
export interface AllocatedDeviceStatus extends ValueOf<typeof AllocatedDeviceStatus> {}
