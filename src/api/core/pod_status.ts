import type { ValueOf } from "../schema/schema.ts";
import { ContainerStatus } from "./container_status.ts";
import { QUANTITY, STRING, int64, list, map, ptr, string, time } from "../schema/field.ts";
import { ResourceRequirements } from "./resources.ts";
import { object } from "../schema/object.ts";

export const PodCondition = object("io.k8s.api.core.v1.PodCondition", {
  type: string(1, { required: true, always: true }),
  observedGeneration: int64(7),
  status: string(2, { required: true, always: true }),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface PodCondition extends ValueOf<typeof PodCondition> {}

export const HostIP = object("io.k8s.api.core.v1.HostIP", {
  ip: string(1, { required: true, always: true }),
});
export interface HostIP extends ValueOf<typeof HostIP> {}

export const PodIP = object("io.k8s.api.core.v1.PodIP", {
  ip: string(1, { required: true, always: true }),
});
export interface PodIP extends ValueOf<typeof PodIP> {}

export const PodResourceClaimStatus = object("io.k8s.api.core.v1.PodResourceClaimStatus", {
  name: string(1, { required: true, always: true }),
  resourceClaimName: string(2, { ptr: true }),
});
export interface PodResourceClaimStatus extends ValueOf<typeof PodResourceClaimStatus> {}

export const ContainerExtendedResourceRequest = object("io.k8s.api.core.v1.ContainerExtendedResourceRequest", {
  containerName: string(1, { required: true, always: true }),
  resourceName: string(2, { required: true, always: true }),
  requestName: string(3, { required: true, always: true }),
});
export interface ContainerExtendedResourceRequest extends ValueOf<typeof ContainerExtendedResourceRequest> {}

export const PodExtendedResourceClaimStatus = object("io.k8s.api.core.v1.PodExtendedResourceClaimStatus", {
  requestMappings: list(1, ContainerExtendedResourceRequest, { required: true }),
  resourceClaimName: string(2, { required: true, always: true }),
});
export interface PodExtendedResourceClaimStatus extends ValueOf<typeof PodExtendedResourceClaimStatus> {}

export const NodeAllocatableResourceClaimStatus = object("io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus", {
  resourceClaimName: string(1, { required: true, always: true }),
  containers: list(2, STRING, { set: true }),
  resources: map(3, QUANTITY, { required: true }),
});
export interface NodeAllocatableResourceClaimStatus extends ValueOf<typeof NodeAllocatableResourceClaimStatus> {}

export const PodStatus = object("io.k8s.api.core.v1.PodStatus", {
  observedGeneration: int64(17),
  phase: string(1, { enum: ["Failed", "Pending", "Running", "Succeeded", "Unknown"] }),
  conditions: list(2, PodCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  message: string(3),
  reason: string(4),
  nominatedNodeName: string(11),
  hostIP: string(5),
  hostIPs: list(16, HostIP, { patchStrategy: "merge", patchMergeKey: "ip" }),
  podIP: string(6),
  podIPs: list(12, PodIP, { mapKeys: ["ip"], patchStrategy: "merge", patchMergeKey: "ip" }),
  startTime: time(7, { ptr: true }),
  initContainerStatuses: list(10, ContainerStatus),
  containerStatuses: list(8, ContainerStatus),
  qosClass: string(9, { enum: ["BestEffort", "Burstable", "Guaranteed"] }),
  ephemeralContainerStatuses: list(13, ContainerStatus),
  resize: string(14),
  resourceClaimStatuses: list(15, PodResourceClaimStatus, {
    mapKeys: ["name"],
    patchStrategy: "merge,retainKeys",
    patchMergeKey: "name",
  }),
  extendedResourceClaimStatus: ptr(18, PodExtendedResourceClaimStatus),
  allocatedResources: map(19, QUANTITY),
  resources: ptr(20, ResourceRequirements),
  nodeAllocatableResourceClaimStatuses: list(21, NodeAllocatableResourceClaimStatus),
});
export interface PodStatus extends ValueOf<typeof PodStatus> {}
