import type { Node } from "#api/core/node.ts";
import { sameLabels } from "./labels.ts";
import { NodeInfo } from "./node_info.ts";
import { PlacedTerms } from "./placed_terms.ts";
import { PodCounters, type PodCount, type PodSort } from "./pod_counts.ts";
import type { PodInfo } from "./pod_info.ts";
import { interleavedByZone } from "./zones.ts";

interface Placement {
  readonly pod: PodInfo;
  readonly nodeName: string;
}

/** Domains of a label among the nodes: how many nodes have each value, and how many have any. */
interface Topology {
  readonly domains: Map<string, number>;
  nodes: number;
}

/**
 * All nodes and what stands on them: the only account the scheduler keeps. It changes pod by pod and node by node;
 * nothing is copied for a decision.
 */
export class ClusterIndex {
  readonly nodes = new Map<string, NodeInfo>();
  /** Anti-affinity that placed pods insist on. */
  readonly required = new PlacedTerms();
  /** Affinity that placed pods insist on, each holder weighing 1. */
  readonly attracting = new PlacedTerms();
  /** Affinity and, below zero, anti-affinity that placed pods prefer. */
  readonly preferred = new PlacedTerms();
  /** Image name → nodes that hold it. */
  readonly imageNodes = new Map<string, number>();
  /** How many nodes are cordoned, or have taints of either strength: mostly none, and then nobody need ask. */
  readonly restricted = { cordoned: 0, hardTainted: 0, softTainted: 0 };
  readonly #placements = new Map<string, Placement>();
  /** Pods by the name of a node that is not there (yet, or any more). */
  readonly #homeless = new Map<string, Map<string, PodInfo>>();
  readonly #counters = new PodCounters();
  readonly #topologies = new Map<string, Topology>();
  #order: readonly NodeInfo[] | undefined;

  /** The nodes in the order in which they are tried: zone by zone in turn. The same array until nodes change. */
  get order(): readonly NodeInfo[] {
    this.#order ??= interleavedByZone(this.nodes.values());
    return this.#order;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const known = this.nodes.get(name);
    if (known === undefined) {
      this.#addNode(new NodeInfo(node));
      return;
    }
    const { labels } = known;
    this.#countFacts(known, -1);
    known.setNode(node);
    this.#countFacts(known, 1);
    if (!sameLabels(labels, known.labels)) this.#relabelled(known, labels);
  }

  removeNode(name: string): void {
    const info = this.nodes.get(name);
    if (info === undefined) return;
    for (const pod of info.pods.values()) {
      this.#changed(info, pod, -1);
      this.#shelter(pod, name);
    }
    this.#countFacts(info, -1);
    this.nodes.delete(name);
    this.#topologies.clear();
    this.#order = undefined;
  }

  /** Puts a pod on a node; another version of it, wherever it stands, goes. */
  place(pod: PodInfo, nodeName: string): void {
    this.remove(pod.uid);
    this.#placements.set(pod.uid, { pod, nodeName });
    const info = this.nodes.get(nodeName);
    if (info) this.#changed(info, pod, 1);
    else this.#shelter(pod, nodeName);
  }

  /** Takes a pod away; gives where it stood. */
  remove(uid: string): Placement | undefined {
    const placement = this.#placements.get(uid);
    if (placement === undefined) return undefined;
    this.#placements.delete(uid);
    const info = this.nodes.get(placement.nodeName);
    if (info) this.#changed(info, placement.pod, -1);
    else this.#homeless.get(placement.nodeName)?.delete(uid);
    return placement;
  }

  placementOf(uid: string): Placement | undefined {
    return this.#placements.get(uid);
  }

  /** Where pods of a sort stand; stays true as pods come and go until the next call. */
  count(sort: PodSort): PodCount {
    return this.#counters.count(sort, this.nodes.values());
  }

  /** How many nodes stand in each domain of a label. */
  domains(topologyKey: string): ReadonlyMap<string, number> {
    return this.#topology(topologyKey).domains;
  }

  /** Whether every node has this label. */
  isEverywhere(topologyKey: string): boolean {
    return this.#topology(topologyKey).nodes === this.nodes.size;
  }

  #topology(topologyKey: string): Topology {
    const known = this.#topologies.get(topologyKey);
    if (known !== undefined) return known;
    const topology: Topology = { domains: new Map(), nodes: 0 };
    for (const { labels } of this.nodes.values()) {
      const domain = labels[topologyKey];
      if (domain === undefined) continue;
      topology.nodes++;
      topology.domains.set(domain, (topology.domains.get(domain) ?? 0) + 1);
    }
    this.#topologies.set(topologyKey, topology);
    return topology;
  }

  #addNode(info: NodeInfo): void {
    this.nodes.set(info.name, info);
    this.#countFacts(info, 1);
    this.#topologies.clear();
    this.#order = undefined;
    const waiting = this.#homeless.get(info.name);
    this.#homeless.delete(info.name);
    for (const pod of waiting?.values() ?? []) this.#changed(info, pod, 1);
  }

  #relabelled(info: NodeInfo, before: NodeInfo["labels"]): void {
    this.#counters.relabelled(info, before);
    for (const terms of [this.required, this.attracting, this.preferred]) terms.relabelled(info, before);
    this.#topologies.clear();
    this.#order = undefined;
  }

  #shelter(pod: PodInfo, nodeName: string): void {
    const known = this.#homeless.get(nodeName);
    if (known) known.set(pod.uid, pod);
    else this.#homeless.set(nodeName, new Map([[pod.uid, pod]]));
  }

  #changed(info: NodeInfo, pod: PodInfo, by: 1 | -1): void {
    if (by === 1) info.add(pod);
    else info.remove(pod);
    this.#counters.changed(info, pod, by);
    const { terms } = pod;
    for (const term of terms.requiredAntiAffinity) this.required.changed(info, term, 1, by);
    for (const term of terms.requiredAffinity) this.attracting.changed(info, term, 1, by);
    for (const { term, weight } of terms.preferredAffinity) this.preferred.changed(info, term, weight, by);
    for (const { term, weight } of terms.preferredAntiAffinity) this.preferred.changed(info, term, -weight, by);
  }

  #countFacts({ node, hardTaints, softTaints, images }: NodeInfo, by: 1 | -1): void {
    if (node.spec.unschedulable) this.restricted.cordoned += by;
    if (hardTaints.length > 0) this.restricted.hardTainted += by;
    if (softTaints.length > 0) this.restricted.softTainted += by;
    for (const name of images.keys()) {
      const nodes = (this.imageNodes.get(name) ?? 0) + by;
      if (nodes === 0) this.imageNodes.delete(name);
      else this.imageNodes.set(name, nodes);
    }
  }
}
