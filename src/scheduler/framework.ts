import type { Pod } from "#api/core/pod.ts";
import type { LabelMatcher } from "#api/selectors/labels.ts";
import type { ClusterEvent } from "./queue/cluster_event.ts";
import type { NamespaceLabels } from "./nodes/affinity_term.ts";
import type { ClusterIndex } from "./nodes/cluster_index.ts";
import type { NodeInfo } from "./nodes/node_info.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import type { VolumeFacts } from "./volume_facts.ts";

/** The plugins there are, by upstream's names. */
export type PluginName =
  | "NodeUnschedulable"
  | "NodeName"
  | "TaintToleration"
  | "NodeAffinity"
  | "NodePorts"
  | "NodeResourcesFit"
  | "VolumeRestrictions"
  | "NodeVolumeLimits"
  | "VolumeBinding"
  | "VolumeZone"
  | "PodTopologySpread"
  | "InterPodAffinity"
  | "NodeResourcesBalancedAllocation"
  | "ImageLocality";

/** Why a node will not do. */
export interface Refusal {
  /** An extender is known by its address. */
  readonly plugin: string;
  readonly reasons: readonly string[];
  /** Evicting pods from the node would not help. */
  readonly isFinal: boolean;
}

/** What one plugin asks of every node for one pod. */
export interface NodeFilter {
  /** Undefined: the node passes. Called for thousands of nodes; refusals are made once, not per node. */
  refusal(info: NodeInfo): Refusal | undefined;
  /** A pod was put on a node or taken off it on trial: what was worked out before must follow. */
  changed?(info: NodeInfo, pod: PodInfo, by: 1 | -1): void;
}

/** What a plugin has to say of a pod before any node is looked at. */
export type FilterPlan =
  | { readonly kind: "filter"; readonly filter: NodeFilter; readonly onlyNodes?: ReadonlySet<string> }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** How one plugin rates nodes for one pod. */
export interface NodeScore {
  /** Any whole number; NaN for a node that is to rate lowest. */
  rate(info: NodeInfo): number;
  /** Brings rates to 0–100, in place; without it they are that already. */
  normalise?(rates: number[]): void;
}

/** What plugins know of the cluster beside nodes and pods. */
export interface Facts {
  readonly namespaceLabels: NamespaceLabels;
  /** The namespaces whose labels a selector matches. */
  namespacesMatching(selector: LabelMatcher): readonly string[];
  /** What Services and the owner of a pod select it by, together; undefined when nothing does. */
  ownersSelector(pod: Pod): LabelMatcher | undefined;
  readonly volumes: VolumeFacts;
}

/** Everything a decision is made from. */
export interface View {
  readonly index: ClusterIndex;
  readonly facts: Facts;
}

/** One concern of placing pods. */
export interface Plugin {
  readonly name: PluginName;
  /** Undefined: this pod gives the plugin nothing to ask for. */
  planFilter?(pod: PodInfo, view: View): FilterPlan | undefined;
  /** Undefined: all nodes are alike to this pod. */
  planScore?(pod: PodInfo, view: View, feasible: readonly NodeInfo[]): NodeScore | undefined;
  /** Whether an event may make room for a pod that this plugin refused. When in doubt, yes. */
  mayHelp?(event: ClusterEvent, pod: PodInfo, view: View): boolean;
}

export const SCORE_MAX = 100;

export function refusing(plugin: PluginName, reason: string, isFinal: boolean): Refusal {
  return { plugin, reasons: [reason], isFinal };
}

/** Rates as parts of the largest, 0 to 100, rounded down (plugins/helper DefaultNormalizeScore). */
export function normaliseByMax(rates: number[], isReversed: boolean): void {
  let max = 0;
  for (const rate of rates) if (rate > max) max = rate;
  for (let at = 0; at < rates.length; at++) {
    const part = max === 0 ? 0 : Math.floor((SCORE_MAX * (rates[at] ?? 0)) / max);
    rates[at] = isReversed ? SCORE_MAX - part : part;
  }
}
