import { DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet, type Cluster } from "knarr";
import { Job } from "#api/batch/job.ts";
import { resolvePercent } from "#api/int_or_string.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { controllerOf } from "#api/ownership.ts";
import { objectOf, storagePrefix } from "#apiserver/object_codec.ts";
import { isReady } from "./story.ts";

/** How long a decision may rest on a wish that has just changed: a manager that dies takes a second to come back. */
const LAG_MS = 3_000;

/**
 * Looks at every single write to the store and notes where a bound that must hold at all times does not: surge and
 * unavailability of rollouts, parallelism of Jobs, one pod for each node and for each identity.
 */
export class Bounds {
  readonly broken: string[] = [];
  readonly #cluster: Cluster;
  readonly #byKind = new Map<AnyKind, Map<string, KubeObject>>();
  /** What was wanted lately: by object, values with the time until which they held. */
  readonly #wanted = new Map<string, { value: number; untilMs: number }[]>();
  readonly #closes: (() => void)[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const kind of [Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Pod]) this.#follow(kind);
  }

  close(): void {
    for (const close of this.#closes) close();
  }

  #follow(kind: AnyKind): void {
    const objects = new Map<string, KubeObject>();
    this.#byKind.set(kind, objects);
    const watch = this.#cluster.store.watch(
      storagePrefix(kind, "default"),
      { after: this.#cluster.store.revision },
      {
        changes: (batch) => {
          for (const { key, entry } of batch) {
            const before = objects.get(key);
            const after = entry === undefined ? undefined : objectOf(entry);
            if (after) objects.set(key, after);
            else objects.delete(key);
            this.#look(kind, before, after);
          }
        },
        closed() {},
      },
    );
    this.#closes.push(() => watch.close());
  }

  #look(kind: AnyKind, before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (kind === Deployment && before && after) this.#note(before, replicasOf(before), replicasOf(after));
    if (kind === ReplicaSet && after) this.#lookAtScale(before as ReplicaSet | undefined, after as ReplicaSet);
    if (kind === ReplicaSet && before && after) this.#note(before, replicasOf(before), replicasOf(after));
    if (kind === Pod && before === undefined && after) this.#lookAtNewPod(after as Pod);
  }

  /** Remembers for a while what was wanted. */
  #note(object: KubeObject, was: number, is: number): void {
    if (was === is) return;
    const { uid = "" } = object.metadata;
    const untilMs = this.#cluster.clock.monotonic() + LAG_MS;
    this.#wanted.set(uid, [...(this.#wanted.get(uid) ?? []), { value: was, untilMs }]);
  }

  /** What is and lately was wanted of an object. */
  #wantedOf(object: KubeObject): readonly number[] {
    const nowMs = this.#cluster.clock.monotonic();
    const lately = (this.#wanted.get(object.metadata.uid ?? "") ?? []).filter(({ untilMs }) => untilMs >= nowMs);
    this.#wanted.set(object.metadata.uid ?? "", lately);
    return [replicasOf(object), ...lately.map(({ value }) => value)];
  }

  /** A ReplicaSet of a Deployment was made larger or smaller: by how much may it be? */
  #lookAtScale(before: ReplicaSet | undefined, after: ReplicaSet): void {
    const owner = this.#ownerOf(Deployment, after) as Deployment | undefined;
    const [was, is] = [before?.spec.replicas ?? 0, after.spec.replicas];
    if (owner === undefined || was === is || owner.spec.strategy.type === "Recreate") return;
    const sets = this.#ownedBy(ReplicaSet, owner) as ReplicaSet[];
    const wanted = this.#wantedOf(owner);
    if (is > was) {
      const sum = sets.reduce((total, { spec }) => total + spec.replicas, 0);
      const most = Math.max(...wanted.map((replicas) => replicas + bound(owner, "maxSurge", replicas)));
      if (sum > most) this.#say(`${after.metadata.name} grew to ${is}: ${sum} pods asked for, at most ${most} allowed`);
      return;
    }
    const ready = (set: ReplicaSet) => this.#ownedBy(Pod, set).filter((pod) => isServing(pod as Pod)).length;
    const available = sets.reduce((total, set) => total + Math.min(ready(set), set.spec.replicas), 0);
    const least = Math.min(...wanted.map((replicas) => replicas - bound(owner, "maxUnavailable", replicas)));
    // A Deployment that was just made smaller takes from all its ReplicaSets by their sizes, whoever of them serves.
    const loses = ready(after) > is && wanted.length === 1;
    if (loses && available < least)
      this.#say(`${after.metadata.name} shrank to ${is}: ${available} pods serve, at least ${least} must`);
  }

  #lookAtNewPod(pod: Pod): void {
    const { name } = pod.metadata;
    const set = this.#ownerOf(ReplicaSet, pod);
    const siblings = (owner: KubeObject) => (this.#ownedBy(Pod, owner) as Pod[]).filter(isStaying).length;
    if (set && siblings(set) > Math.max(...this.#wantedOf(set)))
      this.#say(`${name} is one pod too many of ${set.metadata.name}: ${siblings(set)}`);
    const job = this.#ownerOf(Job, pod) as Job | undefined;
    if (job && siblings(job) > (job.spec.parallelism ?? 1)) this.#say(`${name} is beyond its Job's parallelism`);
    const daemon = this.#ownerOf(DaemonSet, pod);
    if (daemon) {
      const node = (each: Pod) => JSON.stringify(each.spec.affinity);
      const same = (this.#ownedBy(Pod, daemon) as Pod[]).filter((each) => isStaying(each) && node(each) === node(pod));
      if (same.length > 1) this.#say(`${name} is the second daemon of its node`);
    }
    if (this.#ownerOf(StatefulSet, pod)) this.#lookAtIdentity(pod);
  }

  /** Nothing of the identity may run anywhere, also where nobody hears of it. */
  #lookAtIdentity({ metadata }: Pod): void {
    for (const node of this.#cluster.simulatedNodes) {
      if (node.runningPods.some((pod) => pod.metadata.name === metadata.name))
        this.#say(`${metadata.name} is made while one runs on ${node.name}`);
    }
  }

  #ownerOf(kind: AnyKind, object: KubeObject): KubeObject | undefined {
    const ref = controllerOf(object as Parameters<typeof controllerOf>[0]);
    if (ref?.kind !== kind.kind) return undefined;
    for (const owner of this.#byKind.get(kind)?.values() ?? []) if (owner.metadata.uid === ref.uid) return owner;
    return undefined;
  }

  #ownedBy(kind: AnyKind, owner: KubeObject): KubeObject[] {
    const uid = owner.metadata.uid;
    return [...(this.#byKind.get(kind)?.values() ?? [])].filter(
      (object) => controllerOf(object as Parameters<typeof controllerOf>[0])?.uid === uid,
    );
  }

  #say(what: string): void {
    this.broken.push(`at ${this.#cluster.clock.monotonic() / 1_000} s: ${what}`);
  }
}

function replicasOf(object: KubeObject): number {
  return (object as { readonly spec?: { readonly replicas?: number } }).spec?.replicas ?? 0;
}

function isStaying({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status.phase !== "Succeeded" && status.phase !== "Failed";
}

function isServing(pod: Pod): boolean {
  return isStaying(pod) && isReady(pod);
}

/** `maxSurge` rounded up or `maxUnavailable` rounded down. */
function bound({ spec }: Deployment, which: "maxSurge" | "maxUnavailable", replicas: number): number {
  return resolvePercent(spec.strategy.rollingUpdate?.[which] ?? "25%", replicas, which === "maxSurge");
}
