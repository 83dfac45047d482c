import type { ValueOf } from "../schema/schema.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  LocalVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "./volume_plugins.ts";
import { HostPathVolumeSource } from "./volume.ts";
import { ObjectReference, SecretReference } from "./reference.ts";
import { STRING, boolean, int32, list, map, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const GlusterfsPersistentVolumeSource = object("io.k8s.api.core.v1.GlusterfsPersistentVolumeSource", {
  endpoints: string(1, { required: true, always: true }),
  path: string(2, { required: true, always: true }),
  readOnly: boolean(3),
  endpointsNamespace: string(4, { ptr: true }),
});
export interface GlusterfsPersistentVolumeSource extends ValueOf<typeof GlusterfsPersistentVolumeSource> {}

export const RBDPersistentVolumeSource = object("io.k8s.api.core.v1.RBDPersistentVolumeSource", {
  monitors: list(1, STRING, { required: true }),
  image: string(2, { required: true, always: true }),
  fsType: string(3),
  pool: string(4, { default: "rbd" }),
  user: string(5, { default: "admin" }),
  keyring: string(6, { default: "/etc/ceph/keyring" }),
  secretRef: ptr(7, SecretReference),
  readOnly: boolean(8),
});
export interface RBDPersistentVolumeSource extends ValueOf<typeof RBDPersistentVolumeSource> {}

export const ISCSIPersistentVolumeSource = object("io.k8s.api.core.v1.ISCSIPersistentVolumeSource", {
  targetPortal: string(1, { required: true, always: true }),
  iqn: string(2, { required: true, always: true }),
  lun: int32(3, { required: true, always: true }),
  iscsiInterface: string(4, { default: "default" }),
  fsType: string(5),
  readOnly: boolean(6),
  portals: list(7, STRING),
  chapAuthDiscovery: boolean(8),
  chapAuthSession: boolean(11),
  secretRef: ptr(10, SecretReference),
  initiatorName: string(12, { ptr: true }),
});
export interface ISCSIPersistentVolumeSource extends ValueOf<typeof ISCSIPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = object("io.k8s.api.core.v1.CinderPersistentVolumeSource", {
  volumeID: string(1, { required: true, always: true }),
  fsType: string(2),
  readOnly: boolean(3),
  secretRef: ptr(4, SecretReference),
});
export interface CinderPersistentVolumeSource extends ValueOf<typeof CinderPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = object("io.k8s.api.core.v1.CephFSPersistentVolumeSource", {
  monitors: list(1, STRING, { required: true }),
  path: string(2),
  user: string(3),
  secretFile: string(4),
  secretRef: ptr(5, SecretReference),
  readOnly: boolean(6),
});
export interface CephFSPersistentVolumeSource extends ValueOf<typeof CephFSPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = object("io.k8s.api.core.v1.FlexPersistentVolumeSource", {
  driver: string(1, { required: true, always: true }),
  fsType: string(2),
  secretRef: ptr(3, SecretReference),
  readOnly: boolean(4),
  options: map(5, STRING),
});
export interface FlexPersistentVolumeSource extends ValueOf<typeof FlexPersistentVolumeSource> {}

export const AzureFilePersistentVolumeSource = object("io.k8s.api.core.v1.AzureFilePersistentVolumeSource", {
  secretName: string(1, { required: true, always: true }),
  shareName: string(2, { required: true, always: true }),
  readOnly: boolean(3),
  secretNamespace: string(4, { ptr: true }),
});
export interface AzureFilePersistentVolumeSource extends ValueOf<typeof AzureFilePersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = object("io.k8s.api.core.v1.ScaleIOPersistentVolumeSource", {
  gateway: string(1, { required: true, always: true }),
  system: string(2, { required: true, always: true }),
  secretRef: ptr(3, SecretReference, { required: true }),
  sslEnabled: boolean(4),
  protectionDomain: string(5),
  storagePool: string(6),
  storageMode: string(7, { default: "ThinProvisioned" }),
  volumeName: string(8),
  fsType: string(9, { default: "xfs" }),
  readOnly: boolean(10),
});
export interface ScaleIOPersistentVolumeSource extends ValueOf<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = object("io.k8s.api.core.v1.StorageOSPersistentVolumeSource", {
  volumeName: string(1),
  volumeNamespace: string(2),
  fsType: string(3),
  readOnly: boolean(4),
  secretRef: ptr(5, ObjectReference),
});
export interface StorageOSPersistentVolumeSource extends ValueOf<typeof StorageOSPersistentVolumeSource> {}

export const CSIPersistentVolumeSource = object("io.k8s.api.core.v1.CSIPersistentVolumeSource", {
  driver: string(1, { required: true, always: true }),
  volumeHandle: string(2, { required: true, always: true }),
  readOnly: boolean(3),
  fsType: string(4),
  volumeAttributes: map(5, STRING),
  controllerPublishSecretRef: ptr(6, SecretReference),
  nodeStageSecretRef: ptr(7, SecretReference),
  nodePublishSecretRef: ptr(8, SecretReference),
  controllerExpandSecretRef: ptr(9, SecretReference),
  nodeExpandSecretRef: ptr(10, SecretReference),
});
export interface CSIPersistentVolumeSource extends ValueOf<typeof CSIPersistentVolumeSource> {}

export const PersistentVolumeSource = object("io.k8s.api.core.v1.PersistentVolumeSource", {
  gcePersistentDisk: ptr(1, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: ptr(2, AWSElasticBlockStoreVolumeSource),
  hostPath: ptr(3, HostPathVolumeSource),
  glusterfs: ptr(4, GlusterfsPersistentVolumeSource),
  nfs: ptr(5, NFSVolumeSource),
  rbd: ptr(6, RBDPersistentVolumeSource),
  iscsi: ptr(7, ISCSIPersistentVolumeSource),
  cinder: ptr(8, CinderPersistentVolumeSource),
  cephfs: ptr(9, CephFSPersistentVolumeSource),
  fc: ptr(10, FCVolumeSource),
  flocker: ptr(11, FlockerVolumeSource),
  flexVolume: ptr(12, FlexPersistentVolumeSource),
  azureFile: ptr(13, AzureFilePersistentVolumeSource),
  vsphereVolume: ptr(14, VsphereVirtualDiskVolumeSource),
  quobyte: ptr(15, QuobyteVolumeSource),
  azureDisk: ptr(16, AzureDiskVolumeSource),
  photonPersistentDisk: ptr(17, PhotonPersistentDiskVolumeSource),
  portworxVolume: ptr(18, PortworxVolumeSource),
  scaleIO: ptr(19, ScaleIOPersistentVolumeSource),
  local: ptr(20, LocalVolumeSource),
  storageos: ptr(21, StorageOSPersistentVolumeSource),
  csi: ptr(22, CSIPersistentVolumeSource),
});
export interface PersistentVolumeSource extends ValueOf<typeof PersistentVolumeSource> {}
