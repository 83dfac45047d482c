import type { ValueOf } from "../schema/schema.ts";
import { STRING, inline, int32, int64, intOrString, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";
import { STOP_SIGNALS } from "./stop_signals.ts";

export const ExecAction = object("io.k8s.api.core.v1.ExecAction", {
  command: list(1, STRING),
});
export interface ExecAction extends ValueOf<typeof ExecAction> {}

export const HTTPHeader = object("io.k8s.api.core.v1.HTTPHeader", {
  name: string(1, { required: true, always: true }),
  value: string(2, { required: true, always: true }),
});
export interface HTTPHeader extends ValueOf<typeof HTTPHeader> {}

export const HTTPGetAction = object("io.k8s.api.core.v1.HTTPGetAction", {
  path: string(1, { default: "/" }),
  port: intOrString(2, { required: true, always: true }),
  host: string(3),
  scheme: string(4, { default: "HTTP", enum: ["HTTP", "HTTPS"] }),
  httpHeaders: list(5, HTTPHeader),
});
export interface HTTPGetAction extends ValueOf<typeof HTTPGetAction> {}

export const TCPSocketAction = object("io.k8s.api.core.v1.TCPSocketAction", {
  port: intOrString(1, { required: true, always: true }),
  host: string(2),
});
export interface TCPSocketAction extends ValueOf<typeof TCPSocketAction> {}

export const GRPCAction = object("io.k8s.api.core.v1.GRPCAction", {
  port: int32(1, { required: true, always: true }),
  service: string(2, { ptr: true, default: "" }),
});
export interface GRPCAction extends ValueOf<typeof GRPCAction> {}

export const ProbeHandler = object("io.k8s.api.core.v1.ProbeHandler", {
  exec: ptr(1, ExecAction),
  httpGet: ptr(2, HTTPGetAction),
  tcpSocket: ptr(3, TCPSocketAction),
  grpc: ptr(4, GRPCAction),
});
export interface ProbeHandler extends ValueOf<typeof ProbeHandler> {}

export const Probe = object("io.k8s.api.core.v1.Probe", {
  ...inline(1, "handler", ProbeHandler),
  initialDelaySeconds: int32(2),
  timeoutSeconds: int32(3, { default: 1 }),
  periodSeconds: int32(4, { default: 10 }),
  successThreshold: int32(5, { default: 1 }),
  failureThreshold: int32(6, { default: 3 }),
  terminationGracePeriodSeconds: int64(7, { ptr: true }),
});
export interface Probe extends ValueOf<typeof Probe> {}

export const SleepAction = object("io.k8s.api.core.v1.SleepAction", {
  seconds: int64(1, { required: true, always: true }),
});
export interface SleepAction extends ValueOf<typeof SleepAction> {}

export const LifecycleHandler = object("io.k8s.api.core.v1.LifecycleHandler", {
  exec: ptr(1, ExecAction),
  httpGet: ptr(2, HTTPGetAction),
  tcpSocket: ptr(3, TCPSocketAction),
  sleep: ptr(4, SleepAction),
});
export interface LifecycleHandler extends ValueOf<typeof LifecycleHandler> {}

export const Lifecycle = object("io.k8s.api.core.v1.Lifecycle", {
  postStart: ptr(1, LifecycleHandler),
  preStop: ptr(2, LifecycleHandler),
  stopSignal: string(3, { ptr: true, enum: STOP_SIGNALS }),
});
export interface Lifecycle extends ValueOf<typeof Lifecycle> {}
