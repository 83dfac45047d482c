import type { ValueOf } from "../schema/schema.ts";
import { INT64, QUANTITY, boolean, int32, int64, list, map, of, ptr, string, time } from "../schema/field.ts";
import { ResourceRequirements } from "./resources.ts";
import { object } from "../schema/object.ts";
import { STOP_SIGNALS } from "./stop_signals.ts";

export const ContainerStateWaiting = object("io.k8s.api.core.v1.ContainerStateWaiting", {
  reason: string(1),
  message: string(2),
});
export interface ContainerStateWaiting extends ValueOf<typeof ContainerStateWaiting> {}

export const ContainerStateRunning = object("io.k8s.api.core.v1.ContainerStateRunning", {
  startedAt: time(1),
});
export interface ContainerStateRunning extends ValueOf<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = object("io.k8s.api.core.v1.ContainerStateTerminated", {
  exitCode: int32(1, { required: true, always: true }),
  signal: int32(2),
  reason: string(3),
  message: string(4),
  startedAt: time(5),
  finishedAt: time(6),
  containerID: string(7),
});
export interface ContainerStateTerminated extends ValueOf<typeof ContainerStateTerminated> {}

export const ContainerState = object("io.k8s.api.core.v1.ContainerState", {
  waiting: ptr(1, ContainerStateWaiting),
  running: ptr(2, ContainerStateRunning),
  terminated: ptr(3, ContainerStateTerminated),
});
export interface ContainerState extends ValueOf<typeof ContainerState> {}

export const ImageVolumeStatus = object("io.k8s.api.core.v1.ImageVolumeStatus", {
  imageRef: string(1, { required: true }),
});
export interface ImageVolumeStatus extends ValueOf<typeof ImageVolumeStatus> {}

export const VolumeStatus = object("io.k8s.api.core.v1.VolumeStatus", {
  image: ptr(1, ImageVolumeStatus),
});
export interface VolumeStatus extends ValueOf<typeof VolumeStatus> {}

export const VolumeMountStatus = object("io.k8s.api.core.v1.VolumeMountStatus", {
  name: string(1, { required: true, always: true }),
  mountPath: string(2, { required: true, always: true }),
  readOnly: boolean(3),
  recursiveReadOnly: string(4, { ptr: true }),
  volumeStatus: ptr(5, VolumeStatus),
});
export interface VolumeMountStatus extends ValueOf<typeof VolumeMountStatus> {}

export const LinuxContainerUser = object("io.k8s.api.core.v1.LinuxContainerUser", {
  uid: int64(1, { required: true, always: true }),
  gid: int64(2, { required: true, always: true }),
  supplementalGroups: list(3, INT64),
});
export interface LinuxContainerUser extends ValueOf<typeof LinuxContainerUser> {}

export const ContainerUser = object("io.k8s.api.core.v1.ContainerUser", {
  linux: ptr(1, LinuxContainerUser),
});
export interface ContainerUser extends ValueOf<typeof ContainerUser> {}

export const ResourceHealth = object("io.k8s.api.core.v1.ResourceHealth", {
  resourceID: string(1, { required: true, always: true }),
  health: string(2),
  message: string(6, { ptr: true }),
});
export interface ResourceHealth extends ValueOf<typeof ResourceHealth> {}

export const ResourceStatus = object("io.k8s.api.core.v1.ResourceStatus", {
  name: string(1, { required: true, always: true }),
  resources: list(2, ResourceHealth, { mapKeys: ["resourceID"] }),
});
export interface ResourceStatus extends ValueOf<typeof ResourceStatus> {}

export const ContainerStatus = object("io.k8s.api.core.v1.ContainerStatus", {
  name: string(1, { required: true, always: true }),
  state: of(2, ContainerState),
  lastState: of(3, ContainerState),
  ready: boolean(4, { required: true, always: true }),
  restartCount: int32(5, { required: true, always: true }),
  image: string(6, { required: true, always: true }),
  imageID: string(7, { required: true, always: true }),
  containerID: string(8),
  started: boolean(9, { ptr: true }),
  allocatedResources: map(10, QUANTITY),
  resources: ptr(11, ResourceRequirements),
  volumeMounts: list(12, VolumeMountStatus, {
    mapKeys: ["mountPath"],
    patchStrategy: "merge",
    patchMergeKey: "mountPath",
  }),
  user: ptr(13, ContainerUser),
  allocatedResourcesStatus: list(14, ResourceStatus, {
    mapKeys: ["name"],
    patchStrategy: "merge",
    patchMergeKey: "name",
  }),
  stopSignal: string(15, { ptr: true, enum: STOP_SIGNALS }),
});
export interface ContainerStatus extends ValueOf<typeof ContainerStatus> {}
