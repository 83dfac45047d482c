import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { BOUND_BY_CONTROLLER, hasVolumeMode, LOCAL_PROVISIONER, PROVISIONED_BY } from "#api/core/volume_claims.ts";

/** What is to be done about one volume. */
export type VolumePlan =
  | { readonly do: "show"; readonly phase: "Available" | "Bound" }
  /** Its claim is gone, or has another volume; what becomes of it is `planReclaim`'s. */
  | { readonly do: "release" }
  /** Its claim has another volume, and this one was never used by it. */
  | { readonly do: "unbind" }
  /** It can never be bound to the claim it names. */
  | { readonly do: "mismatch" }
  /** The claim's turn. */
  | { readonly do: "wait" };

/**
 * What to do about a volume. Pure.
 *
 * @param claim The claim of the name in `claimRef`, as the server has it; undefined when there is none.
 */
export function planVolume(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumePlan {
  const { metadata, spec } = volume;
  // Kept for a claim by somebody, but not yet given to one.
  if (!spec.claimRef?.uid) return { do: "show", phase: "Available" };
  if (claim?.metadata.uid !== spec.claimRef.uid) return { do: "release" };
  if (!claim.spec.volumeName) return hasVolumeMode(volume, claim) ? { do: "wait" } : { do: "mismatch" };
  if (claim.spec.volumeName === metadata.name) return { do: "show", phase: "Bound" };
  const isMadeForIt = metadata.annotations?.[PROVISIONED_BY] !== undefined;
  return { do: isMadeForIt && spec.persistentVolumeReclaimPolicy === "Delete" ? "release" : "unbind" };
}

/** The volume, free again: kept for its claim's name if a person had done that. */
export function unbound({ metadata, spec, ...volume }: PersistentVolume): PersistentVolume {
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = metadata.annotations ?? {};
  const { claimRef, ...rest } = spec;
  if (ours !== undefined) return { ...volume, metadata: { ...metadata, annotations }, spec: rest };
  const { uid: _uid, resourceVersion: _version, ...named } = claimRef ?? {};
  return { ...volume, metadata, spec: { ...rest, claimRef: named } };
}

/** What becomes of a volume that was given back. */
export type ReclaimPlan =
  | { readonly do: "keep" }
  /** The directory on `node` has to go first. */
  | { readonly do: "removeLocal"; readonly node: string | undefined }
  | { readonly do: "fail"; readonly reason: string; readonly message: string };

/** What to do with a released volume. Pure. */
export function planReclaim({ metadata, spec }: PersistentVolume): ReclaimPlan {
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy === "Recycle") {
    return { do: "fail", reason: "VolumeFailedRecycle", message: "No recycler plugin found for the volume!" };
  }
  if (policy !== "Delete") return { do: "keep" };
  const provisioner = metadata.annotations?.[PROVISIONED_BY];
  if (provisioner === LOCAL_PROVISIONER) return { do: "removeLocal", node: localNodeOf(spec) };
  // Whoever made it takes it away.
  if (provisioner !== undefined && !provisioner.startsWith("kubernetes.io/")) return { do: "keep" };
  const message = `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: no deletable volume plugin matched`;
  return { do: "fail", reason: "VolumeFailedDelete", message };
}

/** The name by which a local volume's node is known. */
export function localNodeOf({ nodeAffinity }: PersistentVolume["spec"]): string | undefined {
  return nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0];
}
