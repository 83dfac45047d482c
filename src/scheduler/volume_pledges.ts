import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { reservedFor, SELECTED_NODE } from "#api/core/volume_claims.ts";
import type { VolumeFacts } from "./volume_facts.ts";

/**
 * What is known of storage, with what has been decided and not yet been seen to be written: a volume given to the
 * claim of one pod is not there for the next.
 */
export class VolumePledges implements VolumeFacts {
  readonly #known: VolumeFacts;
  /** Volumes by name, as given away. */
  readonly #volumes = new Map<string, PersistentVolume>();
  /** Claims by uid, with the node that was chosen. */
  readonly #claims = new Map<string, PersistentVolumeClaim>();

  constructor(known: VolumeFacts) {
    this.#known = known;
  }

  give(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    this.#volumes.set(volume.metadata.name, reservedFor(volume, claim));
  }

  select(claim: PersistentVolumeClaim, nodeName: string): void {
    const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName };
    this.#claims.set(claim.metadata.uid, { ...claim, metadata: { ...claim.metadata, annotations } });
  }

  /** The truth is in the caches, or it has come to nothing. */
  forget(volumes: readonly PersistentVolume[], claims: readonly PersistentVolumeClaim[]): void {
    for (const { metadata } of volumes) this.#volumes.delete(metadata.name);
    for (const { metadata } of claims) this.#claims.delete(metadata.uid);
  }

  claim(namespace: string, name: string): PersistentVolumeClaim | undefined {
    const known = this.#known.claim(namespace, name);
    // One that has a volume by now is beyond what was decided.
    if (known === undefined || known.spec.volumeName) return known;
    return this.#claims.get(known.metadata.uid) ?? known;
  }

  volume(name: string): PersistentVolume | undefined {
    const known = this.#known.volume(name);
    return known && this.#pledged(known);
  }

  volumes(): readonly PersistentVolume[] {
    const known = this.#known.volumes();
    return this.#volumes.size === 0 ? known : known.map((volume) => this.#pledged(volume));
  }

  storageClass(name: string) {
    return this.#known.storageClass(name);
  }

  csiNode(nodeName: string) {
    return this.#known.csiNode(nodeName);
  }

  #pledged(volume: PersistentVolume): PersistentVolume {
    const given = this.#volumes.get(volume.metadata.name);
    return given?.metadata.uid === volume.metadata.uid && !volume.spec.claimRef?.uid ? given : volume;
  }
}
