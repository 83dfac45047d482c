import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { CLAIM_PROTECTION, claimsOf, VOLUME_PROTECTION } from "#api/core/volume_claims.ts";
import { controller, watching, type Controller } from "#client/controller.ts";

/** Keeps a claim that is deleted until no pod uses it any more. */
export const claimProtectionController: Controller<typeof PersistentVolumeClaim> = controller({
  name: "persistentvolumeclaim-protection",
  for: PersistentVolumeClaim,
  watches: [
    watching(Pod, (pod, _previous, { cache }) => {
      const { namespace } = pod.metadata;
      const refs = claimsOf(pod).map(({ name }) => ({ namespace, name }));
      return refs.filter((ref) => cache(PersistentVolumeClaim).get(ref)?.metadata.deletionTimestamp !== undefined);
    }),
  ],

  async reconcile(claim, { client, cache }) {
    const wanted = finalizersOf(claim.metadata, CLAIM_PROTECTION);
    if (wanted === undefined) return;
    if (claim.metadata.deletionTimestamp !== undefined) {
      const { namespace, name } = claim.metadata;
      const uses = (pod: Pod) => pod.spec.nodeName && claimsOf(pod).some((use) => use.name === name);
      if (cache(Pod).list(namespace).some(uses)) return;
      // What the cache does not show yet may be on its way to a node.
      if ((await client.list(Pod, { namespace })).items.some(uses)) return;
    }
    await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, finalizers: wanted } });
  },
});

/** Keeps a volume that is deleted until its claim has gone. */
export const volumeProtectionController: Controller<typeof PersistentVolume> = controller({
  name: "persistentvolume-protection",
  for: PersistentVolume,

  async reconcile(volume, { client }) {
    const wanted = finalizersOf(volume.metadata, VOLUME_PROTECTION);
    if (wanted === undefined) return;
    if (volume.metadata.deletionTimestamp !== undefined && volume.status.phase === "Bound") return;
    await client.update(PersistentVolume, { ...volume, metadata: { ...volume.metadata, finalizers: wanted } });
  },
});

interface Protected {
  readonly deletionTimestamp?: string | undefined;
  readonly finalizers?: readonly string[] | undefined;
}

/** The finalizers an object should have as far as `ours` is concerned; undefined when it has them. */
function finalizersOf({ deletionTimestamp, finalizers = [] }: Protected, ours: string): string[] | undefined {
  const isHeld = finalizers.includes(ours);
  if (deletionTimestamp === undefined) return isHeld ? undefined : [...finalizers, ours];
  return isHeld ? finalizers.filter((each) => each !== ours) : undefined;
}
