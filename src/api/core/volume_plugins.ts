import type { ValueOf } from "../schema/schema.ts";
import { LocalObjectReference } from "./reference.ts";
import { STRING, boolean, int32, list, map, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const GCEPersistentDiskVolumeSource = object("io.k8s.api.core.v1.GCEPersistentDiskVolumeSource", {
  pdName: string(1, { required: true, always: true }),
  fsType: string(2),
  partition: int32(3),
  readOnly: boolean(4),
});
export interface GCEPersistentDiskVolumeSource extends ValueOf<typeof GCEPersistentDiskVolumeSource> {}

export const AWSElasticBlockStoreVolumeSource = object("io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource", {
  volumeID: string(1, { required: true, always: true }),
  fsType: string(2),
  partition: int32(3),
  readOnly: boolean(4),
});
export interface AWSElasticBlockStoreVolumeSource extends ValueOf<typeof AWSElasticBlockStoreVolumeSource> {}

export const GitRepoVolumeSource = object("io.k8s.api.core.v1.GitRepoVolumeSource", {
  repository: string(1, { required: true, always: true }),
  revision: string(2),
  directory: string(3),
});
export interface GitRepoVolumeSource extends ValueOf<typeof GitRepoVolumeSource> {}

export const NFSVolumeSource = object("io.k8s.api.core.v1.NFSVolumeSource", {
  server: string(1, { required: true, always: true }),
  path: string(2, { required: true, always: true }),
  readOnly: boolean(3),
});
export interface NFSVolumeSource extends ValueOf<typeof NFSVolumeSource> {}

export const ISCSIVolumeSource = object("io.k8s.api.core.v1.ISCSIVolumeSource", {
  targetPortal: string(1, { required: true, always: true }),
  iqn: string(2, { required: true, always: true }),
  lun: int32(3, { required: true, always: true }),
  iscsiInterface: string(4, { default: "default" }),
  fsType: string(5),
  readOnly: boolean(6),
  portals: list(7, STRING),
  chapAuthDiscovery: boolean(8),
  chapAuthSession: boolean(11),
  secretRef: ptr(10, LocalObjectReference),
  initiatorName: string(12, { ptr: true }),
});
export interface ISCSIVolumeSource extends ValueOf<typeof ISCSIVolumeSource> {}

export const GlusterfsVolumeSource = object("io.k8s.api.core.v1.GlusterfsVolumeSource", {
  endpoints: string(1, { required: true, always: true }),
  path: string(2, { required: true, always: true }),
  readOnly: boolean(3),
});
export interface GlusterfsVolumeSource extends ValueOf<typeof GlusterfsVolumeSource> {}

export const RBDVolumeSource = object("io.k8s.api.core.v1.RBDVolumeSource", {
  monitors: list(1, STRING, { required: true }),
  image: string(2, { required: true, always: true }),
  fsType: string(3),
  pool: string(4, { default: "rbd" }),
  user: string(5, { default: "admin" }),
  keyring: string(6, { default: "/etc/ceph/keyring" }),
  secretRef: ptr(7, LocalObjectReference),
  readOnly: boolean(8),
});
export interface RBDVolumeSource extends ValueOf<typeof RBDVolumeSource> {}

export const FlexVolumeSource = object("io.k8s.api.core.v1.FlexVolumeSource", {
  driver: string(1, { required: true, always: true }),
  fsType: string(2),
  secretRef: ptr(3, LocalObjectReference),
  readOnly: boolean(4),
  options: map(5, STRING),
});
export interface FlexVolumeSource extends ValueOf<typeof FlexVolumeSource> {}

export const CinderVolumeSource = object("io.k8s.api.core.v1.CinderVolumeSource", {
  volumeID: string(1, { required: true, always: true }),
  fsType: string(2),
  readOnly: boolean(3),
  secretRef: ptr(4, LocalObjectReference),
});
export interface CinderVolumeSource extends ValueOf<typeof CinderVolumeSource> {}

export const CephFSVolumeSource = object("io.k8s.api.core.v1.CephFSVolumeSource", {
  monitors: list(1, STRING, { required: true }),
  path: string(2),
  user: string(3),
  secretFile: string(4),
  secretRef: ptr(5, LocalObjectReference),
  readOnly: boolean(6),
});
export interface CephFSVolumeSource extends ValueOf<typeof CephFSVolumeSource> {}

export const FlockerVolumeSource = object("io.k8s.api.core.v1.FlockerVolumeSource", {
  datasetName: string(1),
  datasetUUID: string(2),
});
export interface FlockerVolumeSource extends ValueOf<typeof FlockerVolumeSource> {}

export const FCVolumeSource = object("io.k8s.api.core.v1.FCVolumeSource", {
  targetWWNs: list(1, STRING),
  lun: int32(2, { ptr: true }),
  fsType: string(3),
  readOnly: boolean(4),
  wwids: list(5, STRING),
});
export interface FCVolumeSource extends ValueOf<typeof FCVolumeSource> {}

export const AzureFileVolumeSource = object("io.k8s.api.core.v1.AzureFileVolumeSource", {
  secretName: string(1, { required: true, always: true }),
  shareName: string(2, { required: true, always: true }),
  readOnly: boolean(3),
});
export interface AzureFileVolumeSource extends ValueOf<typeof AzureFileVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = object("io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource", {
  volumePath: string(1, { required: true, always: true }),
  fsType: string(2),
  storagePolicyName: string(3),
  storagePolicyID: string(4),
});
export interface VsphereVirtualDiskVolumeSource extends ValueOf<typeof VsphereVirtualDiskVolumeSource> {}

export const QuobyteVolumeSource = object("io.k8s.api.core.v1.QuobyteVolumeSource", {
  registry: string(1, { required: true, always: true }),
  volume: string(2, { required: true, always: true }),
  readOnly: boolean(3),
  user: string(4),
  group: string(5),
  tenant: string(6),
});
export interface QuobyteVolumeSource extends ValueOf<typeof QuobyteVolumeSource> {}

export const AzureDiskVolumeSource = object("io.k8s.api.core.v1.AzureDiskVolumeSource", {
  diskName: string(1, { required: true, always: true }),
  diskURI: string(2, { required: true, always: true }),
  cachingMode: string(3, { ptr: true, default: "ReadWrite", enum: ["None", "ReadOnly", "ReadWrite"] }),
  fsType: string(4, { ptr: true, default: "ext4" }),
  readOnly: boolean(5, { ptr: true, default: false }),
  kind: string(6, { ptr: true, default: "Shared", enum: ["Dedicated", "Managed", "Shared"] }),
});
export interface AzureDiskVolumeSource extends ValueOf<typeof AzureDiskVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = object("io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource", {
  pdID: string(1, { required: true, always: true }),
  fsType: string(2),
});
export interface PhotonPersistentDiskVolumeSource extends ValueOf<typeof PhotonPersistentDiskVolumeSource> {}

export const PortworxVolumeSource = object("io.k8s.api.core.v1.PortworxVolumeSource", {
  volumeID: string(1, { required: true, always: true }),
  fsType: string(2),
  readOnly: boolean(3),
});
export interface PortworxVolumeSource extends ValueOf<typeof PortworxVolumeSource> {}

export const ScaleIOVolumeSource = object("io.k8s.api.core.v1.ScaleIOVolumeSource", {
  gateway: string(1, { required: true, always: true }),
  system: string(2, { required: true, always: true }),
  secretRef: ptr(3, LocalObjectReference, { required: true }),
  sslEnabled: boolean(4),
  protectionDomain: string(5),
  storagePool: string(6),
  storageMode: string(7, { default: "ThinProvisioned" }),
  volumeName: string(8),
  fsType: string(9, { default: "xfs" }),
  readOnly: boolean(10),
});
export interface ScaleIOVolumeSource extends ValueOf<typeof ScaleIOVolumeSource> {}

export const StorageOSVolumeSource = object("io.k8s.api.core.v1.StorageOSVolumeSource", {
  volumeName: string(1),
  volumeNamespace: string(2),
  fsType: string(3),
  readOnly: boolean(4),
  secretRef: ptr(5, LocalObjectReference),
});
export interface StorageOSVolumeSource extends ValueOf<typeof StorageOSVolumeSource> {}

export const CSIVolumeSource = object("io.k8s.api.core.v1.CSIVolumeSource", {
  driver: string(1, { required: true, always: true }),
  readOnly: boolean(2, { ptr: true }),
  fsType: string(3, { ptr: true }),
  volumeAttributes: map(4, STRING),
  nodePublishSecretRef: ptr(5, LocalObjectReference),
});
export interface CSIVolumeSource extends ValueOf<typeof CSIVolumeSource> {}

export const LocalVolumeSource = object("io.k8s.api.core.v1.LocalVolumeSource", {
  path: string(1, { required: true, always: true }),
  fsType: string(2, { ptr: true }),
});
export interface LocalVolumeSource extends ValueOf<typeof LocalVolumeSource> {}
