import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import type { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { claimsOf, isBound, isReachable } from "#api/core/volume_claims.ts";
import { refusing, type NodeFilter, type Plugin, type Refusal } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { waitsForConsumer, type VolumeFacts } from "../volume_facts.ts";
import { canProvision, matchClaims, wishesOf, type Wish } from "./volume_matching.ts";

const ELSEWHERE = refusing("VolumeBinding", "node(s) didn't match PersistentVolume's node affinity", true);
const NOTHING_TO_BIND = refusing("VolumeBinding", "node(s) didn't find available persistent volumes to bind", true);
const LOST = refusing(
  "VolumeBinding",
  "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
  true,
);

/** A pod goes where its volumes can be, or can come to be. */
export function volumeBinding(): Plugin {
  return {
    name: "VolumeBinding",
    planFilter(pod, { facts }) {
      const uses = claimsOf(pod.pod);
      if (uses.length === 0) return undefined;
      const bound: PersistentVolumeClaim[] = [];
      const delayed: PersistentVolumeClaim[] = [];
      for (const use of uses) {
        const claim = facts.volumes.claim(pod.namespace, use.name);
        const missing = missingReason(claim, use.name, use.isEphemeral);
        if (claim === undefined || missing !== undefined) return refused(missing ?? "");
        if (isBound(claim)) bound.push(claim);
        else if (waitsForConsumer(claim, facts.volumes)) delayed.push(claim);
        else return refused("pod has unbound immediate PersistentVolumeClaims");
      }
      return { kind: "filter", filter: new VolumeFilter(bound, delayed, facts.volumes) };
    },
    mayHelp: (event, pod) =>
      event.kind === "nodeAdded" ||
      (event.kind === "nodeChanged" && event.parts.labels) ||
      (event.kind === "storageChanged" && concerns(event.what, event.namespace, event.name, pod)),
  };
}

function refused(reason: string) {
  return { kind: "refused", refusal: refusing("VolumeBinding", reason, true) } as const;
}

function missingReason(claim: PersistentVolumeClaim | undefined, name: string, isEphemeral: boolean) {
  const quoted = JSON.stringify(name);
  if (claim === undefined) {
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
      : `persistentvolumeclaim ${quoted} not found`;
  }
  if (claim.status.phase === "Lost") {
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? "")}`;
  }
  return claim.metadata.deletionTimestamp === undefined
    ? undefined
    : `persistentvolumeclaim ${quoted} is being deleted`;
}

function concerns(what: string, namespace: string, name: string, pod: PodInfo): boolean {
  if (what !== "claim") return what === "volume" || what === "class";
  return namespace === pod.namespace && claimsOf(pod.pod).some((use) => use.name === name);
}

class VolumeFilter implements NodeFilter {
  readonly #bound: readonly (PersistentVolume | undefined)[];
  readonly #wishes: readonly Wish[];
  readonly #volumes: VolumeFacts;

  constructor(
    bound: readonly PersistentVolumeClaim[],
    delayed: readonly PersistentVolumeClaim[],
    volumes: VolumeFacts,
  ) {
    this.#bound = bound.map(({ spec }) => volumes.volume(spec.volumeName ?? ""));
    this.#wishes = wishesOf(delayed, volumes);
    this.#volumes = volumes;
  }

  refusal(info: NodeInfo): Refusal | undefined {
    for (const volume of this.#bound) {
      if (volume === undefined) return LOST;
      if (!isReachable(volume, info)) return ELSEWHERE;
    }
    if (this.#wishes.length === 0) return undefined;
    const { unmatched } = matchClaims(this.#wishes, info);
    return unmatched.every((claim) => canProvision(claim, info, this.#volumes)) ? undefined : NOTHING_TO_BIND;
  }
}
