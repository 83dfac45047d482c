import { matchesTerm, selectsNode } from "#api/core/node_selection.ts";
import type { Node } from "#api/core/node.ts";
import type { NodeSelector } from "#api/core/node_selector.ts";
import type { Pod } from "#api/core/pod.ts";
import { normaliseByMax, refusing, type FilterPlan, type Plugin } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";

/** Node selector and node affinity: which nodes a pod must or would rather be on. */
export function nodeAffinity(): Plugin {
  const refusal = refusing("NodeAffinity", "node(s) didn't match Pod's node affinity/selector", true);
  return {
    name: "NodeAffinity",
    planFilter({ pod }): FilterPlan | undefined {
      const { nodeSelector, affinity } = pod.spec;
      const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      if (nodeSelector === undefined && required === undefined) return undefined;
      const onlyNodes = required && namedNodes(required);
      if (onlyNodes?.size === 0) {
        return { kind: "refused", refusal: refusing("NodeAffinity", "pod affinity terms conflict", true) };
      }
      const filter = { refusal: (info: NodeInfo) => (selectsNode(pod.spec, info) ? undefined : refusal) };
      return { kind: "filter", filter, ...(onlyNodes && { onlyNodes }) };
    },
    planScore({ pod }) {
      const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      if (preferred.length === 0) return undefined;
      return {
        rate: (info) =>
          preferred.reduce((sum, { preference, weight }) => sum + (matchesTerm(preference, info) ? weight : 0), 0),
        normalise: (rates) => normaliseByMax(rates, false),
      };
    },
    mayHelp(event, { pod }) {
      if (event.kind === "nodeAdded") return selects(pod, event.node);
      return (
        event.kind === "nodeChanged" && event.parts.labels && selects(pod, event.node) && !selects(pod, event.previous)
      );
    },
  };
}

function selects({ spec }: Pod, { metadata }: Node): boolean {
  return selectsNode(spec, { name: metadata.name, labels: metadata.labels ?? {} });
}

/**
 * The nodes a selector names, when each of its terms names some: a DaemonSet's pod is held against one node, not
 * against all.
 */
function namedNodes({ nodeSelectorTerms }: NodeSelector): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of nodeSelectorTerms) {
    let ofTerm: ReadonlySet<string> | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== "metadata.name" || operator !== "In") continue;
      ofTerm = ofTerm === undefined ? new Set(values) : ofTerm.intersection(new Set(values));
    }
    if (ofTerm === undefined) return undefined;
    for (const name of ofTerm) names.add(name);
  }
  return nodeSelectorTerms.length === 0 ? undefined : names;
}
