import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { Volume } from "#api/core/volume.ts";
import { quantityToNumber } from "#api/quantity.ts";
import type { Client } from "#client/client.ts";
import type { Mounts } from "#sys/mounts.ts";
import { ConfigError } from "../config_error.ts";
import type { PodPlace } from "../downward.ts";
import { expandVariables } from "../expansion.ts";
import type { NodePaths } from "../paths.ts";
import type { References } from "../references.ts";
import type { ContainerMount, MountPropagation } from "../runtime_config.ts";
import { writePayload, type AtomicWriterDoors } from "./atomic_writer.ts";
import { claimedVolume, ClaimError, MountError, type ClaimedVolume } from "./claimed_volume.ts";
import { giveToGroup } from "./group_ownership.ts";
import { checkHostPath } from "./host_path.ts";
import { volumePayload } from "./payload.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import { resolveSubPath } from "./sub_path.ts";

/** A volume of a pod cannot be had. The message is that of the FailedMount event. */
export class VolumeError extends Error {
  override readonly name = "VolumeError";
}

function volumeError(volume: string, error: unknown): VolumeError {
  if (error instanceof ClaimError || error instanceof MountError) return new VolumeError(error.message);
  const reason = error instanceof Error ? error.message : String(error);
  return new VolumeError(`MountVolume.SetUp failed for volume "${volume}" : ${reason}`);
}

export interface VolumesOptions extends AtomicWriterDoors {
  readonly client: Client;
  readonly mounts: Mounts;
  readonly paths: NodePaths;
  readonly references: References;
  readonly tokens: ServiceAccountTokens;
}

/** The volumes of this node's pods, as directories that containers are shown. */
export class Volumes {
  readonly #options: VolumesOptions;
  /** What claims came to, by the pod's uid and the volume's name in the pod. */
  readonly #claimed = new Map<string, ClaimedVolume>();
  #memory: Promise<void> | undefined;

  constructor(options: VolumesOptions) {
    this.#options = options;
  }

  /**
   * Makes all volumes of a pod, and brings those written from the API up to date. Safe to repeat at any time.
   *
   * @throws {VolumeError} For the first that cannot be had.
   */
  async prepare(pod: Pod, place: PodPlace): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) {
      try {
        await this.#prepare(pod, volume, place);
      } catch (error) {
        throw volumeError(volume.name, error);
      }
    }
  }

  /** When the pod's volumes should be prepared again although nothing changed, as a token in them runs out. */
  renewAtMs(pod: Pod): number {
    return this.#options.tokens.renewAtMs(pod.metadata.uid);
  }

  /**
   * What a container mounts where.
   *
   * @throws {ConfigError} If a mount names no volume of the pod, or a subPath leads out of it.
   */
  async mounts(pod: Pod, container: Container, variables: ReadonlyMap<string, string>): Promise<ContainerMount[]> {
    const mounts: ContainerMount[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const volume = pod.spec.volumes?.find((each) => each.name === mount.name);
      if (volume === undefined) throw new ConfigError(`volume "${mount.name}" not found`);
      const root = this.#directory(pod, volume);
      const subPath = mount.subPathExpr ? expandVariables(mount.subPathExpr, variables) : mount.subPath;
      if (subPath?.startsWith("/")) throw new ConfigError(`subPath "${subPath}" must be a relative path`);
      const { files } = this.#options;
      mounts.push({
        hostPath: subPath ? await resolveSubPath(files, root, subPath) : root,
        containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
        readonly: (mount.readOnly ?? false) || isWritten(volume) || this.#isReadOnly(pod, volume),
        ...(mount.mountPropagation && { propagation: propagationOf(mount.mountPropagation) }),
      });
    }
    return mounts;
  }

  /** Takes down all that `prepare` made, with what is in it. Safe to repeat. */
  async tearDown(pod: Pod): Promise<void> {
    const { mounts, paths, files, tokens } = this.#options;
    tokens.forget(pod.metadata.uid);
    for (const volume of pod.spec.volumes ?? []) {
      this.#claimed.delete(keyOf(pod, volume));
      if (isScratchMemory(volume)) await mounts.unmount(paths.volume(pod.metadata.uid, volume.name));
    }
    await files.remove(paths.podMemory(pod.metadata.uid));
    await files.remove(paths.podDirectory(pod.metadata.uid));
  }

  #directory(pod: Pod, volume: Volume): string {
    const { paths } = this.#options;
    if (isConfidential(volume)) return `${paths.podMemory(pod.metadata.uid)}/${volume.name}`;
    const claimed = this.#claimed.get(keyOf(pod, volume));
    return claimed?.path ?? volume.hostPath?.path ?? paths.volume(pod.metadata.uid, volume.name);
  }

  #isReadOnly(pod: Pod, volume: Volume): boolean {
    return this.#claimed.get(keyOf(pod, volume))?.isReadOnly ?? false;
  }

  /** Whether the volume is a claim's; it is ready then. */
  async #prepareClaimed(pod: Pod, volume: Volume): Promise<boolean> {
    const key = keyOf(pod, volume);
    // What a pod has been given it keeps, whatever becomes of its claim.
    if (this.#claimed.has(key)) return true;
    const claimed = await claimedVolume(this.#options, pod, volume);
    if (claimed === undefined) return false;
    if (claimed.isLocal) await giveToGroup(this.#options.files, claimed.path, pod.spec.securityContext);
    this.#claimed.set(key, claimed);
    return true;
  }

  /** One mount for all pods: nearly every one has a token, and a mount of its own would cost each of them two processes. */
  #mountMemory(): Promise<void> {
    const { files, mounts, paths } = this.#options;
    const mount = async () => {
      await files.mkdir(paths.memoryDirectory);
      await mounts.mountMemory(paths.memoryDirectory, { mode: 0o700 });
    };
    this.#memory ??= mount().catch((error: unknown) => {
      this.#memory = undefined;
      throw error;
    });
    return this.#memory;
  }

  async #prepare(pod: Pod, volume: Volume, place: PodPlace): Promise<void> {
    const { files, mounts, references, tokens } = this.#options;
    if (volume.hostPath) return checkHostPath(files, volume.hostPath);
    if (await this.#prepareClaimed(pod, volume)) return;
    const directory = this.#directory(pod, volume);
    const group = pod.spec.securityContext?.fsGroup;
    const payload = await volumePayload(volume, { pod, place, references, tokens });
    if (payload === undefined && volume.emptyDir === undefined)
      throw new ConfigError("this kind of volume is not supported");
    if (isConfidential(volume)) await this.#mountMemory();
    const isNew = !(await files.exists(directory));
    if (isNew) await files.mkdir(directory);
    if (isNew && isConfidential(volume)) await files.chmod(directory, 0o777);
    if (isScratchMemory(volume)) {
      const { sizeLimit } = volume.emptyDir ?? {};
      const size = sizeLimit ? { sizeBytes: quantityToNumber(sizeLimit) } : {};
      await mounts.mountMemory(directory, { ...size, mode: 0o777 });
    }
    if (payload) await writePayload(this.#options, directory, payload, group);
    if (!isNew) return;
    if (payload === undefined) await files.chmod(directory, 0o777);
    if (group === undefined) return;
    await files.chown(directory, 0, group);
    await files.chmod(directory, payload ? 0o2755 : 0o2777);
  }
}

/** Written from the API, and therefore read-only to containers. */
function isWritten({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return (configMap ?? secret ?? downwardAPI ?? projected) !== undefined;
}

/** Secrets never touch the node's disk. */
function isConfidential({ secret, projected }: Volume): boolean {
  return secret !== undefined || projected !== undefined;
}

function isScratchMemory({ emptyDir }: Volume): boolean {
  return emptyDir?.medium === "Memory";
}

function keyOf(pod: Pod, volume: Volume): string {
  return `${pod.metadata.uid}/${volume.name}`;
}

function propagationOf(text: string): MountPropagation {
  return text === "HostToContainer" || text === "Bidirectional" ? text : "None";
}
