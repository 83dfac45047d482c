import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { LOCAL_PROVISIONER, PROVISIONED_BY } from "#api/core/volume_claims.ts";
import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { InformerFactory } from "#client/informer.ts";
import type { Files } from "#sys/files.ts";
import type { NodePaths } from "../paths.ts";

interface LocalVolumesOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly nodeName: string;
  readonly files: Files;
  readonly paths: NodePaths;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 10_000;

/** Takes away directories of this node whose volumes were given back, and then the volumes. */
export class LocalVolumes {
  readonly #options: LocalVolumesOptions;
  /** Names of volumes that are being removed, or will be again. */
  readonly #removing = new Set<string>();
  readonly #retries = new Set<Timer>();
  #unfollow: (() => void) | undefined;

  constructor(options: LocalVolumesOptions) {
    this.#options = options;
  }

  /** Resolves when all volumes there are have been looked at. */
  async start(): Promise<void> {
    const volumes = this.#options.informers.informer(PersistentVolume);
    const look = (volume: PersistentVolume) => {
      if (this.#isGivenBack(volume)) void this.#remove(volume);
    };
    this.#unfollow = volumes.subscribe({ add: look, update: look, delete: look });
    await volumes.synced;
  }

  stop(): void {
    this.#unfollow?.();
    for (const timer of this.#retries) timer.cancel();
  }

  /** The directory's name is made up here, not read: a volume cannot name another directory to be removed. */
  #isGivenBack({ metadata, spec, status }: PersistentVolume): boolean {
    return (
      metadata.annotations?.[PROVISIONED_BY] === LOCAL_PROVISIONER &&
      spec.persistentVolumeReclaimPolicy === "Delete" &&
      status.phase === "Released" &&
      spec.local?.path === this.#options.paths.localVolume(metadata.name) &&
      this.#isOfThisNode(spec)
    );
  }

  #isOfThisNode({ nodeAffinity }: PersistentVolume["spec"]): boolean {
    const [term] = nodeAffinity?.required?.nodeSelectorTerms ?? [];
    const [expression] = term?.matchExpressions ?? [];
    return expression?.values?.includes(this.#options.nodeName) ?? false;
  }

  async #remove({ metadata }: PersistentVolume): Promise<void> {
    const { client, files, paths, clock, log } = this.#options;
    const { name, uid } = metadata;
    if (this.#removing.has(name)) return;
    this.#removing.add(name);
    try {
      await files.remove(paths.localVolume(name));
      await client.delete(PersistentVolume, { name }, { preconditions: { uid } });
      this.#removing.delete(name);
    } catch (error) {
      this.#removing.delete(name);
      if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) return;
      log.warn("cannot remove a local volume", { volume: name, error });
      const timer = clock.after(RETRY_MS, () => {
        this.#retries.delete(timer);
        const known = this.#options.informers.informer(PersistentVolume).cache.get({ name });
        if (known && this.#isGivenBack(known)) void this.#remove(known);
      });
      this.#retries.add(timer);
    }
  }
}
