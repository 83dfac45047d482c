import type { Clock } from "#base/clock.ts";
import { PersistentVolume } from "#api/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { claimsOf, isBound, isReachable, reservedFor, SELECTED_NODE } from "#api/core/volume_claims.ts";
import type { Client } from "#client/client.ts";
import type { InformerFactory } from "#client/informer.ts";
import { compareResourceVersions } from "#client/stored.ts";
import type { ClusterIndex } from "./nodes/cluster_index.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import { matchClaims, wishesOf } from "./plugins/volume_matching.ts";
import { waitsForConsumer, type VolumeFacts } from "./volume_facts.ts";
import { VolumePledges } from "./volume_pledges.ts";

interface VolumeBinderOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly index: ClusterIndex;
  /** What the caches know. */
  readonly known: VolumeFacts;
}

/** What a decision took for granted about a pod's volumes. */
export interface Pledge {
  readonly nodeName: string;
  readonly given: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  /** Claims for which a volume is to be made where the pod goes. */
  readonly selected: readonly PersistentVolumeClaim[];
}

/** One pledge under way. */
interface Wait {
  look(): void;
  end(): void;
}

/** kube-scheduler's bindTimeoutSeconds. */
const BIND_MS_MAX = 600_000;

/** Makes decisions about volumes true before their pods are bound. */
export class VolumeBinder {
  readonly #options: VolumeBinderOptions;
  readonly #pledges: VolumePledges;
  /** Pledges under way, by the uids of their claims. */
  readonly #waiting = new Map<string, Set<Wait>>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: VolumeBinderOptions) {
    this.#options = options;
    this.#pledges = new VolumePledges(options.known);
    const look = (uid: string | undefined) => this.#waiting.get(uid ?? "")?.forEach((each) => each.look());
    const ofClaim = ({ metadata }: PersistentVolumeClaim) => look(metadata.uid);
    const ofVolume = ({ spec }: PersistentVolume) => look(spec.claimRef?.uid);
    const { informers } = options;
    this.#unsubscribe = [
      informers.informer(PersistentVolumeClaim).subscribe({ update: ofClaim, delete: ofClaim }),
      informers.informer(PersistentVolume).subscribe({ add: ofVolume, update: ofVolume }),
    ];
  }

  /** Waits for nothing any more. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const waits of this.#waiting.values()) for (const each of waits) each.end();
  }

  /** What decisions are to be made from. */
  get facts(): VolumeFacts {
    return this.#pledges;
  }

  /** What must be done before the pod may go to the node; undefined when nothing. Counts at once in `facts`. */
  pledge({ pod, namespace }: PodInfo, nodeName: string): Pledge | undefined {
    const uses = claimsOf(pod);
    const node = this.#options.index.nodes.get(nodeName);
    if (uses.length === 0 || node === undefined) return undefined;
    const claims = uses.map(({ name }) => this.#pledges.claim(namespace, name));
    const delayed = claims.filter((claim) => claim !== undefined && waitsForConsumer(claim, this.#pledges));
    const free = delayed.filter((claim) => claim !== undefined);
    if (free.length === 0) return undefined;
    const { matched, unmatched } = matchClaims(wishesOf(free, this.#pledges), node);
    for (const { claim, volume } of matched) this.#pledges.give(volume, claim);
    for (const claim of unmatched) this.#pledges.select(claim, nodeName);
    return { nodeName, given: matched, selected: unmatched };
  }

  /**
   * Writes down what was pledged and waits until the claims have their volumes.
   *
   * @param isWanted Whether anybody still waits for it.
   * @throws {Error} When it has come to nothing, with upstream's reason.
   */
  async redeem(pledge: Pledge, isWanted: () => boolean): Promise<void> {
    const { client } = this.#options;
    const { given, selected, nodeName } = pledge;
    const volumes = given.map(({ volume }) => volume);
    const claims = [...given.map(({ claim }) => claim), ...selected];
    try {
      for (const { claim, volume } of given) {
        if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
          await client.update(PersistentVolume, reservedFor(volume, claim));
        }
      }
      const since = new Map<string, string>();
      for (const { metadata } of selected) {
        const { namespace, name, uid } = metadata;
        const body = { metadata: { uid, annotations: { [SELECTED_NODE]: nodeName } } };
        const written = await client.patch(PersistentVolumeClaim, { namespace, name }, { type: "merge", body });
        since.set(uid, written.metadata.resourceVersion ?? "");
      }
      const isDone = () => !isWanted() || claims.every((claim) => this.#isDone(claim, nodeName, since));
      await this.#bound(claims, isDone);
    } finally {
      this.#pledges.forget(volumes, claims);
    }
    if (!isWanted()) throw new Error("binding volumes: the pod is gone");
  }

  /** Resolves when `isDone`, rejects when it throws or too much time has passed. */
  #bound(claims: readonly PersistentVolumeClaim[], isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(BIND_MS_MAX, () => {
        wait.end();
        reject(new Error("binding volumes: context deadline exceeded"));
      });
      const wait: Wait = {
        end: () => {
          for (const { metadata } of claims) {
            const waits = this.#waiting.get(metadata.uid);
            if (waits?.delete(wait) && waits.size === 0) this.#waiting.delete(metadata.uid);
          }
          timer.cancel();
        },
        look: () => {
          try {
            if (!isDone()) return;
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          wait.end();
        },
      };
      for (const { metadata } of claims) {
        const waits = this.#waiting.get(metadata.uid) ?? new Set();
        this.#waiting.set(metadata.uid, waits.add(wait));
      }
      wait.look();
    });
  }

  /** Whether a claim has its volume, and that can be had on the node. @throws {Error} When it never will. */
  #isDone({ metadata }: PersistentVolumeClaim, nodeName: string, since: ReadonlyMap<string, string>): boolean {
    const { known, index } = this.#options;
    const quoted = JSON.stringify(metadata.name);
    const claim = known.claim(metadata.namespace, metadata.name);
    if (claim?.metadata.uid !== metadata.uid) {
      throw new Error(`binding volumes: failed to check provisioning pvc: persistentvolumeclaim ${quoted} not found`);
    }
    if (isBound(claim)) {
      const volume = known.volume(claim.spec.volumeName ?? "");
      const node = index.nodes.get(nodeName);
      if (volume === undefined) return false;
      if (node !== undefined && isReachable(volume, node)) return true;
      throw new Error(
        `binding volumes: pv ${JSON.stringify(volume.metadata.name)} node affinity doesn't match node ${JSON.stringify(nodeName)}: no matching NodeSelectorTerms`,
      );
    }
    const version = since.get(metadata.uid);
    const isSeen = version !== undefined && compareResourceVersions(claim.metadata.resourceVersion ?? "", version) >= 0;
    if (isSeen && claim.metadata.annotations?.[SELECTED_NODE] !== nodeName) {
      throw new Error(`binding volumes: provisioning failed for PVC ${quoted}`);
    }
    return false;
  }
}
