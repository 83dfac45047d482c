import { selectsNode, tolerates } from "#api/core/node_selection.ts";
import type { Pod } from "#api/core/pod.ts";
import type { TopologySpreadConstraint } from "#api/core/pod_spec.ts";
import { labelSelectorMatcher, type LabelMatcher } from "#api/selectors/labels.ts";
import type { View } from "../framework.ts";
import { withLabelKeys } from "../nodes/affinity_term.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodSort } from "../nodes/pod_counts.ts";
import type { PodInfo } from "../nodes/pod_info.ts";

/** How a pod is to be spread when it does not say so itself. */
export interface DefaultConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
}

/** What upstream spreads by when nothing is configured (podtopologyspread/plugin.go systemDefaultConstraints). */
export const SYSTEM_DEFAULTS: readonly DefaultConstraint[] = [
  { topologyKey: "kubernetes.io/hostname", maxSkew: 3, whenUnsatisfiable: "ScheduleAnyway" },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5, whenUnsatisfiable: "ScheduleAnyway" },
];

/** A constraint made ready for one pod. */
export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: LabelMatcher;
  readonly honoursAffinity: boolean;
  readonly honoursTaints: boolean;
  /** Whose spreading is looked at: pods of the namespace that the selector matches and that are to stay. */
  readonly sort: PodSort;
}

/** The pod's own constraints of one strength or, when it has none of any, the default ones. */
export function constraintsOf(
  { pod }: PodInfo,
  whenUnsatisfiable: DefaultConstraint["whenUnsatisfiable"],
  defaults: readonly DefaultConstraint[],
  { facts }: View,
): Constraint[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) {
    return own.filter((each) => each.whenUnsatisfiable === whenUnsatisfiable).map((each) => ownConstraint(each, pod));
  }
  const wanted = defaults.filter((each) => each.whenUnsatisfiable === whenUnsatisfiable);
  const selector = wanted.length === 0 ? undefined : facts.ownersSelector(pod);
  if (selector === undefined) return [];
  const sort = sortOf(pod.metadata.namespace, selector);
  return wanted.map(({ topologyKey, maxSkew }) => ({
    topologyKey,
    maxSkew,
    minDomains: 1,
    selector,
    honoursAffinity: true,
    honoursTaints: false,
    sort,
  }));
}

function ownConstraint(constraint: TopologySpreadConstraint, pod: Pod): Constraint {
  const { topologyKey, maxSkew, minDomains, labelSelector, matchLabelKeys } = constraint;
  const selector = labelSelectorMatcher(withLabelKeys(labelSelector, pod.metadata.labels ?? {}, matchLabelKeys, "In"));
  return {
    topologyKey,
    maxSkew,
    minDomains: minDomains ?? 1,
    selector,
    honoursAffinity: (constraint.nodeAffinityPolicy ?? "Honor") === "Honor",
    honoursTaints: (constraint.nodeTaintsPolicy ?? "Ignore") === "Honor",
    sort: sortOf(pod.metadata.namespace, selector, labelSelector === undefined),
  };
}

function sortOf(namespace: string, selector: LabelMatcher, isNobody = false): PodSort {
  return {
    key: JSON.stringify(["spread", namespace, isNobody ? null : selector.toString()]),
    namespaces: [namespace],
    selector,
    matches: (pod) => !pod.isTerminating && selector.matches(pod.labels),
  };
}

/** Whether the pods on a node count for a constraint. */
export function includes({ honoursAffinity, honoursTaints }: Constraint, { pod }: PodInfo, info: NodeInfo): boolean {
  if (honoursAffinity && !selectsNode(pod.spec, info)) return false;
  if (!honoursTaints) return true;
  const tolerations = pod.spec.tolerations ?? [];
  return info.hardTaints.every((taint) => tolerations.some((each) => tolerates(each, taint)));
}

/** Whether every node is included, whatever node it is. */
export function includesAll({ honoursAffinity, honoursTaints }: Constraint, { pod }: PodInfo): boolean {
  const { nodeSelector, affinity } = pod.spec;
  const isFree =
    nodeSelector === undefined && affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution === undefined;
  return !honoursTaints && (!honoursAffinity || isFree);
}
