import { matchesTerm } from "#api/core/node_selection.ts";
import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { quantityToNumber } from "#api/quantity.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import { classNameOf, type VolumeFacts } from "../volume_facts.ts";

const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** Whether a volume can be used on a node. */
export function isReachable({ spec }: PersistentVolume, info: NodeInfo): boolean {
  const required = spec.nodeAffinity?.required;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, info));
}

/** Gives each claim the smallest free volume that will do on this node; returns the claims that got none. */
export function unmatchedClaims(
  claims: readonly PersistentVolumeClaim[],
  info: NodeInfo,
  volumes: VolumeFacts,
): PersistentVolumeClaim[] {
  const taken = new Set<PersistentVolume>();
  const bySize = claims.toSorted((a, b) => wantedBytes(a) - wantedBytes(b));
  return bySize.filter((claim) => {
    const candidates = volumes
      .volumes()
      .filter((volume) => !taken.has(volume) && fits(volume, claim) && isReachable(volume, info))
      .toSorted((a, b) => Number(isReservedFor(b, claim)) - Number(isReservedFor(a, claim)) || bytesOf(a) - bytesOf(b));
    const [best] = candidates;
    if (best) taken.add(best);
    return best === undefined;
  });
}

/** Whether a volume could be made for the claim where the node can reach it. */
export function canProvision(claim: PersistentVolumeClaim, info: NodeInfo, volumes: VolumeFacts): boolean {
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

function fits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec, status, metadata } = volume;
  if (metadata.deletionTimestamp !== undefined || bytesOf(volume) < wantedBytes(claim)) return false;
  if ((spec.volumeMode ?? "Filesystem") !== (claim.spec.volumeMode ?? "Filesystem")) return false;
  if (!(claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode))) return false;
  if (spec.claimRef !== undefined) return isReservedFor(volume, claim);
  if (status.phase !== "Available" || (spec.storageClassName ?? "") !== classNameOf(claim)) return false;
  const { selector } = claim.spec;
  return selector === undefined || labelSelectorMatcher(selector).matches(metadata.labels ?? {});
}

function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef?.namespace !== metadata.namespace || claimRef?.name !== metadata.name) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

function bytesOf({ spec }: PersistentVolume): number {
  return quantityToNumber(spec.capacity?.["storage"] ?? "0");
}

function wantedBytes({ spec }: PersistentVolumeClaim): number {
  return quantityToNumber(spec.resources?.requests?.["storage"] ?? "0");
}
