import type { Refusal } from "./framework.ts";
import type { NodeInfo } from "./nodes/node_info.ts";

/** Why no node would do for a pod. */
export interface Diagnosis {
  /** Nodes there are. */
  readonly nodes: number;
  /** Set when the pod was refused before any node was looked at. */
  readonly refused: Refusal | undefined;
  /** Reasons by node, each node once. */
  readonly byNode: ReadonlyMap<NodeInfo, Refusal>;
  /** Holds for every node that is not in `byNode`. */
  readonly others: Refusal | undefined;
}

export function refusalAt({ refused, byNode, others }: Diagnosis, info: NodeInfo): Refusal | undefined {
  return refused ?? byNode.get(info) ?? others;
}

/** Everyone who refused: what may help is asked of them. */
export function refusers({ refused, byNode, others }: Diagnosis): ReadonlySet<string> {
  if (refused) return new Set([refused.plugin]);
  const names = new Set<string>();
  for (const { plugin } of byNode.values()) names.add(plugin);
  if (others) for (const plugin of others.plugin.split(",")) names.add(plugin);
  return names;
}

export const NO_NODES = "no nodes available to schedule pods";

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. AFTER`: reasons with their counts in
 * the order of their texts (kube-scheduler framework/types.go FitError). `after` is what was tried then.
 */
export function fitMessage(diagnosis: Diagnosis, after: string): string {
  const { nodes, refused, byNode, others } = diagnosis;
  let reasons: string;
  if (refused) reasons = refused.reasons.join(", ");
  else {
    const counts = new Map<string, number>();
    const count = (refusal: Refusal, by: number) => {
      for (const reason of refusal.reasons) counts.set(reason, (counts.get(reason) ?? 0) + by);
    };
    for (const refusal of byNode.values()) count(refusal, 1);
    if (others && byNode.size < nodes) count(others, nodes - byNode.size);
    reasons = Array.from(counts, ([reason, times]) => `${times} ${reason}`)
      .toSorted()
      .join(", ");
  }
  return [`0/${nodes} nodes are available:`, reasons && `${reasons}.`, after].filter((part) => part !== "").join(" ");
}
