import type { ValueOf } from "../schema/schema.ts";
import { EnvFromSource, EnvVar } from "./env.ts";
import { INT32, STRING, boolean, inline, int32, list, of, ptr, string } from "../schema/field.ts";
import { Lifecycle, Probe } from "./probe.ts";
import { ResourceRequirements } from "./resources.ts";
import { SecurityContext } from "./security.ts";
import { object } from "../schema/object.ts";

export const ContainerPort = object("io.k8s.api.core.v1.ContainerPort", {
  name: string(1),
  hostPort: int32(2),
  containerPort: int32(3, { required: true, always: true }),
  protocol: string(4, { default: "TCP", enum: ["SCTP", "TCP", "UDP"] }),
  hostIP: string(5),
});
export interface ContainerPort extends ValueOf<typeof ContainerPort> {}

export const ContainerResizePolicy = object("io.k8s.api.core.v1.ContainerResizePolicy", {
  resourceName: string(1, { required: true, always: true }),
  restartPolicy: string(2, { required: true, always: true }),
});
export interface ContainerResizePolicy extends ValueOf<typeof ContainerResizePolicy> {}

export const ContainerRestartRuleOnExitCodes = object("io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes", {
  operator: string(1, { required: true }),
  values: list(2, INT32, { set: true }),
});
export interface ContainerRestartRuleOnExitCodes extends ValueOf<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = object("io.k8s.api.core.v1.ContainerRestartRule", {
  action: string(1, { required: true }),
  exitCodes: ptr(2, ContainerRestartRuleOnExitCodes),
});
export interface ContainerRestartRule extends ValueOf<typeof ContainerRestartRule> {}

export const VolumeMount = object("io.k8s.api.core.v1.VolumeMount", {
  name: string(1, { required: true, always: true }),
  readOnly: boolean(2),
  recursiveReadOnly: string(7, { ptr: true }),
  mountPath: string(3, { required: true, always: true }),
  subPath: string(4),
  mountPropagation: string(5, { ptr: true, enum: ["Bidirectional", "HostToContainer", "None"] }),
  subPathExpr: string(6),
});
export interface VolumeMount extends ValueOf<typeof VolumeMount> {}

export const VolumeDevice = object("io.k8s.api.core.v1.VolumeDevice", {
  name: string(1, { required: true, always: true }),
  devicePath: string(2, { required: true, always: true }),
});
export interface VolumeDevice extends ValueOf<typeof VolumeDevice> {}

export const Container = object("io.k8s.api.core.v1.Container", {
  name: string(1, { required: true, always: true }),
  image: string(2),
  command: list(3, STRING),
  args: list(4, STRING),
  workingDir: string(5),
  ports: list(6, ContainerPort, {
    mapKeys: ["containerPort", "protocol"],
    patchStrategy: "merge",
    patchMergeKey: "containerPort",
  }),
  envFrom: list(19, EnvFromSource),
  env: list(7, EnvVar, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  resources: of(8, ResourceRequirements),
  resizePolicy: list(23, ContainerResizePolicy),
  restartPolicy: string(24, { ptr: true }),
  restartPolicyRules: list(25, ContainerRestartRule),
  volumeMounts: list(9, VolumeMount, { mapKeys: ["mountPath"], patchStrategy: "merge", patchMergeKey: "mountPath" }),
  volumeDevices: list(21, VolumeDevice, {
    mapKeys: ["devicePath"],
    patchStrategy: "merge",
    patchMergeKey: "devicePath",
  }),
  livenessProbe: ptr(10, Probe),
  readinessProbe: ptr(11, Probe),
  startupProbe: ptr(22, Probe),
  lifecycle: ptr(12, Lifecycle),
  terminationMessagePath: string(13, { default: "/dev/termination-log" }),
  terminationMessagePolicy: string(20, { default: "File", enum: ["FallbackToLogsOnError", "File"] }),
  imagePullPolicy: string(14, { enum: ["Always", "IfNotPresent", "Never"] }),
  securityContext: ptr(15, SecurityContext),
  stdin: boolean(16),
  stdinOnce: boolean(17),
  tty: boolean(18),
});
export interface Container extends ValueOf<typeof Container> {}

export const EphemeralContainerCommon = object("io.k8s.api.core.v1.EphemeralContainerCommon", {
  name: string(1, { required: true, always: true }),
  image: string(2),
  command: list(3, STRING),
  args: list(4, STRING),
  workingDir: string(5),
  ports: list(6, ContainerPort, {
    mapKeys: ["containerPort", "protocol"],
    patchStrategy: "merge",
    patchMergeKey: "containerPort",
  }),
  envFrom: list(19, EnvFromSource),
  env: list(7, EnvVar, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  resources: of(8, ResourceRequirements),
  resizePolicy: list(23, ContainerResizePolicy),
  restartPolicy: string(24, { ptr: true }),
  restartPolicyRules: list(25, ContainerRestartRule),
  volumeMounts: list(9, VolumeMount, { mapKeys: ["mountPath"], patchStrategy: "merge", patchMergeKey: "mountPath" }),
  volumeDevices: list(21, VolumeDevice, {
    mapKeys: ["devicePath"],
    patchStrategy: "merge",
    patchMergeKey: "devicePath",
  }),
  livenessProbe: ptr(10, Probe),
  readinessProbe: ptr(11, Probe),
  startupProbe: ptr(22, Probe),
  lifecycle: ptr(12, Lifecycle),
  terminationMessagePath: string(13, { default: "/dev/termination-log" }),
  terminationMessagePolicy: string(20, { default: "File", enum: ["FallbackToLogsOnError", "File"] }),
  imagePullPolicy: string(14, { enum: ["Always", "IfNotPresent", "Never"] }),
  securityContext: ptr(15, SecurityContext),
  stdin: boolean(16),
  stdinOnce: boolean(17),
  tty: boolean(18),
});
export interface EphemeralContainerCommon extends ValueOf<typeof EphemeralContainerCommon> {}

export const EphemeralContainer = object("io.k8s.api.core.v1.EphemeralContainer", {
  ...inline(1, "ephemeralContainerCommon", EphemeralContainerCommon),
  targetContainerName: string(2),
});
export interface EphemeralContainer extends ValueOf<typeof EphemeralContainer> {}
