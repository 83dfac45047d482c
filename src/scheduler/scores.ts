import { matchesTerm, untolerated } from "#api/core/node_selection.ts";
import type { Pod } from "#api/core/pod.ts";
import type { NodeInfo } from "./node_info.ts";
import { scoredRequests } from "./pod_requests.ts";

/** Rates nodes for a pod; higher is better. Rates are brought to 0–100 before they are weighed. */
export interface Score {
  readonly weight: number;
  /** How raw rates become 0–100: by the largest, by the largest with the order turned, or as they are. */
  readonly scale: "byMax" | "byMaxReversed" | "none";
  rate(pod: Pod, info: NodeInfo, nodes: readonly NodeInfo[]): number;
}

const SCORE_MAX = 100;

const share = (used: number, of: number) => (of === 0 ? 1 : Math.min(1, used / of));

/** NodeResourcesFit, LeastAllocated: prefers the node with most cpu and memory left. */
const leastAllocated: Score = {
  weight: 1,
  scale: "none",
  rate(pod, info) {
    const wanted = scoredRequests(pod);
    const cpu = share(info.scored.cpu + wanted.cpu, info.allocatable.get("cpu") ?? 0);
    const memory = share(info.scored.memory + wanted.memory, info.allocatable.get("memory") ?? 0);
    return Math.floor(((1 - cpu) * SCORE_MAX + (1 - memory) * SCORE_MAX) / 2);
  },
};

/** NodeResourcesBalancedAllocation: prefers cpu and memory used in like measure. */
const balancedAllocation: Score = {
  weight: 1,
  scale: "none",
  rate(pod, info) {
    const wanted = scoredRequests(pod);
    const cpu = share(info.scored.cpu + wanted.cpu, info.allocatable.get("cpu") ?? 0);
    const memory = share(info.scored.memory + wanted.memory, info.allocatable.get("memory") ?? 0);
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * SCORE_MAX);
  },
};

/** PodTopologySpread's default constraints, in short: fewer pods of the same owner are better. */
const spreadOwner: Score = {
  weight: 2,
  scale: "byMaxReversed",
  rate(pod, info) {
    const owner = ownerUid(pod);
    if (owner === undefined) return 0;
    return [...info.pods.values()].filter((each) => ownerUid(each) === owner && !each.metadata.deletionTimestamp)
      .length;
  },
};

function ownerUid(pod: Pod): string | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
}

const taintToleration: Score = {
  weight: 3,
  scale: "byMaxReversed",
  rate: (pod, { node }) => untolerated(pod.spec.tolerations ?? [], node.spec.taints ?? [], ["PreferNoSchedule"]).length,
};

const nodeAffinity: Score = {
  weight: 2,
  scale: "byMax",
  rate(pod, info) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.reduce((sum, term) => sum + (matchesTerm(term.preference, info) ? term.weight : 0), 0);
  },
};

const imageLocality: Score = {
  weight: 1,
  scale: "byMax",
  rate: (pod, info) => pod.spec.containers.filter((container) => info.images.has(container.image ?? "")).length,
};

const SCORES: readonly Score[] = [
  leastAllocated,
  balancedAllocation,
  spreadOwner,
  taintToleration,
  nodeAffinity,
  imageLocality,
];

/** The nodes' total rates, in the order given. */
export function totalScores(pod: Pod, feasible: readonly NodeInfo[], nodes: readonly NodeInfo[]): number[] {
  const totals = feasible.map(() => 0);
  for (const score of SCORES) {
    const raw = feasible.map((info) => score.rate(pod, info, nodes));
    const max = Math.max(...raw);
    raw.forEach((value, at) => (totals[at] = (totals[at] ?? 0) + score.weight * scaled(score, value, max)));
  }
  return totals;
}

function scaled({ scale }: Score, value: number, max: number): number {
  if (scale === "none") return value;
  if (max === 0) return scale === "byMax" ? 0 : SCORE_MAX;
  const part = (value / max) * SCORE_MAX;
  return scale === "byMax" ? part : SCORE_MAX - part;
}
