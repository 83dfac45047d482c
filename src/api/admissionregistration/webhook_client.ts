import type { ValueOf } from "../schema/schema.ts";
import { bytes, int32, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ServiceReference = object("io.k8s.api.admissionregistration.v1.ServiceReference", {
  namespace: string(1, { required: true, always: true }),
  name: string(2, { required: true, always: true }),
  path: string(3, { ptr: true }),
  port: int32(4, { ptr: true, default: 443 }),
});
export interface ServiceReference extends ValueOf<typeof ServiceReference> {}

export const WebhookClientConfig = object("io.k8s.api.admissionregistration.v1.WebhookClientConfig", {
  url: string(3, { ptr: true }),
  service: ptr(1, ServiceReference),
  caBundle: bytes(2),
});
export interface WebhookClientConfig extends ValueOf<typeof WebhookClientConfig> {}
