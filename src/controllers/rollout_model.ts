import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import { availableOf, wantedOf } from "./deployment_bounds.ts";
import { newReplicaSet, nextRevision, sizeAnnotations, type Generations } from "./deployment_revision.ts";
import type { Scale } from "./deployment_rollout.ts";

/** How fast pods come and go. */
export interface Pace {
  /** From a pod's creation until it is ready, milliseconds. */
  readonly readyMs: number;
  /** From a pod's deletion until it is gone, milliseconds. */
  readonly goneMs: number;
}

/** Pods of a ReplicaSet that will be available, or that will be gone. */
interface Expected {
  readonly atMs: number;
  readonly set: string;
  readonly becomes: "available" | "gone";
  count: number;
}

/**
 * A deployment's ReplicaSets and pods as numbers, in imagined time: pods exist as soon as they are wanted, come and go at
 * one pace, and fail never. Old pods that are not available now will not be.
 */
export class RolloutModel {
  nowMs = 0;
  peakPods: number;
  peakWithTerminating: number;
  minServing: number;
  readonly #deployment: Deployment;
  readonly #pace: Pace;
  #generations: Generations;
  /** In order of time: all of one kind take equally long. */
  #expected: Expected[] = [];

  constructor(deployment: Deployment, { current, old }: Generations, pace: Pace) {
    this.#deployment = deployment;
    this.#pace = pace;
    this.#generations = { current: current && settled(current), old: old.map(settled) };
    const missing = current ? current.spec.replicas - (this.#generations.current?.status.availableReplicas ?? 0) : 0;
    if (current && missing > 0) this.#expect(current, "available", missing);
    this.peakPods = this.pods;
    this.peakWithTerminating = this.pods;
    this.minServing = this.available;
  }

  get generations(): Generations {
    return this.#generations;
  }

  /** Pods that are not on their way out. */
  get pods(): number {
    return wantedOf(this.#all());
  }

  get available(): number {
    return availableOf(this.#all());
  }

  get hasOldPods(): boolean {
    const current = this.#generations.current?.metadata.name;
    return this.#expected.some(({ becomes, set }) => becomes === "gone" && set !== current);
  }

  /** Makes the ReplicaSet of the present template, without pods: they come by `scale`. */
  create(): void {
    const { old } = this.#generations;
    const draft = newReplicaSet(this.#deployment, nextRevision(old), 0);
    const metadata = { ...draft.metadata, uid: "planned", creationTimestamp: "9999-12-31T23:59:59Z" };
    const current = { ...draft, metadata, status: { replicas: 0, availableReplicas: 0 } } as unknown as ReplicaSet;
    this.#generations = { current, old };
  }

  scale(scales: readonly Scale[]): void {
    for (const { replicaSet, to } of scales) this.#resize(replicaSet, to);
    const marks = sizeAnnotations(this.#deployment);
    this.#map((rs) => ({ ...rs, metadata: { ...rs.metadata, annotations: { ...rs.metadata.annotations, ...marks } } }));
    this.#measure();
  }

  /** Goes to the next moment at which something changes by itself; false when nothing will. */
  advance(): boolean {
    const [next] = this.#expected;
    if (next === undefined) return false;
    this.nowMs = next.atMs;
    const due = this.#expected.filter(({ atMs }) => atMs === next.atMs);
    this.#expected = this.#expected.filter(({ atMs }) => atMs !== next.atMs);
    for (const { set, becomes, count } of due) {
      if (becomes === "available") this.#map((rs) => (rs.metadata.name === set ? withAvailable(rs, count) : rs));
    }
    this.#measure();
    return true;
  }

  #resize(before: ReplicaSet, to: number): void {
    const from = before.spec.replicas;
    if (to > from) this.#expect(before, "available", to - from);
    else this.#expect(before, "gone", from - to);
    const available = before.status.availableReplicas ?? 0;
    // Pods that serve nobody go first.
    const lost = Math.max(0, from - to - (from - available));
    if (to < from) this.#forget(before.metadata.name, from - to - lost);
    const status = { ...before.status, replicas: to, availableReplicas: available - lost };
    const after = { ...before, spec: { ...before.spec, replicas: to }, status };
    this.#map((rs) => (rs.metadata.name === before.metadata.name ? after : rs));
  }

  #expect({ metadata: { name } }: ReplicaSet, becomes: Expected["becomes"], count: number): void {
    const { readyMs, goneMs } = this.#pace;
    const availableMs = readyMs + (this.#deployment.spec.minReadySeconds ?? 0) * 1000;
    const atMs = this.nowMs + (becomes === "gone" ? goneMs : availableMs);
    this.#expected.push({ atMs, set: name, becomes, count });
    this.#expected.sort((a, b) => a.atMs - b.atMs);
  }

  /** So many pods of a ReplicaSet will not become available: the newest. */
  #forget(set: string, count: number): void {
    let left = count;
    for (const expected of this.#expected.toReversed()) {
      if (expected.set !== set || expected.becomes !== "available") continue;
      const taken = Math.min(left, expected.count);
      expected.count -= taken;
      left -= taken;
    }
    this.#expected = this.#expected.filter((expected) => expected.count > 0);
  }

  #measure(): void {
    const leaving = this.#expected.filter(({ becomes }) => becomes === "gone");
    const terminating = leaving.reduce((sum, { count }) => sum + count, 0);
    this.peakPods = Math.max(this.peakPods, this.pods);
    this.peakWithTerminating = Math.max(this.peakWithTerminating, this.pods + terminating);
    this.minServing = Math.min(this.minServing, this.available);
  }

  #map(change: (rs: ReplicaSet) => ReplicaSet): void {
    const { current, old } = this.#generations;
    this.#generations = { current: current && change(current), old: old.map(change) };
  }

  #all(): readonly ReplicaSet[] {
    const { current, old } = this.#generations;
    return current ? [...old, current] : old;
  }
}

/** A ReplicaSet that has all pods it wants, of which no more are available than there are. */
function settled(rs: ReplicaSet): ReplicaSet {
  const { replicas } = rs.spec;
  return {
    ...rs,
    status: { ...rs.status, replicas, availableReplicas: Math.min(replicas, rs.status.availableReplicas ?? 0) },
  };
}

function withAvailable(rs: ReplicaSet, more: number): ReplicaSet {
  const availableReplicas = (rs.status.availableReplicas ?? 0) + more;
  return { ...rs, status: { ...rs.status, availableReplicas } };
}
