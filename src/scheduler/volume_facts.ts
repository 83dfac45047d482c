import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { classNameOf } from "#api/core/volume_claims.ts";
import type { CSINode } from "#api/storage/csinode.ts";
import type { StorageClass } from "#api/storage/storageclass.ts";

/** What is known of storage. */
export interface VolumeFacts {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
  csiNode(nodeName: string): CSINode | undefined;
}

/** Whether the claim is bound only when the node of its pod is known. */
export function waitsForConsumer(claim: PersistentVolumeClaim, volumes: VolumeFacts): boolean {
  if ((claim.spec.volumeName ?? "") !== "") return false;
  return volumes.storageClass(classNameOf(claim))?.volumeBindingMode === "WaitForFirstConsumer";
}
