import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim, type PersistentVolumeClaim as Claim } from "#api/core/persistentvolumeclaim.ts";
import { isBound, LOCAL_PROVISIONER, PROVISIONED_BY } from "#api/core/volume_claims.ts";
import { compareQuantities } from "#api/quantity.ts";
import { formatTime } from "#api/time.ts";
import type { Clock } from "#base/clock.ts";
import { controller, watching, type Controller } from "#client/controller.ts";

const RESIZING = "Resizing";
/** Conditions that speak of growing (external-resizer). */
const OF_RESIZING = new Set([RESIZING, "FileSystemResizePending", "ControllerResizeError", "NodeResizeError"]);

/**
 * Lets bound claims have more than they were bound with. A local volume is a directory, which needs nothing for that;
 * the volumes of others are theirs to grow.
 */
export const expander: Controller<typeof PersistentVolumeClaim> = controller({
  name: "persistentvolume-expander",
  component: "volume_expand",
  for: PersistentVolumeClaim,
  watches: [watching(PersistentVolume, () => [])],

  async reconcile(claim, { client, cache, events, clock }) {
    const wanted = claim.spec.resources.requests?.["storage"] ?? "0";
    const held = claim.status.capacity?.["storage"] ?? "0";
    if (!isBound(claim) || claim.status.phase !== "Bound" || compareQuantities(wanted, held) <= 0) return;
    const { volumeName = "" } = claim.spec;
    const volume = cache(PersistentVolume).get({ name: volumeName });
    if (volume === undefined) return;
    if (volume.metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PROVISIONER) {
      events.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC");
      return;
    }
    let growing = claim;
    if (!claim.status.conditions?.some(({ type }) => type === RESIZING)) {
      growing = await client.updateStatus(PersistentVolumeClaim, resizing(claim, clock));
      events.event(claim, "Normal", "Resizing", `External resizer is resizing volume ${volumeName}`);
    }
    if (compareQuantities(volume.spec.capacity?.["storage"] ?? "0", wanted) < 0) {
      const spec = { ...volume.spec, capacity: { ...volume.spec.capacity, storage: wanted } };
      await client.update(PersistentVolume, { ...volume, spec });
    }
    await client.updateStatus(PersistentVolumeClaim, grown(growing, wanted));
    events.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
  },
});

function resizing(claim: Claim, clock: Clock): Claim {
  const condition = { type: RESIZING, status: "True", lastTransitionTime: formatTime(clock.now()) };
  return { ...claim, status: { ...claim.status, conditions: [...(claim.status.conditions ?? []), condition] } };
}

function grown(claim: Claim, storage: string): Claim {
  const { conditions = [], ...rest } = claim.status;
  const others = conditions.filter(({ type }) => !OF_RESIZING.has(type));
  const capacity = { ...rest.capacity, storage };
  return { ...claim, status: { ...rest, capacity, ...(others.length > 0 && { conditions: others }) } };
}
