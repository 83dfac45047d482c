import type { PodAffinityTerm } from "#api/core/affinity.ts";
import type { Pod } from "#api/core/pod.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import type { NodeInfo } from "./node_info.ts";

/** Labels of namespaces, for terms that select namespaces by them. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

/** Whether `pod` is one of those a term of `owner` speaks of. */
function selects(term: PodAffinityTerm, owner: Pod, pod: Pod, labelsOf: NamespaceLabels): boolean {
  const names = term.namespaces ?? [];
  const { namespace } = pod.metadata;
  const here =
    names.length === 0 && term.namespaceSelector === undefined
      ? namespace === owner.metadata.namespace
      : names.includes(namespace) ||
        (term.namespaceSelector !== undefined &&
          labelSelectorMatcher(term.namespaceSelector).matches(labelsOf(namespace)));
  return here && labelSelectorMatcher(term.labelSelector).matches(pod.metadata.labels ?? {});
}

/** How many pods a term speaks of stand in each domain of its topology key. */
function domains(
  term: PodAffinityTerm,
  owner: Pod,
  nodes: readonly NodeInfo[],
  labelsOf: NamespaceLabels,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const info of nodes) {
    const domain = info.labels[term.topologyKey];
    if (domain === undefined) continue;
    for (const pod of info.pods.values()) {
      if (selects(term, owner, pod, labelsOf)) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
  }
  return counts;
}

/** What inter-pod affinity says of every node for one pod; computed once, asked per node. */
export class PodAffinityState {
  readonly #affinity: { term: PodAffinityTerm; counts: Map<string, number> }[];
  readonly #antiAffinity: { term: PodAffinityTerm; counts: Map<string, number> }[];
  /** Domains closed by the anti-affinity of pods already placed, as `key=value`. */
  readonly #closed = new Set<string>();
  readonly #first: boolean;

  constructor(pod: Pod, nodes: readonly NodeInfo[], labelsOf: NamespaceLabels) {
    const counted = (term: PodAffinityTerm) => ({ term, counts: domains(term, pod, nodes, labelsOf) });
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    this.#affinity = (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(counted);
    this.#antiAffinity = (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(counted);
    // The first pod of a group that wants to be together has nobody to be with.
    this.#first =
      this.#affinity.every(({ counts }) => counts.size === 0) &&
      this.#affinity.every(({ term }) => selects(term, pod, pod, labelsOf));
    for (const info of nodes) {
      for (const placed of info.pods.values()) this.#close(placed, pod, info, labelsOf);
    }
  }

  #close(placed: Pod, pod: Pod, info: NodeInfo, labelsOf: NamespaceLabels): void {
    const terms = placed.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const term of terms) {
      const domain = info.labels[term.topologyKey];
      if (domain !== undefined && selects(term, placed, pod, labelsOf))
        this.#closed.add(`${term.topologyKey}=${domain}`);
    }
  }

  /** Why the pod may not be placed on the node, or undefined. */
  refusal(info: NodeInfo): string | undefined {
    for (const closed of this.#closed) {
      const at = closed.indexOf("=");
      if (info.labels[closed.slice(0, at)] === closed.slice(at + 1)) {
        return "node(s) didn't satisfy existing pods anti-affinity rules";
      }
    }
    const count = (term: PodAffinityTerm, counts: Map<string, number>) =>
      counts.get(info.labels[term.topologyKey] ?? "") ?? 0;
    if (this.#antiAffinity.some(({ term, counts }) => count(term, counts) > 0)) {
      return "node(s) didn't match pod anti-affinity rules";
    }
    const together = this.#affinity.every(
      ({ term, counts }) => info.labels[term.topologyKey] !== undefined && (this.#first || count(term, counts) > 0),
    );
    return together ? undefined : "node(s) didn't match pod affinity rules";
  }
}
