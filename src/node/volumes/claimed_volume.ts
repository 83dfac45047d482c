import { Node } from "#api/core/node.ts";
import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Volume } from "#api/core/volume.ts";
import { isReachable, LOCAL_PROVISIONER, PROVISIONED_BY } from "#api/core/volume_claims.ts";
import { isControlledBy } from "#api/ownership.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Files } from "#sys/files.ts";
import type { NodePaths } from "../paths.ts";
import { checkHostPath } from "./host_path.ts";

/** A claim has no volume that could be mounted. The message is kubelet's. */
export class ClaimError extends Error {
  override readonly name = "ClaimError";

  /** @param volume Its name in the pod. */
  constructor(volume: string, reason: string) {
    super(
      `Unable to attach or mount volumes: unmounted volumes=[${volume}], unattached volumes=[], ` +
        `failed to process volumes=[${volume}]: ${reason}`,
    );
  }
}

/** The volume of a claim is there, but cannot be mounted. The message is kubelet's. */
export class MountError extends Error {
  override readonly name = "MountError";
}

/** What a claim of a pod comes to on this node. */
export interface ClaimedVolume {
  readonly path: string;
  readonly isReadOnly: boolean;
  /** A directory of this node's that belongs to whoever has the volume, not to the host. */
  readonly isLocal: boolean;
}

export interface ClaimedVolumeDoors {
  readonly client: Client;
  readonly files: Files;
  readonly paths: NodePaths;
}

/**
 * Makes the volume of a claim ready to be mounted; undefined when the pod's volume is no claim.
 *
 * @throws {ClaimError} If the claim has no volume.
 * @throws {MountError} If that cannot be mounted here.
 */
export async function claimedVolume(
  doors: ClaimedVolumeDoors,
  pod: Pod,
  volume: Volume,
): Promise<ClaimedVolume | undefined> {
  const { persistentVolumeClaim, ephemeral } = volume;
  if (persistentVolumeClaim === undefined && ephemeral === undefined) return undefined;
  const { namespace } = pod.metadata;
  const name = persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`;
  const found = await boundVolume(doors.client, pod, volume, { namespace, name });
  const path = await mountable(doors, pod, found);
  const isLocal = found.spec.local !== undefined;
  return { path, isLocal, isReadOnly: persistentVolumeClaim?.readOnly ?? false };
}

async function boundVolume(
  client: Client,
  pod: Pod,
  volume: Volume,
  ref: { readonly namespace: string; readonly name: string },
): Promise<PersistentVolume> {
  const fail = (reason: string) =>
    new ClaimError(volume.name, `error processing PVC ${ref.namespace}/${ref.name}: ${reason}`);
  const claim = await client.get(PersistentVolumeClaim, ref).catch((error: unknown) => {
    throw fail(`failed to fetch PVC from API server: ${messageOf(error)}`);
  });
  const { volumeName = "" } = claim.spec;
  if (volume.ephemeral && !isControlledBy(claim, pod)) {
    throw fail(
      `PVC ${ref.namespace}/${ref.name} was not created for pod ${ref.namespace}/${pod.metadata.name} (pod is not owner)`,
    );
  }
  // A pod that uses a claim on its way out must not be started. One that runs keeps it, also when the agent starts anew.
  const isRunning = pod.status.phase === "Running";
  if (claim.metadata.deletionTimestamp !== undefined && !isRunning) throw fail("PVC is being deleted");
  if (claim.status.phase !== "Bound") throw fail("PVC is not bound");
  if (volumeName === "") throw fail("PVC has empty pvc.Spec.VolumeName");
  const found = await client.get(PersistentVolume, { name: volumeName }).catch((error: unknown) => {
    if (!isApiError(error, "NotFound")) throw fail(messageOf(error));
    throw fail(`failed to fetch PV ${JSON.stringify(volumeName)} from API server: ${messageOf(error)}`);
  });
  if (found.spec.claimRef?.uid === claim.metadata.uid) return found;
  throw fail(`PV ${JSON.stringify(volumeName)} is not bound to this claim`);
}

async function mountable(doors: ClaimedVolumeDoors, pod: Pod, volume: PersistentVolume): Promise<string> {
  const { client, files } = doors;
  const { spec, metadata } = volume;
  const quoted = JSON.stringify(metadata.name);
  if (spec.nodeAffinity?.required) {
    const node = await client.get(Node, { name: pod.spec.nodeName ?? "" });
    if (!isReachable(volume, { name: node.metadata.name, labels: node.metadata.labels ?? {} })) {
      const reason = "no matching NodeSelectorTerms";
      throw new MountError(`MountVolume.NodeAffinity check failed for volume ${quoted} : ${reason}`);
    }
  }
  if (spec.hostPath) {
    await checkHostPath(files, spec.hostPath).catch((error: unknown) => {
      throw new MountError(`MountVolume.SetUp failed for volume ${quoted} : ${messageOf(error)}`);
    });
    return spec.hostPath.path;
  }
  if (spec.local) {
    await makeOurs(doors, volume);
    if (await files.exists(spec.local.path)) return spec.local.path;
    const reason = `path ${JSON.stringify(spec.local.path)} does not exist`;
    throw new MountError(`MountVolume.NewMounter initialization failed for volume ${quoted} : ${reason}`);
  }
  throw new MountError(`MountVolume.SetUp failed for volume ${quoted} : this kind of volume is not supported`);
}

/** The directory of a volume that was made for this node comes with the first pod that mounts it. */
async function makeOurs({ files, paths }: ClaimedVolumeDoors, { metadata, spec }: PersistentVolume): Promise<void> {
  const path = paths.localVolume(metadata.name);
  if (metadata.annotations?.[PROVISIONED_BY] !== LOCAL_PROVISIONER || spec.local?.path !== path) return;
  if (await files.exists(path)) return;
  await files.mkdir(path);
  // Whoever the pod's programs run as, it is theirs.
  await files.chmod(path, 0o777);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
