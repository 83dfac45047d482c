import type { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import type { Random } from "#base/random.ts";
import { fitMessage, refusalAt, type Diagnosis } from "../diagnosis.ts";
import type { FilterPass } from "../filter_pass.ts";
import type { Refusal } from "../framework.ts";
import type { ClusterIndex } from "../nodes/cluster_index.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { isRefusal, victimsOn, type Victims } from "./victims.ts";

/** Nodes on which room can be made for a pod, and by whose going; or why there is none. */
export type Preemption =
  | { readonly kind: "candidates"; readonly candidates: readonly Victims[] }
  /** `clears`: the node the pod was expected on is none any more. */
  | { readonly kind: "none"; readonly message: string; readonly clears: boolean };

interface PreemptionInput {
  readonly pod: PodInfo;
  readonly pass: FilterPass;
  readonly diagnosis: Diagnosis;
  readonly index: ClusterIndex;
  readonly budgets: readonly PodDisruptionBudget[];
  /** The node the pod is expected on after an earlier preemption. */
  readonly expectedOn: string | undefined;
  readonly random: Random;
}

/** So many nodes are tried at least, in percent and in number (DefaultPreemptionArgs). */
const CANDIDATES_PERCENT_MIN = 10;
const CANDIDATES_MIN = 100;

const NOT_HELPFUL: Refusal = {
  plugin: "DefaultPreemption",
  reasons: ["Preemption is not helpful for scheduling"],
  isFinal: true,
};

/** Finds out whom to evict so that a pod that was refused everywhere can be placed. Changes nothing. */
export function planPreemption(input: PreemptionInput): Preemption {
  const { diagnosis, index } = input;
  const why = ineligibility(input);
  if (why !== undefined) return { kind: "none", message: why, clears: false };
  const nodes = index.order.filter((info) => refusalAt(diagnosis, info)?.isFinal === false);
  const { candidates, byNode } = tryNodes(nodes, input);
  if (candidates.length > 0) return { kind: "candidates", candidates };
  const total = { nodes: diagnosis.nodes, refused: undefined, byNode, others: NOT_HELPFUL };
  return { kind: "none", message: fitMessage(total, ""), clears: true };
}

/** Why the pod may not evict others; undefined when it may. */
function ineligibility({ pod, diagnosis, index, expectedOn }: PreemptionInput): string | undefined {
  if (pod.pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const info = expectedOn === undefined ? undefined : index.nodes.get(expectedOn);
  if (info === undefined || refusalAt(diagnosis, info)?.isFinal) return undefined;
  for (const other of info.pods.values()) {
    if (other.priority < pod.priority && isLeavingForAnother(other)) {
      return "not eligible due to a terminating pod on the nominated node.";
    }
  }
  return undefined;
}

function isLeavingForAnother({ pod, isTerminating }: PodInfo): boolean {
  return (
    isTerminating &&
    (pod.status.conditions ?? []).some(
      ({ type, status, reason }) =>
        type === "DisruptionTarget" && status === "True" && reason === "PreemptionByScheduler",
    )
  );
}

/** Tries nodes from a random one on, until enough candidates are found, one of them without breaking a budget. */
function tryNodes(nodes: readonly NodeInfo[], { pass, budgets, diagnosis, random }: PreemptionInput) {
  const candidates: Victims[] = [];
  const byNode = new Map<NodeInfo, Refusal>();
  const share = Math.trunc((diagnosis.nodes * CANDIDATES_PERCENT_MIN) / 100);
  const enough = Math.min(nodes.length, Math.max(share, CANDIDATES_MIN));
  const start = nodes.length === 0 ? 0 : random.below(nodes.length);
  let harmless = 0;
  for (let tried = 0; tried < nodes.length; tried++) {
    if (candidates.length >= enough && harmless > 0) break;
    const info = nodes[(start + tried) % nodes.length];
    if (info === undefined) continue;
    const found = victimsOn(info, pass, budgets);
    if (isRefusal(found)) byNode.set(info, found);
    else if (found.pods.length > 0) {
      candidates.push(found);
      if (found.violations === 0) harmless++;
    }
  }
  return { candidates, byNode };
}
