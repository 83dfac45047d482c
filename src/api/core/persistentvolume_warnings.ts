import type { ObjectMeta } from "../meta/object_meta.ts";
import { quantityToMilli } from "../quantity.ts";
import type { PersistentVolumeSpec } from "./persistentvolume.ts";
import type { PersistentVolumeClaimSpec } from "./persistentvolumeclaim_spec.ts";

interface Written<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const MOUNT_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

/** Labels of nodes that have other names by now, and since when. */
const LABELS: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  "beta.kubernetes.io/arch": ["v1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["v1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["v1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["v1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["v1.17", "node.kubernetes.io/instance-type"],
};

/** Sorts of volumes that nothing serves any more: since when they were deprecated, and since when they do nothing. */
const SOURCES = {
  cephfs: ["v1.28", "v1.31+"],
  photonPersistentDisk: ["v1.11", "v1.16+"],
  scaleIO: ["v1.16", "v1.22+"],
  storageos: ["v1.22", "v1.25+"],
  glusterfs: ["v1.25", "v1.26+"],
  rbd: ["v1.28", "v1.31+"],
} as const;

/** What the author of a volume should know (kube-apiserver pkg/api/persistentvolume). */
export function volumeWarnings({ metadata, spec }: Written<PersistentVolumeSpec>): string[] {
  const warnings: string[] = classWarnings(metadata);
  if (metadata.annotations?.[MOUNT_ANNOTATION] !== undefined) {
    warnings.push(
      `metadata.annotations[${MOUNT_ANNOTATION}]: deprecated since v1.31; use "mountOptions" attribute instead`,
    );
  }
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    const advice = "Instead, the recommended approach is to use dynamic provisioning.";
    warnings.push(`spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ${advice}`);
  }
  for (const [at, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries()) {
    for (const [index, { key }] of (term.matchExpressions ?? []).entries()) {
      const [since, instead] = (Object.hasOwn(LABELS, key) && LABELS[key]) || [];
      if (since === undefined) continue;
      const path = `spec.nodeAffinity.required.nodeSelectorTerms[${at}].matchExpressions[${index}].key`;
      warnings.push(`${path}: ${key} is deprecated since ${since}; use ${JSON.stringify(instead)} instead`);
    }
  }
  for (const [name, [since, gone]] of Object.entries(SOURCES)) {
    if (spec[name as keyof typeof SOURCES] === undefined) continue;
    // The API's own text does not spell it as the field.
    const shown = name === "storageos" ? "storageOS" : name;
    warnings.push(`spec.${shown}: deprecated in ${since}, non-functional in ${gone}`);
  }
  return warnings;
}

/** What the author of a claim should know. */
export function claimWarnings({ metadata, spec }: Written<PersistentVolumeClaimSpec>): string[] {
  const warnings = classWarnings(metadata);
  const storage = spec.resources.requests?.["storage"] ?? "0";
  if (quantityToMilli(storage) % 1_000 !== 0) {
    const path = "spec.resources.requests[storage]";
    warnings.push(`${path}: fractional byte value ${JSON.stringify(storage)} is invalid, must be an integer`);
  }
  return warnings;
}

function classWarnings({ annotations }: ObjectMeta): string[] {
  if (annotations?.[CLASS_ANNOTATION] === undefined) return [];
  return [`metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`];
}
