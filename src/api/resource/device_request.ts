import type { DraftOf } from "../schema/schema.ts";
import type { ValueOf } from "../schema/schema.ts";
import { DeviceConfiguration, DeviceSelector } from "./device_selector.ts";
import { QUANTITY, STRING, boolean, inline, int64, list, map, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const DeviceToleration = object("io.k8s.api.resource.v1.DeviceToleration", {
  key: string(1),
  operator: string(2, { default: "Equal", enum: ["Equal", "Exists"] }),
  value: string(3),
  effect: string(4, { enum: ["NoExecute", "NoSchedule", "None"] }),
  tolerationSeconds: int64(5, { ptr: true }),
});
export interface DeviceToleration extends ValueOf<typeof DeviceToleration> {}

export const CapacityRequirements = object("io.k8s.api.resource.v1.CapacityRequirements", {
  requests: map(1, QUANTITY),
});
export interface CapacityRequirements extends ValueOf<typeof CapacityRequirements> {}

export const ExactDeviceRequest = object("io.k8s.api.resource.v1.ExactDeviceRequest", {
  deviceClassName: string(1, { required: true, always: true }),
  selectors: list(2, DeviceSelector),
  allocationMode: string(3, { default: "ExactCount", enum: ["All", "ExactCount"] }),
  count: int64(4),
  adminAccess: boolean(5, { ptr: true }),
  tolerations: list(6, DeviceToleration),
  capacity: ptr(7, CapacityRequirements),
});
export interface ExactDeviceRequest extends ValueOf<typeof ExactDeviceRequest> {}

export const DeviceSubRequest = object("io.k8s.api.resource.v1.DeviceSubRequest", {
  name: string(1, { required: true, always: true }),
  deviceClassName: string(2, { required: true, always: true }),
  selectors: list(3, DeviceSelector),
  allocationMode: string(4, { default: "ExactCount", enum: ["All", "ExactCount"] }),
  count: int64(5),
  tolerations: list(6, DeviceToleration),
  capacity: ptr(7, CapacityRequirements),
});
export interface DeviceSubRequest extends ValueOf<typeof DeviceSubRequest> {}

export const DeviceRequest = object("io.k8s.api.resource.v1.DeviceRequest", {
  name: string(1, { required: true, always: true }),
  exactly: ptr(2, ExactDeviceRequest),
  firstAvailable: list(3, DeviceSubRequest),
});
export interface DeviceRequest extends ValueOf<typeof DeviceRequest> {}

export const DeviceConstraint = object("io.k8s.api.resource.v1.DeviceConstraint", {
  requests: list(1, STRING),
  matchAttribute: string(2, { ptr: true }),
  distinctAttribute: string(3, { ptr: true }),
});
export interface DeviceConstraint extends ValueOf<typeof DeviceConstraint> {}

export const DeviceClaimConfiguration = object("io.k8s.api.resource.v1.DeviceClaimConfiguration", {
  requests: list(1, STRING),
  ...inline(2, "deviceConfiguration", DeviceConfiguration),
});
export interface DeviceClaimConfiguration extends ValueOf<typeof DeviceClaimConfiguration> {}

export const DeviceClaim = object("io.k8s.api.resource.v1.DeviceClaim", {
  requests: list(1, DeviceRequest, { always: true }),
  constraints: list(2, DeviceConstraint),
  config: list(3, DeviceClaimConfiguration),
});
export interface DeviceClaim extends ValueOf<typeof DeviceClaim> {}

/** One device is asked for where no number is given. */
export function setClaimDefaults(claim: DraftOf<typeof DeviceClaim> | undefined): void {
  for (const request of claim?.requests ?? []) {
    const asked = request.exactly ? [request.exactly] : (request.firstAvailable ?? []);
    for (const each of asked) if ((each.allocationMode || "ExactCount") === "ExactCount") each.count ||= 1;
  }
}
