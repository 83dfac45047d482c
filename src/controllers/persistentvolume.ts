import { Node } from "#api/core/node.ts";
import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { LOCAL_VOLUMES_DIRECTORY } from "#api/core/volume_claims.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Caches, type Context, type Controller } from "#client/controller.ts";
import { withPhase } from "./persistentvolume_phase.ts";
import { localNodeOf, planReclaim, planVolume, unbound } from "./persistentvolume_plan.ts";

/** Volumes by the claim they name. */
const BY_CLAIM = "claim";

/** Shows where volumes are in their lives, and sees to those that were given back. */
export const volumeController: Controller<typeof PersistentVolume> = controller({
  name: "persistentvolume",
  component: "persistentvolume-controller",
  for: PersistentVolume,
  watches: [
    watching(PersistentVolumeClaim, ({ metadata }, _previous, caches) =>
      byClaim(caches, metadata.namespace, metadata.name),
    ),
    // A volume on a node that is gone is gone, too.
    watching(Node, ({ metadata }, previous, { cache }) => {
      if (previous !== undefined || cache(Node).get(metadata) !== undefined) return [];
      return cache(PersistentVolume)
        .list()
        .filter(({ spec }) => localNodeOf(spec) === metadata.name)
        .map((volume) => volume.metadata);
    }),
  ],

  async reconcile(volume, context) {
    const { client, events } = context;
    const plan = planVolume(volume, await claimOf(volume, context));
    switch (plan.do) {
      case "show":
        if (volume.status.phase === plan.phase) return;
        await client.updateStatus(PersistentVolume, withPhase(volume, plan.phase));
        return;
      case "unbind": {
        const free = await client.update(PersistentVolume, unbound(volume));
        await client.updateStatus(PersistentVolume, withPhase(free, "Available"));
        return;
      }
      case "mismatch": {
        const message = `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${JSON.stringify(volume.spec.claimRef?.name)} due to incompatible volumeMode.`;
        events.event(volume, "Warning", "VolumeMismatch", message);
        return;
      }
      case "release":
        return release(volume, context);
      case "wait":
    }
  },
});

function byClaim({ cache }: Caches, namespace: string, name: string) {
  const volumes = cache(PersistentVolume);
  volumes.addIndex(BY_CLAIM, ({ spec: { claimRef } }) => (claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : []));
  return volumes.byIndex(BY_CLAIM, `${namespace}/${name}`).map(({ metadata }) => metadata);
}

/** The claim a volume names. Where the cache has not the very one, the server is asked. */
async function claimOf({ spec: { claimRef } }: PersistentVolume, { client, cache }: Context) {
  if (!claimRef?.uid) return undefined;
  const ref = { namespace: claimRef.namespace ?? "", name: claimRef.name ?? "" };
  const known = cache(PersistentVolumeClaim).get(ref);
  if (known?.metadata.uid === claimRef.uid) return known;
  try {
    return await client.get(PersistentVolumeClaim, ref);
  } catch (error) {
    if (isApiError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function release(volume: PersistentVolume, { client, cache, events }: Context): Promise<void> {
  const { phase } = volume.status;
  // That it failed is to be seen until a person has dealt with it.
  if (phase === "Failed") return;
  const released =
    phase === "Released" ? volume : await client.updateStatus(PersistentVolume, withPhase(volume, "Released"));
  const plan = planReclaim(released);
  if (plan.do === "fail") {
    await client.updateStatus(PersistentVolume, withPhase(released, "Failed", plan.message));
    events.event(released, "Warning", plan.reason, plan.message);
  } else if (plan.do === "removeLocal" && released.metadata.deletionTimestamp === undefined) {
    const node = plan.node === undefined ? undefined : cache(Node).get({ name: plan.node });
    // A node with a disk removes the directory, then the volume.
    if (node?.metadata.annotations?.[LOCAL_VOLUMES_DIRECTORY] !== undefined) return;
    await client.delete(PersistentVolume, released.metadata, { preconditions: { uid: released.metadata.uid } });
  }
}
