import { Node } from "#api/core/node.ts";
import { PersistentVolume, type PersistentVolumeDraft } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim, type PersistentVolumeClaim as Claim } from "#api/core/persistentvolumeclaim.ts";
import { StorageClass } from "#api/storage/storageclass.ts";
import {
  classNameOf,
  LOCAL_PROVISIONER,
  LOCAL_VOLUMES_DIRECTORY,
  PROVISIONED_BY,
  SELECTED_NODE,
} from "#api/core/volume_claims.ts";
import { isApiError } from "#client/client.ts";
import { controller, type Context, type Controller, watching } from "#client/controller.ts";

const PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const HOSTNAME = "kubernetes.io/hostname";
const ACCESS_MODES = ["ReadWriteOnce", "ReadWriteOncePod"];
/** Where nodes that have no disk say their volumes are. */
const DIRECTORY_DEFAULT = "/var/lib/knarr/local-volumes";

/**
 * Makes volumes that are directories on a node: the one the claim's first pod goes to. The directory itself is made by
 * that node's agent when the pod comes, and removed by it when the volume is given back.
 */
export const localPathProvisioner: Controller<typeof PersistentVolumeClaim> = controller({
  name: "local-path-provisioner",
  component: LOCAL_PROVISIONER,
  for: PersistentVolumeClaim,
  watches: [watching(PersistentVolume, () => []), watching(StorageClass, () => []), watching(Node, () => [])],

  async reconcile(claim, { client, cache, events, clock }) {
    if (!isWanted(claim)) return;
    const storageClass = cache(StorageClass).get({ name: classNameOf(claim) });
    if (storageClass?.provisioner !== LOCAL_PROVISIONER) return;
    const volumeName = `pvc-${claim.metadata.uid}`;
    if (cache(PersistentVolume).get({ name: volumeName }) !== undefined) return;
    const selected = claim.metadata.annotations?.[SELECTED_NODE] ?? "";
    if (selected === "" && storageClass.volumeBindingMode === "WaitForFirstConsumer") return;
    const failed = (fault: string) => {
      const failure = `failed to provision volume with StorageClass ${JSON.stringify(storageClass.metadata.name)}`;
      events.event(claim, "Warning", "ProvisioningFailed", `${failure}: ${fault}`);
    };
    const node = cache(Node).get({ name: selected });
    if (selected !== "" && node === undefined) {
      failed(`failed to get target node: node ${JSON.stringify(selected)} not found`);
      // The pod can go elsewhere.
      return unselect(claim, client);
    }
    const about = JSON.stringify(`${claim.metadata.namespace}/${claim.metadata.name}`);
    events.event(claim, "Normal", "Provisioning", `External provisioner is provisioning volume for claim ${about}`);
    const fault = faultOf(claim);
    if (fault !== undefined || node === undefined) {
      failed(fault ?? "configuration error, no node was specified");
      return { requeueAfterMs: retryMs(clock.now() - Date.parse(claim.metadata.creationTimestamp)) };
    }
    try {
      await client.create(PersistentVolume, draft(volumeName, claim, storageClass, node));
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
    }
    events.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volumeName}`);
  },
});

/** Whether the claim has no volume and is to get one from us. */
function isWanted({ metadata, spec }: Claim): boolean {
  return (
    !spec.volumeName &&
    metadata.deletionTimestamp === undefined &&
    metadata.annotations?.[PROVISIONER] === LOCAL_PROVISIONER
  );
}

/**
 * When what failed is said again, so that it is still there for who comes later to look: after as long as the claim has
 * been waiting, within the bounds of external provisioners (sig-storage-lib-external-provisioner).
 */
function retryMs(ageMs: number): number {
  return Math.min(Math.max(ageMs, 15_000), 1_000_000);
}

/** Why there can be no volume for the claim, on whatever node; undefined when there can. */
function faultOf({ spec }: Claim): string | undefined {
  if (spec.volumeMode === "Block") return "local volumes are directories: volumeMode Block is not supported";
  if (spec.selector !== undefined) return "claim.Spec.Selector is not supported";
  if (spec.dataSource !== undefined || spec.dataSourceRef !== undefined) return "data sources are not supported";
  const unsupported = (spec.accessModes ?? []).filter((mode) => !ACCESS_MODES.includes(mode));
  if (unsupported.length === 0) return undefined;
  return `local volumes support only the access modes ${ACCESS_MODES.join(" and ")}, not ${unsupported.join(", ")}`;
}

async function unselect({ metadata, ...claim }: Claim, client: Context["client"]): Promise<void> {
  const { [SELECTED_NODE]: _node, ...annotations } = metadata.annotations ?? {};
  await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...metadata, annotations } });
}

function draft(name: string, claim: Claim, storageClass: StorageClass, node: Node): PersistentVolumeDraft {
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const directory = node.metadata.annotations?.[LOCAL_VOLUMES_DIRECTORY] ?? DIRECTORY_DEFAULT;
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name;
  const { reclaimPolicy, mountOptions } = storageClass;
  return {
    metadata: { name, annotations: { [PROVISIONED_BY]: LOCAL_PROVISIONER } },
    spec: {
      capacity: { storage: claim.spec.resources.requests?.["storage"] ?? "0" },
      accessModes: [...(claim.spec.accessModes ?? [])],
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claimName, uid, resourceVersion },
      persistentVolumeReclaimPolicy: reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: "Filesystem",
      local: { path: `${directory}/${name}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: "In", values: [hostname] }] }],
        },
      },
      ...(mountOptions && { mountOptions: [...mountOptions] }),
    },
  };
}
