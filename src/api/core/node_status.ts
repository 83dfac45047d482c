import type { ValueOf } from "../schema/schema.ts";
import { QUANTITY, STRING, boolean, int32, int64, list, map, of, ptr, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ConfigMapNodeConfigSource = object("io.k8s.api.core.v1.ConfigMapNodeConfigSource", {
  namespace: string(1, { required: true, always: true }),
  name: string(2, { required: true, always: true }),
  uid: string(3),
  resourceVersion: string(4),
  kubeletConfigKey: string(5, { required: true, always: true }),
});
export interface ConfigMapNodeConfigSource extends ValueOf<typeof ConfigMapNodeConfigSource> {}

export const NodeConfigSource = object("io.k8s.api.core.v1.NodeConfigSource", {
  configMap: ptr(2, ConfigMapNodeConfigSource),
});
export interface NodeConfigSource extends ValueOf<typeof NodeConfigSource> {}

export const NodeCondition = object("io.k8s.api.core.v1.NodeCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastHeartbeatTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface NodeCondition extends ValueOf<typeof NodeCondition> {}

export const NodeAddress = object("io.k8s.api.core.v1.NodeAddress", {
  type: string(1, { required: true, always: true }),
  address: string(2, { required: true, always: true }),
});
export interface NodeAddress extends ValueOf<typeof NodeAddress> {}

export const DaemonEndpoint = object("io.k8s.api.core.v1.DaemonEndpoint", {
  Port: int32(1, { required: true, always: true }),
});
export interface DaemonEndpoint extends ValueOf<typeof DaemonEndpoint> {}

export const NodeDaemonEndpoints = object("io.k8s.api.core.v1.NodeDaemonEndpoints", {
  kubeletEndpoint: of(1, DaemonEndpoint),
});
export interface NodeDaemonEndpoints extends ValueOf<typeof NodeDaemonEndpoints> {}

export const NodeSwapStatus = object("io.k8s.api.core.v1.NodeSwapStatus", {
  capacity: int64(1, { ptr: true }),
});
export interface NodeSwapStatus extends ValueOf<typeof NodeSwapStatus> {}

export const NodeSystemInfo = object("io.k8s.api.core.v1.NodeSystemInfo", {
  machineID: string(1, { required: true, always: true }),
  systemUUID: string(2, { required: true, always: true }),
  bootID: string(3, { required: true, always: true }),
  kernelVersion: string(4, { required: true, always: true }),
  osImage: string(5, { required: true, always: true }),
  containerRuntimeVersion: string(6, { required: true, always: true }),
  kubeletVersion: string(7, { required: true, always: true }),
  kubeProxyVersion: string(8, { required: true, always: true }),
  operatingSystem: string(9, { required: true, always: true }),
  architecture: string(10, { required: true, always: true }),
  swap: ptr(11, NodeSwapStatus),
});
export interface NodeSystemInfo extends ValueOf<typeof NodeSystemInfo> {}

export const ContainerImage = object("io.k8s.api.core.v1.ContainerImage", {
  names: list(1, STRING, { always: true }),
  sizeBytes: int64(2),
});
export interface ContainerImage extends ValueOf<typeof ContainerImage> {}

export const AttachedVolume = object("io.k8s.api.core.v1.AttachedVolume", {
  name: string(1, { required: true, always: true }),
  devicePath: string(2, { required: true, always: true }),
});
export interface AttachedVolume extends ValueOf<typeof AttachedVolume> {}

export const NodeConfigStatus = object("io.k8s.api.core.v1.NodeConfigStatus", {
  assigned: ptr(1, NodeConfigSource),
  active: ptr(2, NodeConfigSource),
  lastKnownGood: ptr(3, NodeConfigSource),
  error: string(4),
});
export interface NodeConfigStatus extends ValueOf<typeof NodeConfigStatus> {}

export const NodeRuntimeHandlerFeatures = object("io.k8s.api.core.v1.NodeRuntimeHandlerFeatures", {
  recursiveReadOnlyMounts: boolean(1, { ptr: true }),
  userNamespaces: boolean(2, { ptr: true }),
});
export interface NodeRuntimeHandlerFeatures extends ValueOf<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = object("io.k8s.api.core.v1.NodeRuntimeHandler", {
  name: string(1, { always: true }),
  features: ptr(2, NodeRuntimeHandlerFeatures),
});
export interface NodeRuntimeHandler extends ValueOf<typeof NodeRuntimeHandler> {}

export const NodeFeatures = object("io.k8s.api.core.v1.NodeFeatures", {
  supplementalGroupsPolicy: boolean(1, { ptr: true }),
});
export interface NodeFeatures extends ValueOf<typeof NodeFeatures> {}

export const NodeStatus = object("io.k8s.api.core.v1.NodeStatus", {
  capacity: map(1, QUANTITY),
  allocatable: map(2, QUANTITY),
  phase: string(3, { enum: ["Pending", "Running", "Terminated"] }),
  conditions: list(4, NodeCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  addresses: list(5, NodeAddress, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  daemonEndpoints: of(6, NodeDaemonEndpoints),
  nodeInfo: of(7, NodeSystemInfo),
  images: list(8, ContainerImage),
  volumesInUse: list(9, STRING),
  volumesAttached: list(10, AttachedVolume),
  config: ptr(11, NodeConfigStatus),
  runtimeHandlers: list(12, NodeRuntimeHandler),
  features: ptr(13, NodeFeatures),
  declaredFeatures: list(14, STRING),
});
export interface NodeStatus extends ValueOf<typeof NodeStatus> {}
