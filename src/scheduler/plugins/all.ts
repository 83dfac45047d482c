import type { Plugin, PluginName } from "../framework.ts";
import { imageLocality } from "./image_locality.ts";
import { interPodAffinity } from "./inter_pod_affinity.ts";
import { nodeAffinity } from "./node_affinity.ts";
import { nodeName, nodeUnschedulable, taintToleration } from "./node_conditions.ts";
import { nodePorts } from "./node_ports.ts";
import { LEAST_ALLOCATED, balancedAllocation, nodeResourcesFit } from "./node_resources.ts";
import { podTopologySpread } from "./pod_topology_spread.ts";
import type { ScoringStrategy } from "./scoring_strategy.ts";
import { SYSTEM_DEFAULTS, type DefaultConstraint } from "./spread_constraint.ts";
import { volumeBinding } from "./volume_binding.ts";
import { nodeVolumeLimits, volumeRestrictions, volumeZone } from "./volume_limits.ts";

/** What a profile may set; all else is as upstream's defaults have it. */
export interface PluginSettings {
  readonly scoringStrategy?: ScoringStrategy | undefined;
  readonly defaultConstraints?: readonly DefaultConstraint[] | undefined;
  readonly hardPodAffinityWeight?: number | undefined;
  /** Score weights other than the default ones. */
  readonly weights?: Readonly<Partial<Record<PluginName, number>>> | undefined;
  /** Plugins that neither filter nor score. */
  readonly disabled?: readonly PluginName[] | undefined;
}

export interface WeightedPlugin {
  readonly plugin: Plugin;
  /** 0: it does not score. */
  readonly weight: number;
}

/** Upstream's defaults (scheduler/apis/config/v1/default_plugins.go). */
const WEIGHTS: Readonly<Partial<Record<PluginName, number>>> = {
  TaintToleration: 3,
  NodeAffinity: 2,
  NodeResourcesFit: 1,
  PodTopologySpread: 2,
  InterPodAffinity: 2,
  NodeResourcesBalancedAllocation: 1,
  ImageLocality: 1,
};

/** The plugins in upstream's order, in which the first that refuses a node speaks for it. */
export function pluginsFor(settings: PluginSettings, ignoredResources: readonly string[] = []): WeightedPlugin[] {
  const { scoringStrategy, defaultConstraints, hardPodAffinityWeight, weights, disabled = [] } = settings;
  const plugins = [
    nodeUnschedulable(),
    nodeName(),
    taintToleration(),
    nodeAffinity(),
    nodePorts(),
    nodeResourcesFit(scoringStrategy ?? LEAST_ALLOCATED, ignoredResources),
    volumeRestrictions(),
    nodeVolumeLimits(),
    volumeBinding(),
    volumeZone(),
    podTopologySpread(defaultConstraints ?? SYSTEM_DEFAULTS),
    interPodAffinity(hardPodAffinityWeight),
    balancedAllocation(),
    imageLocality(),
  ];
  return plugins
    .filter(({ name }) => !disabled.includes(name))
    .map((plugin) => ({ plugin, weight: weights?.[plugin.name] ?? WEIGHTS[plugin.name] ?? 0 }));
}

/** Every plugin there is, in upstream's order. */
export const PLUGIN_NAMES: readonly PluginName[] = pluginsFor({}).map(({ plugin }) => plugin.name);
