import type { PodAffinityTerm } from "#api/core/affinity.ts";
import type { Pod } from "#api/core/pod.ts";
import type { LabelSelector } from "#api/meta/label_selector.ts";
import { labelSelectorMatcher, type LabelMatcher, type Labels } from "#api/selectors/labels.ts";

/** Labels of a namespace, for terms that select namespaces by them. */
export type NamespaceLabels = (namespace: string) => Labels;

/** A compiled term of inter-pod affinity. Terms with the same key speak of the same pods. */
export interface AffinityTerm {
  readonly key: string;
  readonly topologyKey: string;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelMatcher | undefined;
  readonly selector: LabelMatcher;
}

/** Compiles a term of `owner`. Its `matchLabelKeys` and `mismatchLabelKeys` are taken from the owner's labels. */
export function affinityTerm(term: PodAffinityTerm, owner: Pod): AffinityTerm {
  const { topologyKey, namespaceSelector } = term;
  const named = term.namespaces ?? [];
  const namespaces =
    named.length === 0 && namespaceSelector === undefined ? [owner.metadata.namespace] : named.toSorted();
  const labels = owner.metadata.labels ?? {};
  const selector = withLabelKeys(
    withLabelKeys(term.labelSelector, labels, term.matchLabelKeys, "In"),
    labels,
    term.mismatchLabelKeys,
    "NotIn",
  );
  return {
    key: JSON.stringify([topologyKey, namespaces, namespaceSelector, selector]),
    topologyKey,
    namespaces,
    namespaceSelector: namespaceSelector && labelSelectorMatcher(namespaceSelector),
    selector: labelSelectorMatcher(selector),
  };
}

/** Adds what a pod's own labels ask of others; keys it does not carry ask for nothing. */
export function withLabelKeys(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>>,
  keys: readonly string[] | undefined,
  operator: "In" | "NotIn",
): LabelSelector | undefined {
  if (selector === undefined || keys === undefined || keys.length === 0) return selector;
  const own = keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...own] };
}

/** Whether a pod of this namespace and these labels is one the term speaks of. */
export function speaksOf(term: AffinityTerm, namespace: string, labels: Labels, labelsOf: NamespaceLabels): boolean {
  const here = term.namespaces.includes(namespace) || (term.namespaceSelector?.matches(labelsOf(namespace)) ?? false);
  return here && term.selector.matches(labels);
}
