import type { ValueOf } from "../schema/schema.ts";
import { int32, list, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const PortStatus = object("io.k8s.api.core.v1.PortStatus", {
  port: int32(1, { required: true, always: true }),
  protocol: string(2, { required: true, always: true, enum: ["SCTP", "TCP", "UDP"] }),
  error: string(3, { ptr: true }),
});
export interface PortStatus extends ValueOf<typeof PortStatus> {}

export const LoadBalancerIngress = object("io.k8s.api.core.v1.LoadBalancerIngress", {
  ip: string(1),
  hostname: string(2),
  ipMode: string(3, { ptr: true }),
  ports: list(4, PortStatus),
});
export interface LoadBalancerIngress extends ValueOf<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = object("io.k8s.api.core.v1.LoadBalancerStatus", {
  ingress: list(1, LoadBalancerIngress),
});
export interface LoadBalancerStatus extends ValueOf<typeof LoadBalancerStatus> {}
