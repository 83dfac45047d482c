import { PersistentVolumeClaim, type PersistentVolumeClaimDraft } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import type { Volume } from "#api/core/volume.ts";
import { claimsOf } from "#api/core/volume_claims.ts";
import { isControlledBy, ownerReference } from "#api/ownership.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Caches, type Context, type Controller } from "#client/controller.ts";

/** Pods by the claims that are made for them. */
const BY_CLAIM = "ephemeralClaim";

/** Makes the claims of volumes that live as long as their pod; the garbage collector takes them with it. */
export const ephemeralVolumeController: Controller<typeof PersistentVolumeClaim> = controller({
  name: "ephemeral-volume",
  component: "ephemeral_volume",
  // Not for pods, of which most have none: a claim that is not there is what there is to do.
  for: PersistentVolumeClaim,
  watches: [watching(Pod, (pod) => ephemeralClaims(pod))],

  async reconcile(claim, context) {
    for (const pod of podsOf(claim.metadata, context)) {
      if (isControlledBy(claim, pod)) continue;
      const { namespace, name } = claim.metadata;
      tell(
        pod,
        name,
        `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
        context,
      );
    }
  },

  async gone(ref, context) {
    for (const pod of podsOf(ref, context)) {
      try {
        await create(pod, ref.name, context);
      } catch (error) {
        tell(
          pod,
          ref.name,
          `create PVC ${ref.name}: ${error instanceof Error ? error.message : String(error)}`,
          context,
        );
        throw error;
      }
    }
  },
});

function ephemeralClaims(pod: Pod) {
  const uses = claimsOf(pod).filter(({ isEphemeral }) => isEphemeral);
  return uses.map(({ name }) => ({ namespace: pod.metadata.namespace, name }));
}

/** The pods for which a claim is made, as far as they still want it. */
function podsOf(
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
  { cache }: Caches,
) {
  const pods = cache(Pod);
  pods.addIndex(BY_CLAIM, (pod) => ephemeralClaims(pod).map((ref) => `${ref.namespace}/${ref.name}`));
  return pods
    .byIndex(BY_CLAIM, `${namespace}/${name}`)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

function volumeOf({ metadata, spec }: Pod, claimName: string): Volume | undefined {
  return spec.volumes?.find(({ name, ephemeral }) => ephemeral && `${metadata.name}-${name}` === claimName);
}

async function create(pod: Pod, name: string, { client }: Context): Promise<void> {
  const template = volumeOf(pod, name)?.ephemeral?.volumeClaimTemplate;
  if (template === undefined) return;
  const { labels, annotations } = template.metadata;
  const draft: PersistentVolumeClaimDraft = {
    metadata: {
      name,
      namespace: pod.metadata.namespace,
      ownerReferences: [ownerReference(Pod, pod)],
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: structuredClone(template.spec),
  };
  try {
    await client.create(PersistentVolumeClaim, draft);
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
  }
}

function tell(pod: Pod, claimName: string, reason: string, { events }: Context): void {
  const volume = volumeOf(pod, claimName)?.name ?? "";
  events.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume}: ${reason}`);
}
