import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import type { Pod } from "#api/core/pod.ts";
import type { CSINode } from "#api/storage/csinode.ts";
import type { StorageClass } from "#api/storage/storageclass.ts";

/** What is known of storage. Read only: volumes are bound and made elsewhere. */
export interface VolumeFacts {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
  csiNode(nodeName: string): CSINode | undefined;
}

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
  return (spec.volumeName ?? "") !== "" && metadata.annotations?.["pv.kubernetes.io/bind-completed"] !== undefined;
}

export function classNameOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";
}
