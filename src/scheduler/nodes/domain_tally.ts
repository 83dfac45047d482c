import type { NodeInfo } from "./node_info.ts";

/**
 * Counts by domain of one topology key as they would be after changes on trial. The counts below are shared and live;
 * what is tried is kept beside them, so nothing is copied for a pod.
 */
export class DomainTally {
  readonly topologyKey: string;
  readonly #base: ReadonlyMap<string, number>;
  readonly #tried = new Map<string, number>();

  constructor(topologyKey: string, base: ReadonlyMap<string, number>) {
    this.topologyKey = topologyKey;
    this.#base = base;
  }

  /** Whether no domain has any. */
  get isEmpty(): boolean {
    if (this.#tried.size === 0) return this.#base.size === 0;
    return [...this.#base.keys(), ...this.#tried.keys()].every((domain) => this.of(domain) === 0);
  }

  of(domain: string): number {
    const count = this.#base.get(domain) ?? 0;
    return this.#tried.size === 0 ? count : count + (this.#tried.get(domain) ?? 0);
  }

  /** The count of the node's domain; undefined when it is in none. */
  at(info: NodeInfo): number | undefined {
    const domain = info.labels[this.topologyKey];
    return domain === undefined ? undefined : this.of(domain);
  }

  change(info: NodeInfo, by: number): void {
    const domain = info.labels[this.topologyKey];
    if (domain === undefined) return;
    const tried = (this.#tried.get(domain) ?? 0) + by;
    if (tried === 0) this.#tried.delete(domain);
    else this.#tried.set(domain, tried);
  }

  /** The least count among these domains; Infinity when there are none. */
  leastOf(domains: ReadonlyMap<string, unknown>): number {
    // Counts of zero are not kept: fewer counts than domains means that one of them has none.
    if (this.#tried.size === 0 && this.#base.size < domains.size) return 0;
    let least = Infinity;
    for (const domain of domains.keys()) {
      least = Math.min(least, this.of(domain));
      if (least === 0) break;
    }
    return least;
  }
}
