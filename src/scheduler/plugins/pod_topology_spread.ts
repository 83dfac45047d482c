import type { Node } from "#api/core/node.ts";
import { refusing, type NodeFilter, type Plugin, type Refusal, type View } from "../framework.ts";
import { DomainTally } from "../nodes/domain_tally.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { ClusterEvent } from "../queue/cluster_event.ts";
import {
  SYSTEM_DEFAULTS,
  constraintsOf,
  includes,
  includesAll,
  type Constraint,
  type DefaultConstraint,
} from "./spread_constraint.ts";
import { spreadScore } from "./spread_score.ts";

const REASON = "node(s) didn't match pod topology spread constraints";
const SKEWED = refusing("PodTopologySpread", REASON, false);
const UNLABELLED = refusing("PodTopologySpread", `${REASON} (missing required label)`, true);

/** Keeps pods of a kind in like number in every domain: strictly, or as well as can be. */
export function podTopologySpread(defaults: readonly DefaultConstraint[] = SYSTEM_DEFAULTS): Plugin {
  const isSystemDefault = defaults === SYSTEM_DEFAULTS;
  return {
    name: "PodTopologySpread",
    planFilter(pod, view) {
      const constraints = constraintsOf(pod, "DoNotSchedule", defaults, view);
      if (constraints.length === 0) return undefined;
      return { kind: "filter", filter: new SpreadFilter(pod, constraints, view) };
    },
    planScore(pod, view, feasible) {
      const constraints = constraintsOf(pod, "ScheduleAnyway", defaults, view);
      if (constraints.length === 0) return undefined;
      const hasOwn = (pod.pod.spec.topologySpreadConstraints ?? []).length > 0;
      return spreadScore({ pod, view, feasible, constraints, needsAllLabels: hasOwn || !isSystemDefault });
    },
    mayHelp: (event, pod, view) => mayHelp(event, pod, constraintsOf(pod, "DoNotSchedule", defaults, view)),
  };
}

interface Spread {
  readonly constraint: Constraint;
  readonly tally: DomainTally;
  readonly domains: ReadonlyMap<string, unknown>;
  /** The least count of any domain; undefined when it has to be found out again. */
  least: number | undefined;
  /** 1 when the pod itself is one of those that are spread. */
  readonly self: 0 | 1;
}

/** How a pod's strict constraints stand in each domain. */
class SpreadFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #spreads: readonly Spread[];

  constructor(pod: PodInfo, constraints: readonly Constraint[], { index }: View) {
    this.#pod = pod;
    const keys = constraints.map(({ topologyKey }) => topologyKey);
    const isEverywhere = keys.every((key) => index.isEverywhere(key));
    this.#spreads = constraints.map((constraint) => {
      const { topologyKey, sort, selector } = constraint;
      const count = index.count(sort);
      const self = selector.matches(pod.labels) ? 1 : 0;
      if (isEverywhere && includesAll(constraint, pod)) {
        const tally = new DomainTally(topologyKey, count.domains(topologyKey));
        return { constraint, tally, domains: index.domains(topologyKey), self, least: undefined };
      }
      const domains = new Map<string, number>();
      const counts = new Map<string, number>();
      for (const info of index.nodes.values()) {
        const domain = info.labels[topologyKey];
        if (domain === undefined || !hasAll(info.labels, keys) || !includes(constraint, pod, info)) continue;
        domains.set(domain, 0);
        const here = count.byNode.get(info);
        if (here !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + here);
      }
      return { constraint, tally: new DomainTally(topologyKey, counts), domains, self, least: undefined };
    });
  }

  refusal(info: NodeInfo): Refusal | undefined {
    for (const spread of this.#spreads) {
      const { constraint, tally, self } = spread;
      const count = tally.at(info);
      if (count === undefined) return UNLABELLED;
      // Nowhere is looked at when the count cannot be too high even if some domain has none.
      if (count + self <= constraint.maxSkew) continue;
      if (count + self - leastOf(spread) > constraint.maxSkew) return SKEWED;
    }
    return undefined;
  }

  changed(info: NodeInfo, pod: PodInfo, by: 1 | -1): void {
    if (pod.namespace !== this.#pod.namespace) return;
    if (!this.#spreads.every(({ tally }) => info.labels[tally.topologyKey] !== undefined)) return;
    for (const spread of this.#spreads) {
      const { constraint, tally } = spread;
      if (!constraint.sort.matches(pod) || !includes(constraint, this.#pod, info)) continue;
      tally.change(info, by);
      spread.least = undefined;
    }
  }
}

function leastOf(spread: Spread): number {
  const { constraint, tally, domains } = spread;
  spread.least ??= domains.size < constraint.minDomains ? 0 : tally.leastOf(domains);
  return spread.least;
}

function hasAll(labels: NodeInfo["labels"], keys: readonly string[]): boolean {
  return keys.every((key) => labels[key] !== undefined);
}

function mayHelp(event: ClusterEvent, { namespace }: PodInfo, constraints: readonly Constraint[]): boolean {
  const concerns = (pod: PodInfo) =>
    pod.namespace === namespace && constraints.some(({ selector }) => selector.matches(pod.labels));
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  const isIn = ({ metadata }: Node) => hasAll(metadata.labels ?? {}, keys);
  if (event.kind === "podPlaced" || event.kind === "podGone") return concerns(event.pod);
  if (event.kind === "podChanged") return concerns(event.pod) !== concerns(event.previous);
  if (event.kind === "nodeAdded" || event.kind === "nodeGone") return isIn(event.node);
  if (event.kind === "nodeChanged") {
    return (event.parts.labels || event.parts.taints) && (isIn(event.node) || isIn(event.previous));
  }
  return false;
}
