import type { ValueOf } from "../schema/schema.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CSIVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "./volume_plugins.ts";
import { DownwardAPIVolumeFile, KeyToPath } from "./volume_items.ts";
import { LocalObjectReference } from "./reference.ts";
import { PersistentVolumeClaimTemplate } from "./persistentvolumeclaim_spec.ts";
import { ProjectedVolumeSource } from "./volume_projected.ts";
import { boolean, inline, int32, list, ptr, quantity, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const HostPathVolumeSource = object("io.k8s.api.core.v1.HostPathVolumeSource", {
  path: string(1, { required: true, always: true }),
  type: string(2, {
    ptr: true,
    default: "",
    enum: ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
  }),
});
export interface HostPathVolumeSource extends ValueOf<typeof HostPathVolumeSource> {}

export const EmptyDirVolumeSource = object("io.k8s.api.core.v1.EmptyDirVolumeSource", {
  medium: string(1),
  sizeLimit: quantity(2, { ptr: true }),
});
export interface EmptyDirVolumeSource extends ValueOf<typeof EmptyDirVolumeSource> {}

export const SecretVolumeSource = object("io.k8s.api.core.v1.SecretVolumeSource", {
  secretName: string(1),
  items: list(2, KeyToPath),
  defaultMode: int32(3, { ptr: true, default: 420 }),
  optional: boolean(4, { ptr: true }),
});
export interface SecretVolumeSource extends ValueOf<typeof SecretVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = object("io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource", {
  claimName: string(1, { required: true, always: true }),
  readOnly: boolean(2),
});
export interface PersistentVolumeClaimVolumeSource extends ValueOf<typeof PersistentVolumeClaimVolumeSource> {}

export const DownwardAPIVolumeSource = object("io.k8s.api.core.v1.DownwardAPIVolumeSource", {
  items: list(1, DownwardAPIVolumeFile),
  defaultMode: int32(2, { ptr: true, default: 420 }),
});
export interface DownwardAPIVolumeSource extends ValueOf<typeof DownwardAPIVolumeSource> {}

export const ConfigMapVolumeSource = object("io.k8s.api.core.v1.ConfigMapVolumeSource", {
  ...inline(1, "localObjectReference", LocalObjectReference),
  items: list(2, KeyToPath),
  defaultMode: int32(3, { ptr: true, default: 420 }),
  optional: boolean(4, { ptr: true }),
});
export interface ConfigMapVolumeSource extends ValueOf<typeof ConfigMapVolumeSource> {}

export const EphemeralVolumeSource = object("io.k8s.api.core.v1.EphemeralVolumeSource", {
  volumeClaimTemplate: ptr(1, PersistentVolumeClaimTemplate),
});
export interface EphemeralVolumeSource extends ValueOf<typeof EphemeralVolumeSource> {}

export const ImageVolumeSource = object("io.k8s.api.core.v1.ImageVolumeSource", {
  reference: string(1),
  pullPolicy: string(2, { enum: ["Always", "IfNotPresent", "Never"] }),
});
export interface ImageVolumeSource extends ValueOf<typeof ImageVolumeSource> {}

export const VolumeSource = object("io.k8s.api.core.v1.VolumeSource", {
  hostPath: ptr(1, HostPathVolumeSource),
  emptyDir: ptr(2, EmptyDirVolumeSource),
  gcePersistentDisk: ptr(3, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: ptr(4, AWSElasticBlockStoreVolumeSource),
  gitRepo: ptr(5, GitRepoVolumeSource),
  secret: ptr(6, SecretVolumeSource),
  nfs: ptr(7, NFSVolumeSource),
  iscsi: ptr(8, ISCSIVolumeSource),
  glusterfs: ptr(9, GlusterfsVolumeSource),
  persistentVolumeClaim: ptr(10, PersistentVolumeClaimVolumeSource),
  rbd: ptr(11, RBDVolumeSource),
  flexVolume: ptr(12, FlexVolumeSource),
  cinder: ptr(13, CinderVolumeSource),
  cephfs: ptr(14, CephFSVolumeSource),
  flocker: ptr(15, FlockerVolumeSource),
  downwardAPI: ptr(16, DownwardAPIVolumeSource),
  fc: ptr(17, FCVolumeSource),
  azureFile: ptr(18, AzureFileVolumeSource),
  configMap: ptr(19, ConfigMapVolumeSource),
  vsphereVolume: ptr(20, VsphereVirtualDiskVolumeSource),
  quobyte: ptr(21, QuobyteVolumeSource),
  azureDisk: ptr(22, AzureDiskVolumeSource),
  photonPersistentDisk: ptr(23, PhotonPersistentDiskVolumeSource),
  projected: ptr(26, ProjectedVolumeSource),
  portworxVolume: ptr(24, PortworxVolumeSource),
  scaleIO: ptr(25, ScaleIOVolumeSource),
  storageos: ptr(27, StorageOSVolumeSource),
  csi: ptr(28, CSIVolumeSource),
  ephemeral: ptr(29, EphemeralVolumeSource),
  image: ptr(30, ImageVolumeSource),
});
export interface VolumeSource extends ValueOf<typeof VolumeSource> {}

export const Volume = object("io.k8s.api.core.v1.Volume", {
  name: string(1, { required: true, always: true }),
  ...inline(2, "volumeSource", VolumeSource),
});
export interface Volume extends ValueOf<typeof Volume> {}
