import type { ValueOf } from "../schema/schema.ts";
import { INT32, STRING, boolean, int64, list, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const NodeProxyOptions = object("io.k8s.api.core.v1.NodeProxyOptions", {
  apiVersion: string(0),
  kind: string(0),
  path: string(1),
});
export interface NodeProxyOptions extends ValueOf<typeof NodeProxyOptions> {}

export const PodAttachOptions = object("io.k8s.api.core.v1.PodAttachOptions", {
  apiVersion: string(0),
  kind: string(0),
  stdin: boolean(1),
  stdout: boolean(2),
  stderr: boolean(3),
  tty: boolean(4),
  container: string(5),
});
export interface PodAttachOptions extends ValueOf<typeof PodAttachOptions> {}

export const PodExecOptions = object("io.k8s.api.core.v1.PodExecOptions", {
  apiVersion: string(0),
  kind: string(0),
  stdin: boolean(1),
  stdout: boolean(2),
  stderr: boolean(3),
  tty: boolean(4),
  container: string(5),
  command: list(6, STRING, { required: true }),
});
export interface PodExecOptions extends ValueOf<typeof PodExecOptions> {}

export const PodLogOptions = object("io.k8s.api.core.v1.PodLogOptions", {
  apiVersion: string(0),
  kind: string(0),
  container: string(1),
  follow: boolean(2),
  previous: boolean(3),
  sinceSeconds: int64(4, { ptr: true }),
  sinceTime: time(5, { ptr: true }),
  timestamps: boolean(6),
  tailLines: int64(7, { ptr: true }),
  limitBytes: int64(8, { ptr: true }),
  insecureSkipTLSVerifyBackend: boolean(9),
  stream: string(10, { ptr: true, default: "All" }),
});
export interface PodLogOptions extends ValueOf<typeof PodLogOptions> {}

export const PodPortForwardOptions = object("io.k8s.api.core.v1.PodPortForwardOptions", {
  apiVersion: string(0),
  kind: string(0),
  ports: list(1, INT32),
});
export interface PodPortForwardOptions extends ValueOf<typeof PodPortForwardOptions> {}

export const PodProxyOptions = object("io.k8s.api.core.v1.PodProxyOptions", {
  apiVersion: string(0),
  kind: string(0),
  path: string(1),
});
export interface PodProxyOptions extends ValueOf<typeof PodProxyOptions> {}

export const ServiceProxyOptions = object("io.k8s.api.core.v1.ServiceProxyOptions", {
  apiVersion: string(0),
  kind: string(0),
  path: string(1),
});
export interface ServiceProxyOptions extends ValueOf<typeof ServiceProxyOptions> {}
