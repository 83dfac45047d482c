import type { ValueOf } from "../schema/schema.ts";
import { Affinity } from "./affinity.ts";
import { Container, EphemeralContainer } from "./container.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { LocalObjectReference } from "./reference.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { PodSecurityContext } from "./security.ts";
import { QUANTITY, STRING, boolean, int32, int64, list, map, of, ptr, string } from "../schema/field.ts";
import { ResourceRequirements } from "./resources.ts";
import { Toleration } from "./taint.ts";
import { Volume } from "./volume.ts";
import { object } from "../schema/object.ts";

export const HostAlias = object("io.k8s.api.core.v1.HostAlias", {
  ip: string(1, { required: true, always: true }),
  hostnames: list(2, STRING),
});
export interface HostAlias extends ValueOf<typeof HostAlias> {}

export const PodDNSConfigOption = object("io.k8s.api.core.v1.PodDNSConfigOption", {
  name: string(1),
  value: string(2, { ptr: true }),
});
export interface PodDNSConfigOption extends ValueOf<typeof PodDNSConfigOption> {}

export const PodDNSConfig = object("io.k8s.api.core.v1.PodDNSConfig", {
  nameservers: list(1, STRING),
  searches: list(2, STRING),
  options: list(3, PodDNSConfigOption),
});
export interface PodDNSConfig extends ValueOf<typeof PodDNSConfig> {}

export const PodReadinessGate = object("io.k8s.api.core.v1.PodReadinessGate", {
  conditionType: string(1, { required: true, always: true }),
});
export interface PodReadinessGate extends ValueOf<typeof PodReadinessGate> {}

export const TopologySpreadConstraint = object("io.k8s.api.core.v1.TopologySpreadConstraint", {
  maxSkew: int32(1, { required: true, always: true }),
  topologyKey: string(2, { required: true, always: true }),
  whenUnsatisfiable: string(3, { required: true, always: true, enum: ["DoNotSchedule", "ScheduleAnyway"] }),
  labelSelector: ptr(4, LabelSelector),
  minDomains: int32(5, { ptr: true }),
  nodeAffinityPolicy: string(6, { ptr: true, enum: ["Honor", "Ignore"] }),
  nodeTaintsPolicy: string(7, { ptr: true, enum: ["Honor", "Ignore"] }),
  matchLabelKeys: list(8, STRING),
});
export interface TopologySpreadConstraint extends ValueOf<typeof TopologySpreadConstraint> {}

export const PodOS = object("io.k8s.api.core.v1.PodOS", {
  name: string(1, { required: true, always: true }),
});
export interface PodOS extends ValueOf<typeof PodOS> {}

export const PodSchedulingGate = object("io.k8s.api.core.v1.PodSchedulingGate", {
  name: string(1, { required: true, always: true }),
});
export interface PodSchedulingGate extends ValueOf<typeof PodSchedulingGate> {}

export const PodResourceClaim = object("io.k8s.api.core.v1.PodResourceClaim", {
  name: string(1, { required: true, always: true }),
  resourceClaimName: string(3, { ptr: true }),
  resourceClaimTemplateName: string(4, { ptr: true }),
});
export interface PodResourceClaim extends ValueOf<typeof PodResourceClaim> {}

export const PodSchedulingGroup = object("io.k8s.api.core.v1.PodSchedulingGroup", {
  podGroupName: string(1, { ptr: true }),
});
export interface PodSchedulingGroup extends ValueOf<typeof PodSchedulingGroup> {}

export const PodSpec = object("io.k8s.api.core.v1.PodSpec", {
  volumes: list(1, Volume, { mapKeys: ["name"], patchStrategy: "merge,retainKeys", patchMergeKey: "name" }),
  initContainers: list(20, Container, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  containers: list(2, Container, { required: true, mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  ephemeralContainers: list(34, EphemeralContainer, {
    mapKeys: ["name"],
    patchStrategy: "merge",
    patchMergeKey: "name",
  }),
  restartPolicy: string(3, { default: "Always", enum: ["Always", "Never", "OnFailure"] }),
  terminationGracePeriodSeconds: int64(4, { ptr: true, default: 30 }),
  activeDeadlineSeconds: int64(5, { ptr: true }),
  dnsPolicy: string(6, {
    default: "ClusterFirst",
    enum: ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
  }),
  nodeSelector: map(7, STRING, { atomic: true }),
  serviceAccountName: string(8),
  serviceAccount: string(9),
  automountServiceAccountToken: boolean(21, { ptr: true }),
  nodeName: string(10),
  hostNetwork: boolean(11),
  hostPID: boolean(12),
  hostIPC: boolean(13),
  shareProcessNamespace: boolean(27, { ptr: true }),
  securityContext: ptr(14, PodSecurityContext),
  imagePullSecrets: list(15, LocalObjectReference, {
    mapKeys: ["name"],
    patchStrategy: "merge",
    patchMergeKey: "name",
  }),
  hostname: string(16),
  subdomain: string(17),
  affinity: ptr(18, Affinity),
  schedulerName: string(19, { default: "default-scheduler" }),
  tolerations: list(22, Toleration),
  hostAliases: list(23, HostAlias, { mapKeys: ["ip"], patchStrategy: "merge", patchMergeKey: "ip" }),
  priorityClassName: string(24),
  priority: int32(25, { ptr: true }),
  dnsConfig: ptr(26, PodDNSConfig),
  readinessGates: list(28, PodReadinessGate),
  runtimeClassName: string(29, { ptr: true }),
  enableServiceLinks: boolean(30, { ptr: true }),
  preemptionPolicy: string(31, { ptr: true, enum: ["Never", "PreemptLowerPriority"] }),
  overhead: map(32, QUANTITY),
  topologySpreadConstraints: list(33, TopologySpreadConstraint, {
    mapKeys: ["topologyKey", "whenUnsatisfiable"],
    patchStrategy: "merge",
    patchMergeKey: "topologyKey",
  }),
  setHostnameAsFQDN: boolean(35, { ptr: true }),
  os: ptr(36, PodOS),
  hostUsers: boolean(37, { ptr: true }),
  schedulingGates: list(38, PodSchedulingGate, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  resourceClaims: list(39, PodResourceClaim, {
    mapKeys: ["name"],
    patchStrategy: "merge,retainKeys",
    patchMergeKey: "name",
  }),
  resources: ptr(40, ResourceRequirements),
  hostnameOverride: string(41, { ptr: true }),
  schedulingGroup: ptr(43, PodSchedulingGroup),
});
export interface PodSpec extends ValueOf<typeof PodSpec> {}

export const PodTemplateSpec = object("io.k8s.api.core.v1.PodTemplateSpec", {
  metadata: of(1, ObjectMeta),
  spec: of(2, PodSpec),
});
export interface PodTemplateSpec extends ValueOf<typeof PodTemplateSpec> {}
