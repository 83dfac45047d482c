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

/** A claim that waits for its pod, and the volumes that will do for it wherever they are, best first. */
export interface Wish {
  readonly claim: PersistentVolumeClaim;
  readonly volumes: readonly PersistentVolume[];
}

/** Which volume each claim would get on a node, and the claims for which one would have to be made. */
interface ClaimMatches {
  readonly matched: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly unmatched: readonly PersistentVolumeClaim[];
}

/** What claims wish for, the smallest first. A claim for which a volume is being made already wants no other. */
export function wishesOf(claims: readonly PersistentVolumeClaim[], volumes: VolumeFacts): readonly Wish[] {
  return claims
    .toSorted((a, b) => requestedBytes(a) - requestedBytes(b))
    .map((claim) => {
      const isMade = claim.metadata.annotations?.[SELECTED_NODE] !== undefined;
      const fitting = isMade ? [] : volumes.volumes().filter((volume) => fitsClaim(volume, claim));
      return { claim, volumes: fitting.toSorted(byPreference(claim)) };
    });
}

/** Gives each claim the smallest volume that can be used on this node. */
export function matchClaims(wishes: readonly Wish[], node: NodeFacts): ClaimMatches {
  const matched: { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[] = [];
  const unmatched: PersistentVolumeClaim[] = [];
  for (const { claim, volumes } of wishes) {
    const isFree = (volume: PersistentVolume) => !matched.some((match) => match.volume === volume);
    const volume = volumes.find((each) => isFree(each) && isReachable(each, node));
    if (volume) matched.push({ claim, volume });
    else unmatched.push(claim);
  }
  return { matched, unmatched };
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
