import type { NodeFacts } from "#api/core/node_selection.ts";
import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import {
  byPreference,
  classNameOf,
  fitsClaim,
  isReachable,
  NO_PROVISIONER,
  requestedBytes,
  SELECTED_NODE,
} from "#api/core/volume_claims.ts";
import type { VolumeFacts } from "../volume_facts.ts";

/** Which volume each claim would get on a node, and the claims for which one would have to be made. */
interface ClaimMatches {
  readonly matched: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly unmatched: readonly PersistentVolumeClaim[];
}

/** Gives each claim the smallest free volume that will do on this node, unless one is being made for it already. */
export function matchClaims(
  claims: readonly PersistentVolumeClaim[],
  info: NodeFacts,
  volumes: VolumeFacts,
): ClaimMatches {
  const taken = new Map<PersistentVolumeClaim, PersistentVolume>();
  const isTaken = (volume: PersistentVolume) => [...taken.values()].includes(volume);
  const free = claims.filter(({ metadata }) => metadata.annotations?.[SELECTED_NODE] === undefined);
  for (const claim of free.toSorted((a, b) => requestedBytes(a) - requestedBytes(b))) {
    const [best] = volumes
      .volumes()
      .filter((volume) => !isTaken(volume) && fitsClaim(volume, claim) && isReachable(volume, info))
      .toSorted(byPreference(claim));
    if (best) taken.set(claim, best);
  }
  return {
    matched: Array.from(taken, ([claim, volume]) => ({ claim, volume })),
    unmatched: claims.filter((claim) => !taken.has(claim)),
  };
}

/** Whether a volume could be made for the claim where the node can reach it. */
export function canProvision(claim: PersistentVolumeClaim, info: NodeFacts, volumes: VolumeFacts): boolean {
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  if (selected !== undefined) return selected === info.name;
  const storageClass = volumes.storageClass(classNameOf(claim));
  if (storageClass === undefined) return false;
  const { provisioner, allowedTopologies = [] } = storageClass;
  if (provisioner === "" || provisioner === NO_PROVISIONER) return false;
  return (
    allowedTopologies.length === 0 ||
    allowedTopologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values = [] }) => values.includes(info.labels[key] ?? "")),
    )
  );
}
