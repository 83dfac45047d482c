import type { Pod } from "#api/core/pod.ts";
import { selectsNode, untolerated } from "#api/core/node_selection.ts";
import type { TopologySpreadConstraint } from "#api/core/pod_spec.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import type { NodeInfo } from "./node_info.ts";

/** How a pod's hard spreading constraints stand in each domain; computed once, asked per node. */
export class TopologySpreadState {
  readonly #constraints: {
    constraint: TopologySpreadConstraint;
    counts: Map<string, number>;
    least: number;
    self: number;
  }[];

  constructor(pod: Pod, nodes: readonly NodeInfo[]) {
    const hard = (pod.spec.topologySpreadConstraints ?? []).filter(
      (each) => each.whenUnsatisfiable === "DoNotSchedule",
    );
    const keys = hard.map((each) => each.topologyKey);
    const eligible = nodes.filter((info) => keys.every((key) => info.labels[key] !== undefined));
    this.#constraints = hard.map((constraint) => {
      const matcher = constraintMatcher(constraint, pod);
      const counts = new Map<string, number>();
      for (const info of eligible) {
        if (!counted(constraint, pod, info)) continue;
        const domain = info.labels[constraint.topologyKey] ?? "";
        const here = [...info.pods.values()].filter((each) => matches(each, pod, matcher)).length;
        counts.set(domain, (counts.get(domain) ?? 0) + here);
      }
      const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
      return { constraint, counts, least, self: matcher.matches(pod.metadata.labels ?? {}) ? 1 : 0 };
    });
  }

  /** Why the pod may not be placed on the node, or undefined. */
  refusal(info: NodeInfo): string | undefined {
    for (const { constraint, counts, least, self } of this.#constraints) {
      const domain = info.labels[constraint.topologyKey];
      if (domain === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
      if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) {
        return "node(s) didn't match pod topology spread constraints";
      }
    }
    return undefined;
  }
}

function constraintMatcher(constraint: TopologySpreadConstraint, pod: Pod) {
  const labels = pod.metadata.labels ?? {};
  const same = (constraint.matchLabelKeys ?? [])
    .filter((key) => labels[key] !== undefined)
    .map((key) => ({ key, operator: "In", values: [labels[key] ?? ""] }));
  const selector = constraint.labelSelector;
  return labelSelectorMatcher(
    selector && { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...same] },
  );
}

function matches(other: Pod, pod: Pod, matcher: ReturnType<typeof constraintMatcher>): boolean {
  const { namespace, deletionTimestamp, labels } = other.metadata;
  return namespace === pod.metadata.namespace && deletionTimestamp === undefined && matcher.matches(labels ?? {});
}

/** Whether a node's domain counts for a constraint: by its node affinity and taint policies. */
function counted(constraint: TopologySpreadConstraint, pod: Pod, info: NodeInfo): boolean {
  if ((constraint.nodeAffinityPolicy ?? "Honor") === "Honor" && !selectsNode(pod.spec, info)) return false;
  if ((constraint.nodeTaintsPolicy ?? "Ignore") === "Ignore") return true;
  const taints = info.node.spec.taints ?? [];
  return untolerated(pod.spec.tolerations ?? [], taints, ["NoSchedule", "NoExecute"]).length === 0;
}
