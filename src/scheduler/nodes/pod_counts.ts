import type { LabelMatcher } from "#api/selectors/labels.ts";
import { LabelShelf } from "./label_shelf.ts";
import type { NodeInfo } from "./node_info.ts";
import type { PodInfo } from "./pod_info.ts";

/** How many of certain pods, or how much weight of theirs, stands where: by node, and by domain once asked for. */
export class PodCount {
  readonly byNode = new Map<NodeInfo, number>();
  readonly #domains = new Map<string, Map<string, number>>();

  add(info: NodeInfo, by: number): void {
    addTo(this.byNode, info, by);
    for (const [topologyKey, domains] of this.#domains) {
      const domain = info.labels[topologyKey];
      if (domain !== undefined) addTo(domains, domain, by);
    }
  }

  /** Counts by the value nodes have for this label; domains without any are left out. */
  domains(topologyKey: string): ReadonlyMap<string, number> {
    const known = this.#domains.get(topologyKey);
    if (known !== undefined) return known;
    const domains = new Map<string, number>();
    for (const [info, count] of this.byNode) {
      const domain = info.labels[topologyKey];
      if (domain !== undefined) addTo(domains, domain, count);
    }
    this.#domains.set(topologyKey, domains);
    return domains;
  }

  /** Takes the node's labels to be others from now on than at the last call. */
  relabelled(info: NodeInfo, before: NodeInfo["labels"]): void {
    const count = this.byNode.get(info);
    if (count === undefined) return;
    for (const [topologyKey, domains] of this.#domains) {
      const [from, to] = [before[topologyKey], info.labels[topologyKey]];
      if (from === to) continue;
      if (from !== undefined) addTo(domains, from, -count);
      if (to !== undefined) addTo(domains, to, count);
    }
  }
}

function addTo<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Which pods are counted. The same key means the same pods, whoever asks. */
export interface PodSort {
  readonly key: string;
  /** Pods of other namespaces are not of the sort. */
  readonly namespaces: readonly string[];
  /** What labels it asks for at least. */
  readonly selector: LabelMatcher;
  matches(pod: PodInfo): boolean;
}

/** Sorts counted at once; the one asked for longest ago is forgotten, and counted anew when asked for again. */
const SORTS_MAX = 512;

interface CountedSort {
  readonly sort: PodSort;
  readonly count: PodCount;
}

/** Counts of pods by sort: taken over all pods when first asked for, then kept up to date pod by pod. */
export class PodCounters {
  readonly #sorts = new Map<string, CountedSort>();
  readonly #byNamespace = new Map<string, LabelShelf<CountedSort>>();

  /** @param nodes All nodes, for a sort that is not counted yet. */
  count(sort: PodSort, nodes: Iterable<NodeInfo>): PodCount {
    const known = this.#sorts.get(sort.key);
    if (known !== undefined) {
      this.#sorts.delete(sort.key);
      this.#sorts.set(sort.key, known);
      return known.count;
    }
    const counted: CountedSort = { sort, count: new PodCount() };
    const namespaces = new Set(sort.namespaces);
    for (const info of nodes) {
      let here = 0;
      for (const pod of info.pods.values()) if (namespaces.has(pod.namespace) && sort.matches(pod)) here++;
      if (here > 0) counted.count.add(info, here);
    }
    this.#sorts.set(sort.key, counted);
    for (const namespace of namespaces) {
      const here = this.#byNamespace.get(namespace) ?? new LabelShelf<CountedSort>();
      here.set(sort.key, sort.selector, counted);
      this.#byNamespace.set(namespace, here);
    }
    this.#forget();
    return counted.count;
  }

  changed(info: NodeInfo, pod: PodInfo, by: 1 | -1): void {
    for (const { sort, count } of this.#byNamespace.get(pod.namespace)?.meeting(pod.labels) ?? []) {
      if (sort.matches(pod)) count.add(info, by);
    }
  }

  relabelled(info: NodeInfo, before: NodeInfo["labels"]): void {
    for (const { count } of this.#sorts.values()) count.relabelled(info, before);
  }

  #forget(): void {
    if (this.#sorts.size <= SORTS_MAX) return;
    const [oldest] = this.#sorts.values();
    if (oldest === undefined) return;
    const { key, namespaces, selector } = oldest.sort;
    this.#sorts.delete(key);
    for (const namespace of namespaces) this.#byNamespace.get(namespace)?.delete(key, selector);
  }
}
