import { StatefulSet } from "#api/apps/statefulset.ts";
import {
  PersistentVolumeClaim,
  type PersistentVolumeClaim as Claim,
  type PersistentVolumeClaimDraft,
} from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import { ownerReference } from "#api/ownership.ts";
import type { Cache } from "#client/cache.ts";
import type { Context } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { claimNameOf, podNameOf } from "./statefulset_identity.ts";

/** The claims one pod of a set needs, as they are created. */
function claimDrafts(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaimDraft[] {
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    metadata: {
      name: claimNameOf(set, metadata.name, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations && { annotations: metadata.annotations }),
    },
    spec: structuredClone(spec),
  }));
}

/** The claims of one pod that are there. */
function presentClaims(set: StatefulSet, ordinal: number, cache: Cache<Claim>): readonly Claim[] {
  const { namespace } = set.metadata;
  const names = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => claimNameOf(set, metadata.name, ordinal));
  return names.map((name) => cache.get({ namespace, name })).filter((claim) => claim !== undefined);
}

export function lacksClaims(set: StatefulSet, ordinal: number, cache: Cache<Claim>): boolean {
  return presentClaims(set, ordinal, cache).length < (set.spec.volumeClaimTemplates ?? []).length;
}

/**
 * Whether a claim still belongs to a pod that was scaled away and is to go with it: a new pod of that number must
 * not get the data just before it vanishes.
 */
export function hasStaleClaim(set: StatefulSet, ordinal: number, cache: Cache<Claim>): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return false;
  const name = podNameOf(set, ordinal);
  return presentClaims(set, ordinal, cache).some((claim) =>
    claim.metadata.ownerReferences?.some((owner) => isPodReference(owner) && owner.name === name),
  );
}

function isPodReference(owner: OwnerReference): boolean {
  return owner.kind === "Pod" && owner.apiVersion === "v1";
}

/**
 * The owners a claim should have by the retention policy: the set when it takes its claims along, the pod when it
 * has been scaled away and takes them along. Owners that are none of ours stay; a controller among them rules.
 *
 * @param pod The pod, when there is one.
 */
function claimOwners(
  set: StatefulSet,
  claim: Claim,
  pod: Pod | undefined,
  isScaledAway: boolean,
): readonly OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const present = claim.metadata.ownerReferences ?? [];
  const ours = new Set([set.metadata.uid, pod?.metadata.uid]);
  const others = present.filter((owner) => !ours.has(owner.uid));
  if (others.some((owner) => owner.controller === true)) return present;
  if (isScaledAway && whenScaled === "Delete") return pod ? [...others, ownerReference(Pod, pod)] : others;
  return whenDeleted === "Delete" ? [...others, ownerReference(StatefulSet, set)] : others;
}

/** Claims of one pod whose owners are not as they should be, with those they should have. */
function misowned(set: StatefulSet, ordinal: number, pod: Pod | undefined, isScaledAway: boolean, cache: Cache<Claim>) {
  return presentClaims(set, ordinal, cache)
    .map((claim) => ({ claim, owners: claimOwners(set, claim, pod, isScaledAway) }))
    .filter(({ claim, owners }) => !semanticallyEqual(owners, claim.metadata.ownerReferences ?? []));
}

export function areClaimsOwned(
  set: StatefulSet,
  ordinal: number,
  pod: Pod,
  isScaledAway: boolean,
  cache: Cache<Claim>,
): boolean {
  return misowned(set, ordinal, pod, isScaledAway, cache).length === 0;
}

/** Gives the claims the owners they should have. */
export async function ownClaims(
  set: StatefulSet,
  ordinal: number,
  pod: Pod | undefined,
  isScaledAway: boolean,
  { client, cache }: Context,
): Promise<void> {
  for (const { claim, owners } of misowned(set, ordinal, pod, isScaledAway, cache(PersistentVolumeClaim))) {
    const metadata = { ...claim.metadata, ownerReferences: [...owners] };
    await client.update(PersistentVolumeClaim, { ...claim, metadata });
  }
}

/** Creates the claims a pod lacks. Tells each in an event on the set. Throws when a pod cannot have its claims now. */
export async function createClaims(set: StatefulSet, ordinal: number, context: Context): Promise<void> {
  const { client, cache, events } = context;
  const { name: setName, namespace } = set.metadata;
  const podName = podNameOf(set, ordinal);
  for (const draft of claimDrafts(set, ordinal)) {
    const name = draft.metadata?.name ?? "";
    const known = cache(PersistentVolumeClaim).get({ namespace, name });
    if (known?.metadata.deletionTimestamp !== undefined) throw new Error(`pvc ${name} is being deleted`);
    if (known) continue;
    try {
      await client.create(PersistentVolumeClaim, draft);
      const message = `create Claim ${name} Pod ${podName} in StatefulSet ${setName} success`;
      events.event(set, "Normal", "SuccessfulCreate", message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `create Claim ${name} for Pod ${podName} in StatefulSet ${setName} failed error: ${reason}`;
      events.event(set, "Warning", "FailedCreate", message);
      throw new Error(`failed to create PVC ${name}: ${reason}`, { cause: error });
    }
  }
}
