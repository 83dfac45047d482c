import type { ValueOf } from "../schema/schema.ts";
import { object } from "../schema/object.ts";
import { ptr, rawExtension, string } from "../schema/field.ts";

export const CELDeviceSelector = object("io.k8s.api.resource.v1.CELDeviceSelector", {
  expression: string(1, { required: true, always: true }),
});
export interface CELDeviceSelector extends ValueOf<typeof CELDeviceSelector> {}

export const DeviceSelector = object("io.k8s.api.resource.v1.DeviceSelector", {
  cel: ptr(1, CELDeviceSelector),
});
export interface DeviceSelector extends ValueOf<typeof DeviceSelector> {}

export const OpaqueDeviceConfiguration = object("io.k8s.api.resource.v1.OpaqueDeviceConfiguration", {
  driver: string(1, { required: true, always: true }),
  parameters: rawExtension(2, { required: true, always: true }),
});
export interface OpaqueDeviceConfiguration extends ValueOf<typeof OpaqueDeviceConfiguration> {}

export const DeviceConfiguration = object("io.k8s.api.resource.v1.DeviceConfiguration", {
  opaque: ptr(1, OpaqueDeviceConfiguration),
});
export interface DeviceConfiguration extends ValueOf<typeof DeviceConfiguration> {}
