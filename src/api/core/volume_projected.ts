import type { ValueOf } from "../schema/schema.ts";
import { DownwardAPIVolumeFile, KeyToPath } from "./volume_items.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { LocalObjectReference } from "./reference.ts";
import { STRING, boolean, inline, int32, int64, list, map, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const SecretProjection = object("io.k8s.api.core.v1.SecretProjection", {
  ...inline(1, "localObjectReference", LocalObjectReference),
  items: list(2, KeyToPath),
  optional: boolean(4, { ptr: true }),
});
export interface SecretProjection extends ValueOf<typeof SecretProjection> {}

export const DownwardAPIProjection = object("io.k8s.api.core.v1.DownwardAPIProjection", {
  items: list(1, DownwardAPIVolumeFile),
});
export interface DownwardAPIProjection extends ValueOf<typeof DownwardAPIProjection> {}

export const ConfigMapProjection = object("io.k8s.api.core.v1.ConfigMapProjection", {
  ...inline(1, "localObjectReference", LocalObjectReference),
  items: list(2, KeyToPath),
  optional: boolean(4, { ptr: true }),
});
export interface ConfigMapProjection extends ValueOf<typeof ConfigMapProjection> {}

export const ServiceAccountTokenProjection = object("io.k8s.api.core.v1.ServiceAccountTokenProjection", {
  audience: string(1),
  expirationSeconds: int64(2, { ptr: true, default: 3600 }),
  path: string(3, { required: true, always: true }),
});
export interface ServiceAccountTokenProjection extends ValueOf<typeof ServiceAccountTokenProjection> {}

export const ClusterTrustBundleProjection = object("io.k8s.api.core.v1.ClusterTrustBundleProjection", {
  name: string(1, { ptr: true }),
  signerName: string(2, { ptr: true }),
  labelSelector: ptr(3, LabelSelector),
  optional: boolean(5, { ptr: true }),
  path: string(4, { required: true, always: true }),
});
export interface ClusterTrustBundleProjection extends ValueOf<typeof ClusterTrustBundleProjection> {}

export const PodCertificateProjection = object("io.k8s.api.core.v1.PodCertificateProjection", {
  signerName: string(1, { required: true }),
  keyType: string(2, { required: true }),
  maxExpirationSeconds: int32(3, { ptr: true }),
  credentialBundlePath: string(4),
  keyPath: string(5),
  certificateChainPath: string(6),
  userAnnotations: map(7, STRING),
});
export interface PodCertificateProjection extends ValueOf<typeof PodCertificateProjection> {}

export const VolumeProjection = object("io.k8s.api.core.v1.VolumeProjection", {
  secret: ptr(1, SecretProjection),
  downwardAPI: ptr(2, DownwardAPIProjection),
  configMap: ptr(3, ConfigMapProjection),
  serviceAccountToken: ptr(4, ServiceAccountTokenProjection),
  clusterTrustBundle: ptr(5, ClusterTrustBundleProjection),
  podCertificate: ptr(6, PodCertificateProjection),
});
export interface VolumeProjection extends ValueOf<typeof VolumeProjection> {}

export const ProjectedVolumeSource = object("io.k8s.api.core.v1.ProjectedVolumeSource", {
  sources: list(1, VolumeProjection, { always: true }),
  defaultMode: int32(2, { ptr: true, default: 420 }),
});
export interface ProjectedVolumeSource extends ValueOf<typeof ProjectedVolumeSource> {}
