import {
  SCORE_MAX,
  refusing,
  type Facts,
  type NodeFilter,
  type NodeScore,
  type Plugin,
  type Refusal,
  type View,
} from "../framework.ts";
import { NOTHING } from "#api/selectors/labels.ts";
import { speaksOf, type AffinityTerm, type NamespaceLabels } from "../nodes/affinity_term.ts";
import { DomainTally } from "../nodes/domain_tally.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodCount, PodSort } from "../nodes/pod_counts.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { ClusterEvent } from "../queue/cluster_event.ts";

const APART = refusing("InterPodAffinity", "node(s) didn't match pod affinity rules", true);
const TOO_NEAR = refusing("InterPodAffinity", "node(s) didn't match pod anti-affinity rules", false);
const UNWELCOME = refusing("InterPodAffinity", "node(s) didn't satisfy existing pods anti-affinity rules", false);

/** Weight of the affinity that placed pods insist on (InterPodAffinityArgs.hardPodAffinityWeight). */
const HARD_WEIGHT = 1;

/** Pods near others or away from them, as both sides wish. */
export function interPodAffinity(hardWeight: number = HARD_WEIGHT): Plugin {
  return {
    name: "InterPodAffinity",
    planFilter(pod, view) {
      const { requiredAffinity, requiredAntiAffinity } = pod.terms;
      const filter = new AffinityFilter(pod, view);
      if (requiredAffinity.length === 0 && requiredAntiAffinity.length === 0 && filter.isWelcomeEverywhere) {
        return undefined;
      }
      return { kind: "filter", filter };
    },
    planScore: (pod, view) => affinityScore(pod, view, hardWeight),
    mayHelp: (event, pod, { facts }) => mayHelp(event, pod, facts.namespaceLabels),
  };
}

/** Pods that every one of these terms speaks of. */
function sortOf(terms: readonly AffinityTerm[], facts: Facts): PodSort {
  const resolved = terms.map((term) => ({ selector: term.selector, namespaces: new Set(namespacesOf(term, facts)) }));
  const namespaces = Array.from(resolved[0]?.namespaces ?? []).toSorted();
  return {
    key: JSON.stringify(["near", terms.map(({ key }) => key), namespaces]),
    namespaces,
    selector: terms[0]?.selector ?? NOTHING,
    matches: (pod) => resolved.every((each) => each.namespaces.has(pod.namespace) && each.selector.matches(pod.labels)),
  };
}

function namespacesOf({ namespaces, namespaceSelector }: AffinityTerm, facts: Facts): readonly string[] {
  return namespaceSelector === undefined ? namespaces : [...namespaces, ...facts.namespacesMatching(namespaceSelector)];
}

interface Wish {
  readonly tally: DomainTally;
  readonly sort: PodSort;
}

/** What required affinity and anti-affinity, the pod's own and that of placed pods, say of each node. */
class AffinityFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #labelsOf: NamespaceLabels;
  readonly #near: readonly Wish[];
  readonly #away: readonly Wish[];
  /** By topology key: how many placed pods want this one out of each domain. */
  readonly #unwelcome = new Map<string, DomainTally[]>();
  /** The pod is itself one of those it wants to be with: the first of a group has nobody to be with. */
  readonly #isOwnCompany: boolean;

  constructor(pod: PodInfo, { index, facts }: View) {
    const { requiredAffinity, requiredAntiAffinity } = pod.terms;
    this.#pod = pod;
    this.#labelsOf = facts.namespaceLabels;
    const wish = (sort: PodSort, { topologyKey }: AffinityTerm): Wish => ({
      sort,
      tally: new DomainTally(topologyKey, index.count(sort).domains(topologyKey)),
    });
    const together = sortOf(requiredAffinity, facts);
    this.#near = requiredAffinity.map((term) => wish(together, term));
    this.#away = requiredAntiAffinity.map((term) => wish(sortOf([term], facts), term));
    this.#isOwnCompany = requiredAffinity.length > 0 && together.matches(pod);
    for (const { term, count } of index.required.about(pod)) {
      if (this.#isMeantBy(term)) this.#close(new DomainTally(term.topologyKey, count.domains(term.topologyKey)));
    }
  }

  get isWelcomeEverywhere(): boolean {
    return this.#unwelcome.size === 0;
  }

  refusal(info: NodeInfo): Refusal | undefined {
    if (!this.#isNear(info)) return APART;
    for (const { tally } of this.#away) if ((tally.at(info) ?? 0) > 0) return TOO_NEAR;
    for (const tallies of this.#unwelcome.values()) {
      let holders = 0;
      for (const tally of tallies) holders += tally.at(info) ?? 0;
      if (holders > 0) return UNWELCOME;
    }
    return undefined;
  }

  changed(info: NodeInfo, pod: PodInfo, by: 1 | -1): void {
    for (const { sort, tally } of this.#near) if (sort.matches(pod)) tally.change(info, by);
    for (const { sort, tally } of this.#away) if (sort.matches(pod)) tally.change(info, by);
    for (const term of pod.terms.requiredAntiAffinity) {
      if (!this.#isMeantBy(term)) continue;
      const known = this.#unwelcome.get(term.topologyKey)?.[0];
      (known ?? this.#close(new DomainTally(term.topologyKey, new Map()))).change(info, by);
    }
  }

  #isMeantBy(term: AffinityTerm): boolean {
    return speaksOf(term, this.#pod.namespace, this.#pod.labels, this.#labelsOf);
  }

  #close(tally: DomainTally): DomainTally {
    const known = this.#unwelcome.get(tally.topologyKey);
    if (known) known.push(tally);
    else this.#unwelcome.set(tally.topologyKey, [tally]);
    return tally;
  }

  #isNear(info: NodeInfo): boolean {
    let isWithAll = true;
    for (const { tally } of this.#near) {
      const count = tally.at(info);
      if (count === undefined) return false;
      isWithAll &&= count > 0;
    }
    return isWithAll || (this.#isOwnCompany && this.#near.every(({ tally }) => tally.isEmpty));
  }
}

interface Pull {
  readonly topologyKey: string;
  readonly domains: ReadonlyMap<string, number>;
  readonly factor: number;
}

function affinityScore(pod: PodInfo, { index, facts }: View, hardWeight: number): NodeScore | undefined {
  const pulls: Pull[] = [];
  const pull = ({ topologyKey }: AffinityTerm, count: PodCount, factor: number) => {
    const domains = count.domains(topologyKey);
    if (domains.size > 0 && factor !== 0) pulls.push({ topologyKey, domains, factor });
  };
  const { preferredAffinity, preferredAntiAffinity } = pod.terms;
  for (const { term, weight } of preferredAffinity) pull(term, index.count(sortOf([term], facts)), weight);
  for (const { term, weight } of preferredAntiAffinity) pull(term, index.count(sortOf([term], facts)), -weight);
  const isMeantBy = (term: AffinityTerm) => speaksOf(term, pod.namespace, pod.labels, facts.namespaceLabels);
  for (const { term, count } of index.attracting.about(pod)) {
    if (isMeantBy(term)) pull(term, count, hardWeight);
  }
  for (const { term, count } of index.preferred.about(pod)) if (isMeantBy(term)) pull(term, count, 1);
  if (pulls.length === 0) return undefined;
  return {
    rate({ labels }) {
      let sum = 0;
      for (const { topologyKey, domains, factor } of pulls) {
        const domain = labels[topologyKey];
        if (domain !== undefined) sum += factor * (domains.get(domain) ?? 0);
      }
      return sum;
    },
    normalise,
  };
}

/** The least rates 0, the most 100. */
function normalise(rates: number[]): void {
  let [least, most] = [Infinity, -Infinity];
  for (const rate of rates) {
    least = Math.min(least, rate);
    most = Math.max(most, rate);
  }
  for (let at = 0; at < rates.length; at++) {
    rates[at] = most === least ? 0 : Math.floor((SCORE_MAX * ((rates[at] ?? 0) - least)) / (most - least));
  }
}

function mayHelp(event: ClusterEvent, pod: PodInfo, labelsOf: NamespaceLabels): boolean {
  const { requiredAffinity, requiredAntiAffinity } = pod.terms;
  const among = (other: PodInfo, terms: readonly AffinityTerm[]) =>
    terms.some((term) => speaksOf(term, other.namespace, other.labels, labelsOf));
  switch (event.kind) {
    case "podPlaced":
      return among(event.pod, requiredAffinity);
    case "podGone":
      return (
        among(event.pod, [...requiredAffinity, ...requiredAntiAffinity]) ||
        among(pod, event.pod.terms.requiredAntiAffinity)
      );
    case "podChanged":
      return (
        among(event.pod, requiredAffinity) !== among(event.previous, requiredAffinity) ||
        among(event.pod, requiredAntiAffinity) !== among(event.previous, requiredAntiAffinity)
      );
    case "nodeAdded":
      return true;
    case "nodeChanged":
      return event.parts.labels;
    case "namespaceChanged":
      return [...requiredAffinity, ...requiredAntiAffinity].some((term) => term.namespaceSelector !== undefined);
    default:
      return false;
  }
}
