import type { ValueOf } from "../schema/schema.ts";
import { TypedLocalObjectReference } from "../core/reference.ts";
import { int32, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ServiceBackendPort = object(
  "io.k8s.api.networking.v1.ServiceBackendPort",
  {
    name: string(1),
    number: int32(2),
  },
  { atomic: true },
);
export interface ServiceBackendPort extends ValueOf<typeof ServiceBackendPort> {}

export const IngressServiceBackend = object("io.k8s.api.networking.v1.IngressServiceBackend", {
  name: string(1, { required: true, always: true }),
  port: of(2, ServiceBackendPort),
});
export interface IngressServiceBackend extends ValueOf<typeof IngressServiceBackend> {}

export const IngressBackend = object("io.k8s.api.networking.v1.IngressBackend", {
  service: ptr(4, IngressServiceBackend),
  resource: ptr(3, TypedLocalObjectReference),
});
export interface IngressBackend extends ValueOf<typeof IngressBackend> {}
