import type { ValueOf } from "../schema/schema.ts";
import { int32, list, of, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const IngressPortStatus = object("io.k8s.api.networking.v1.IngressPortStatus", {
  port: int32(1, { required: true, always: true }),
  protocol: string(2, { required: true, always: true, enum: ["SCTP", "TCP", "UDP"] }),
  error: string(3, { ptr: true }),
});
export interface IngressPortStatus extends ValueOf<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = object("io.k8s.api.networking.v1.IngressLoadBalancerIngress", {
  ip: string(1),
  hostname: string(2),
  ports: list(4, IngressPortStatus),
});
export interface IngressLoadBalancerIngress extends ValueOf<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = object("io.k8s.api.networking.v1.IngressLoadBalancerStatus", {
  ingress: list(1, IngressLoadBalancerIngress),
});
export interface IngressLoadBalancerStatus extends ValueOf<typeof IngressLoadBalancerStatus> {}

export const IngressStatus = object("io.k8s.api.networking.v1.IngressStatus", {
  loadBalancer: of(1, IngressLoadBalancerStatus),
});
export interface IngressStatus extends ValueOf<typeof IngressStatus> {}
