import type { AffinityTerm } from "./affinity_term.ts";
import { LabelShelf } from "./label_shelf.ts";
import type { NodeInfo } from "./node_info.ts";
import { PodCount } from "./pod_counts.ts";
import type { PodInfo } from "./pod_info.ts";

/** A term that pods on nodes have, with where they stand and how much they weigh there. */
export interface PlacedTerm {
  readonly term: AffinityTerm;
  readonly count: PodCount;
  holders: number;
}

/**
 * The affinity terms of all placed pods, each distinct one once: as many as there are sorts of pods, not as there are
 * pods. A new pod is held against each of them instead of against every placed pod.
 */
export class PlacedTerms {
  readonly #byNamespace = new Map<string, LabelShelf<PlacedTerm>>();
  /** Terms that choose namespaces by label, or name several. */
  readonly #anywhere = new LabelShelf<PlacedTerm>();

  changed(info: NodeInfo, term: AffinityTerm, weight: number, by: 1 | -1): void {
    const { key, selector } = term;
    const terms = this.#shelf(term);
    let placed = terms.get(key, selector);
    if (placed === undefined) terms.set(key, selector, (placed = { term, count: new PodCount(), holders: 0 }));
    placed.count.add(info, by * weight);
    placed.holders += by;
    if (placed.holders === 0) terms.delete(key, selector);
  }

  /** Every term that may speak of pods in `namespace` with these labels. */
  *about({ namespace, labels }: PodInfo): Iterable<PlacedTerm> {
    const here = this.#byNamespace.get(namespace);
    if (here !== undefined) yield* here.meeting(labels);
    yield* this.#anywhere.meeting(labels);
  }

  relabelled(info: NodeInfo, before: NodeInfo["labels"]): void {
    for (const shelf of [this.#anywhere, ...this.#byNamespace.values()]) {
      for (const { count } of shelf.all()) count.relabelled(info, before);
    }
  }

  #shelf({ namespaces, namespaceSelector }: AffinityTerm): LabelShelf<PlacedTerm> {
    const [only] = namespaces;
    if (only === undefined || namespaces.length > 1 || namespaceSelector !== undefined) return this.#anywhere;
    const known = this.#byNamespace.get(only);
    if (known !== undefined) return known;
    const terms = new LabelShelf<PlacedTerm>();
    this.#byNamespace.set(only, terms);
    return terms;
  }
}
