import { SCORE_MAX, type NodeScore, type View } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { includes, includesAll, type Constraint } from "./spread_constraint.ts";

const HOSTNAME = "kubernetes.io/hostname";

interface SpreadScoreInput {
  readonly pod: PodInfo;
  readonly view: View;
  readonly feasible: readonly NodeInfo[];
  readonly constraints: readonly Constraint[];
  /** Nodes that lack one of the labels are not rated. The system's own defaults do not ask for that. */
  readonly needsAllLabels: boolean;
}

interface Part {
  readonly topologyKey: string;
  readonly maxSkew: number;
  /** The more domains, the more each pod in one of them weighs. */
  readonly weight: number;
  count(info: NodeInfo, domain: string): number;
}

/** Rates nodes by how many pods of the kind their domains hold: fewer is better (podtopologyspread/scoring.go). */
export function spreadScore(input: SpreadScoreInput): NodeScore {
  const { constraints, feasible, needsAllLabels } = input;
  const isIgnored = needsAllLabels
    ? ({ labels }: NodeInfo) => constraints.some(({ topologyKey }) => labels[topologyKey] === undefined)
    : () => false;
  const rated = needsAllLabels ? feasible.filter((info) => !isIgnored(info)) : feasible;
  const parts = constraints.map((constraint) => partOf(constraint, rated, input));
  return {
    rate(info) {
      if (isIgnored(info)) return Number.NaN;
      let score = 0;
      for (const { topologyKey, maxSkew, weight, count } of parts) {
        const domain = info.labels[topologyKey];
        if (domain !== undefined) score += count(info, domain) * weight + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalise,
  };
}

function partOf(
  constraint: Constraint,
  rated: readonly NodeInfo[],
  { pod, view, needsAllLabels, constraints }: SpreadScoreInput,
): Part {
  const { topologyKey, maxSkew, sort } = constraint;
  const counted = view.index.count(sort);
  const part = (size: number, count: Part["count"]): Part => ({
    topologyKey,
    maxSkew,
    weight: Math.log(size + 2),
    count,
  });
  if (topologyKey === HOSTNAME) return part(rated.length, (info) => counted.byNode.get(info) ?? 0);
  const domains = new Set<string>();
  for (const { labels } of rated) domains.add(labels[topologyKey] ?? "");
  const isEverywhere = !needsAllLabels || constraints.every((each) => view.index.isEverywhere(each.topologyKey));
  if (isEverywhere && includesAll(constraint, pod)) {
    const counts = counted.domains(topologyKey);
    return part(domains.size, (_info, domain) => counts.get(domain) ?? 0);
  }
  const counts = new Map<string, number>();
  for (const [info, here] of counted.byNode) {
    const domain = info.labels[topologyKey];
    if (domain === undefined || !includes(constraint, pod, info)) continue;
    if (needsAllLabels && constraints.some((each) => info.labels[each.topologyKey] === undefined)) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + here);
  }
  return part(domains.size, (_info, domain) => counts.get(domain) ?? 0);
}

/** The fewest pods rate 100; nodes that are not rated, 0. */
function normalise(rates: number[]): void {
  let [least, most] = [Infinity, 0];
  for (const rate of rates) {
    if (Number.isNaN(rate)) continue;
    if (rate < least) least = rate;
    if (rate > most) most = rate;
  }
  for (let at = 0; at < rates.length; at++) {
    const rate = rates[at] ?? Number.NaN;
    if (Number.isNaN(rate)) rates[at] = 0;
    else rates[at] = most === 0 ? SCORE_MAX : Math.floor((SCORE_MAX * (most + least - rate)) / most);
  }
}
