import type { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";

/**
 * How the nodes of one zone fare together: `partial` when many are lost while others answer, `full` when none answers.
 * The more are lost at a time, the likelier is a fault of the network rather than of each of them.
 */
export type ZoneState = "normal" | "partial" | "full";

/** Nodes of a zone, and how many of them are ready. */
interface Tally {
  nodes: number;
  ready: number;
}

/** kube-controller-manager --unhealthy-zone-threshold. */
const UNHEALTHY_SHARE = 0.55;
/** kube-controller-manager --node-eviction-rate: one node in ten seconds. */
const EVICTION_MS = 10_000;
/** kube-controller-manager --secondary-node-eviction-rate: one node in a hundred seconds. */
const SLOW_EVICTION_MS = 100_000;
/** kube-controller-manager --large-cluster-size-threshold: smaller zones stand still while partly lost. */
const LARGE_ZONE_NODES = 50;
/** For how long a count of all nodes serves; those looked at meanwhile are kept up to date in it. */
const COUNT_MS = 1_000;

/** Where a node stands, as far as its labels say. */
export function zoneOf({ metadata: { labels = {} } }: Node): string {
  return `${labels["topology.kubernetes.io/region"] ?? ""}/${labels["topology.kubernetes.io/zone"] ?? ""}`;
}

/** node_lifecycle_controller.go, ComputeZoneState. */
export function zoneState({ nodes, ready }: Readonly<Tally>): ZoneState {
  const lost = nodes - ready;
  if (ready === 0 && lost > 0) return "full";
  return lost > 2 && lost / nodes >= UNHEALTHY_SHARE ? "partial" : "normal";
}

/** Milliseconds from one node of a zone whose pods may be driven out to the next; Infinity for none. */
export function evictionIntervalMs(state: ZoneState, nodes: number): number {
  if (state !== "partial") return EVICTION_MS;
  return nodes > LARGE_ZONE_NODES ? SLOW_EVICTION_MS : Infinity;
}

/**
 * The brake on driving pods out of lost nodes: one node after the other in each zone, none in a small zone most of which
 * is lost, and none at all when no zone has a ready node left, as then the fault is more likely here.
 */
export class EvictionBrake {
  readonly #known = new Map<string, { readonly zone: string; readonly isReady: boolean }>();
  readonly #zones = new Map<string, Tally>();
  readonly #lastMs = new Map<string, number>();
  readonly #pace: number;
  #countedMs = -Infinity;

  /** @param pace What Kubernetes' times are multiplied by: below 1 where lost nodes are to be given up sooner. */
  constructor(pace = 1) {
    this.#pace = pace;
  }

  /** Counts all nodes anew if the last count is old. */
  count(nodes: () => readonly Node[], nowMs: number): void {
    if (nowMs - this.#countedMs < COUNT_MS) return;
    this.#countedMs = nowMs;
    this.#known.clear();
    this.#zones.clear();
    for (const node of nodes()) this.note(node);
  }

  /** Takes note of how a node stands now. */
  note(node: Node): void {
    const { name } = node.metadata;
    const now = { zone: zoneOf(node), isReady: readyStatus(node) === "True" };
    this.forget(name);
    this.#known.set(name, now);
    const tally = this.#zones.get(now.zone) ?? { nodes: 0, ready: 0 };
    this.#zones.set(now.zone, { nodes: tally.nodes + 1, ready: tally.ready + Number(now.isReady) });
  }

  forget(name: string): void {
    const known = this.#known.get(name);
    const tally = known && this.#zones.get(known.zone);
    if (!known || !tally) return;
    this.#known.delete(name);
    this.#zones.set(known.zone, { nodes: tally.nodes - 1, ready: tally.ready - Number(known.isReady) });
  }

  /** Whether nothing answers anywhere: then nobody is driven out, and who is being driven out may stay. */
  get isTotal(): boolean {
    return [...this.#zones.values()].every((tally) => tally.nodes === 0 || zoneState(tally) === "full");
  }

  /** Whether the pods of one more node of the zone may be driven out now, which then counts as begun. */
  release(zone: string, nowMs: number): boolean {
    const tally = this.#zones.get(zone);
    if (!tally || this.isTotal) return false;
    const intervalMs = evictionIntervalMs(zoneState(tally), tally.nodes) * this.#pace;
    const sinceMs = nowMs - (this.#lastMs.get(zone) ?? -Infinity);
    if (intervalMs === Infinity || sinceMs < intervalMs) return false;
    this.#lastMs.set(zone, nowMs);
    return true;
  }
}
