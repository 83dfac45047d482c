import { matchesTerm, type NodeFacts } from "./node_selection.ts";
import type { PersistentVolume } from "./persistentvolume.ts";
import type { PersistentVolumeClaim } from "./persistentvolumeclaim.ts";
import type { Pod } from "./pod.ts";
import type { StorageClass } from "../storage/storageclass.ts";
import { quantityToNumber } from "../quantity.ts";
import { labelSelectorMatcher } from "../selectors/labels.ts";

/** On a claim whose volume waits for a pod: the node the scheduler chose for that pod. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** On a claim: it and its volume have found each other, both ways. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On a claim or volume: the other side was chosen for it, not named by a person. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
/** On a volume: who made it. */
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
/** Keeps a claim from vanishing under a pod, and a volume under a claim. */
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
export const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
/** Provisioner of classes whose volumes people make. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
/** Makes volumes that are directories on the node of the first pod that uses them. */
export const LOCAL_PROVISIONER = "knarr.dev/local-path";
/** On a node: the directory below which its agent keeps local volumes. A node without it has no disk. */
export const LOCAL_VOLUMES_DIRECTORY = "knarr.dev/local-volumes";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** A claim as a pod names it. */
export interface ClaimUse {
  readonly name: string;
  /** Made for this pod alone, by another component. */
  readonly isEphemeral: boolean;
}

const NO_CLAIMS: readonly ClaimUse[] = [];

/** The claims a pod's volumes name. */
export function claimsOf({ metadata, spec }: Pod): readonly ClaimUse[] {
  let claims: ClaimUse[] | undefined;
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim) (claims ??= []).push({ name: persistentVolumeClaim.claimName, isEphemeral: false });
    else if (ephemeral) (claims ??= []).push({ name: `${metadata.name}-${name}`, isEphemeral: true });
  }
  return claims ?? NO_CLAIMS;
}

/** Whether claim and volume have found each other, both ways. */
export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? "") !== "" && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** The storage class of a claim or volume; empty for none. */
export function classNameOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

/** Whether the claim left its class to the cluster, which may have none yet. */
export function lacksClass({ metadata, spec }: PersistentVolumeClaim): boolean {
  return spec.storageClassName === undefined && metadata.annotations?.[CLASS_ANNOTATION] === undefined;
}

/** The class for claims that name none: of those so marked the newest, then the first by name. */
export function defaultClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const byAge = ({ metadata: a }: StorageClass, { metadata: b }: StorageClass) =>
    (b.creationTimestamp ?? "").localeCompare(a.creationTimestamp ?? "") || ((a.name ?? "") < (b.name ?? "") ? -1 : 1);
  const isDefault = ({ metadata }: StorageClass) =>
    DEFAULT_CLASS.some((mark) => metadata.annotations?.[mark] === "true");
  return classes.filter(isDefault).toSorted(byAge)[0];
}

/** Whether a volume can be used on a node. */
export function isReachable({ spec }: PersistentVolume, node: NodeFacts): boolean {
  const required = spec.nodeAffinity?.required;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Whether a free volume, or one kept for this claim, is what the claim asks for. */
export function fitsClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec, status, metadata } = volume;
  const isReserved = isReservedFor(volume, claim);
  // What decides soonest comes first: nearly every volume is somebody else's.
  if (spec.claimRef !== undefined ? !isReserved : status.phase !== "Available") return false;
  if (!isReserved && classNameOf(volume) !== classNameOf(claim)) return false;
  if (metadata.deletionTimestamp !== undefined || capacityBytes(volume) < requestedBytes(claim)) return false;
  if (!hasVolumeMode(volume, claim) || !hasAccessModes(volume, claim) || !hasAttributes(volume, claim)) return false;
  const { selector } = claim.spec;
  return isReserved || selector === undefined || labelSelectorMatcher(selector).matches(metadata.labels ?? {});
}

/** Why a free volume that the claim names is not what it asks for; undefined when it is. */
export function misfit(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const { name, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined) return `the volume is marked for deletion ${JSON.stringify(name)}`;
  if (capacityBytes(volume) < requestedBytes(claim)) return "requested PV is too small";
  if (classNameOf(volume) !== classNameOf(claim)) return "storageClassName does not match";
  if (!hasAttributes(volume, claim)) return "volumeAttributesClassName does not match";
  if (!hasVolumeMode(volume, claim)) return "incompatible volumeMode";
  return hasAccessModes(volume, claim) ? undefined : "incompatible accessMode";
}

export function hasVolumeMode({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem");
}

function hasAccessModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode));
}

function hasAttributes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (spec.volumeAttributesClassName ?? "") === (claim.spec.volumeAttributesClassName ?? "");
}

/** Whether a volume names this claim, or one of its name that may be this one. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef?.namespace !== metadata.namespace || claimRef?.name !== metadata.name) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** Volumes that are kept for the claim first, then the smallest. */
export function byPreference(claim: PersistentVolumeClaim): (a: PersistentVolume, b: PersistentVolume) => number {
  return (a, b) =>
    Number(isReservedFor(b, claim)) - Number(isReservedFor(a, claim)) || capacityBytes(a) - capacityBytes(b);
}

function capacityBytes({ spec }: PersistentVolume): number {
  return quantityToNumber(spec.capacity?.["storage"] ?? "0");
}

export function requestedBytes({ spec }: PersistentVolumeClaim): number {
  return quantityToNumber(spec.resources?.requests?.["storage"] ?? "0");
}

/** The volume, given to a claim; without `uid` it would only be kept for a claim of that name. */
export function reservedFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = metadata;
  const claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
  const isNamed = volume.spec.claimRef !== undefined;
  const annotations = { ...volume.metadata.annotations, ...(!isNamed && { [BOUND_BY_CONTROLLER]: "yes" }) };
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } };
}
