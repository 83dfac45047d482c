import { parseYaml } from "#api/codec/parse_yaml.ts";
import { durationMs } from "#api/duration.ts";
import type { ProfileSettings } from "./configuration.ts";
import type { ExtenderSettings } from "./extenders/extender.ts";
import type { PluginName } from "./framework.ts";
import { PLUGIN_NAMES } from "./plugins/all.ts";
import type { ScoredResource, ScoringStrategy, ShapePoint } from "./plugins/scoring_strategy.ts";
import type { DefaultConstraint } from "./plugins/spread_constraint.ts";

/** The configuration cannot be followed; `message` says where and why. */
export class SchedulerConfigurationError extends Error {
  override readonly name = "SchedulerConfigurationError";
}

export interface SchedulerConfiguration {
  readonly profiles?: readonly ProfileSettings[];
  readonly extenders: readonly ExtenderSettings[];
}

type Members = Readonly<Record<string, unknown>>;

const API_VERSION = "kubescheduler.config.k8s.io/v1";

/**
 * Reads a KubeSchedulerConfiguration: profiles with their plugins' weights and arguments, and extenders. What else
 * such a file may hold concerns the process kube-scheduler is, and is passed over.
 *
 * @throws {SchedulerConfigurationError} When it is of another kind, or names a plugin we do not have.
 */
export function parseSchedulerConfiguration(yaml: string): SchedulerConfiguration {
  const document = members(parseYaml(yaml).value);
  if (document["apiVersion"] !== API_VERSION || document["kind"] !== "KubeSchedulerConfiguration") {
    throw new SchedulerConfigurationError(`the configuration must be a KubeSchedulerConfiguration of ${API_VERSION}`);
  }
  const percentage = numberIn(document, "percentageOfNodesToScore");
  const profiles = list(document["profiles"]).map((each) => profileOf(members(each), percentage));
  const extenders = list(document["extenders"]).map((each) => extenderOf(members(each)));
  const only = percentage === undefined ? undefined : [profileOf({}, percentage)];
  const wanted = profiles.length > 0 ? profiles : only;
  return { ...(wanted && { profiles: wanted }), extenders };
}

function profileOf(profile: Members, percentage: number | undefined): ProfileSettings {
  const plugins = members(profile["plugins"]);
  const [multiPoint, score, filter] = ["multiPoint", "score", "filter"].map((point) => members(plugins[point]));
  const enabled = [...list(multiPoint?.["enabled"]), ...list(score?.["enabled"])].map(members);
  const names = (of: Members | undefined, point: string) =>
    list(of?.["disabled"]).flatMap((each) => pluginsNamed(text(members(each), "name"), point));
  const weights: Partial<Record<PluginName, number>> = {};
  for (const name of names(score, "score")) weights[name] = 0;
  for (const each of enabled) {
    const weight = numberIn(each, "weight");
    for (const name of pluginsNamed(text(each, "name"), "enabled")) if (weight) weights[name] = weight;
  }
  const disabled = [...names(multiPoint, "multiPoint"), ...names(filter, "filter")];
  return {
    schedulerName: text(profile, "schedulerName") || "default-scheduler",
    percentageOfNodesToScore: numberIn(profile, "percentageOfNodesToScore") ?? percentage,
    weights,
    disabled: disabled.filter((name) => !enabled.some((each) => each["name"] === name)),
    ...argumentsOf(list(profile["pluginConfig"]).map(members)),
  };
}

/** Plugins of ours by this name; those that upstream has beside them are known, but do nothing here. */
const ELSEWHERE = ["PrioritySort", "DefaultPreemption", "DefaultBinder", "DynamicResources", "SchedulingGates"];

function pluginsNamed(name: string, point: string): PluginName[] {
  if (name === "*") return [...PLUGIN_NAMES];
  const found = PLUGIN_NAMES.find((each) => each === name);
  if (found) return [found];
  if (ELSEWHERE.includes(name)) return [];
  throw new SchedulerConfigurationError(`${point}: there is no plugin "${name}"`);
}

function argumentsOf(configs: readonly Members[]): Partial<ProfileSettings> {
  const settings: { -readonly [K in keyof ProfileSettings]?: ProfileSettings[K] } = {};
  for (const config of configs) {
    const args = members(config["args"]);
    if (config["name"] === "NodeResourcesFit") settings.scoringStrategy = strategyOf(members(args["scoringStrategy"]));
    if (config["name"] === "InterPodAffinity") {
      settings.hardPodAffinityWeight = numberIn(args, "hardPodAffinityWeight");
    }
    if (config["name"] === "PodTopologySpread" && args["defaultingType"] !== "System") {
      settings.defaultConstraints = list(args["defaultConstraints"]).map((each) => constraintOf(members(each)));
    }
  }
  return settings;
}

const CPU_AND_MEMORY: readonly ScoredResource[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

function strategyOf(strategy: Members): ScoringStrategy | undefined {
  const listed = list(strategy["resources"]).map((each): ScoredResource => {
    const resource = members(each);
    return { name: text(resource, "name"), weight: numberIn(resource, "weight") ?? 1 };
  });
  const resources = listed.length > 0 ? listed : CPU_AND_MEMORY;
  const type = strategy["type"] ?? "LeastAllocated";
  if (type === "LeastAllocated" || type === "MostAllocated") return { type, resources };
  if (type !== "RequestedToCapacityRatio") {
    throw new SchedulerConfigurationError(`scoringStrategy.type: ${JSON.stringify(type)} is none`);
  }
  const shape = list(members(strategy["requestedToCapacityRatio"])["shape"]).map((each): ShapePoint => {
    const point = members(each);
    return { utilization: numberIn(point, "utilization") ?? 0, score: numberIn(point, "score") ?? 0 };
  });
  return { type, resources, shape };
}

function constraintOf(constraint: Members): DefaultConstraint {
  const isStrict = constraint["whenUnsatisfiable"] === "DoNotSchedule";
  return {
    topologyKey: text(constraint, "topologyKey"),
    maxSkew: numberIn(constraint, "maxSkew") ?? 1,
    whenUnsatisfiable: isStrict ? "DoNotSchedule" : "ScheduleAnyway",
  };
}

function extenderOf(extender: Members): ExtenderSettings {
  const timeout = text(extender, "httpTimeout");
  const verb = (name: string) => text(extender, name) || undefined;
  return {
    urlPrefix: text(extender, "urlPrefix"),
    filterVerb: verb("filterVerb"),
    prioritizeVerb: verb("prioritizeVerb"),
    preemptVerb: verb("preemptVerb"),
    bindVerb: verb("bindVerb"),
    weight: numberIn(extender, "weight"),
    timeoutMs: timeout === "" ? undefined : durationMs(timeout),
    nodeCacheCapable: extender["nodeCacheCapable"] === true,
    ignorable: extender["ignorable"] === true,
    managedResources: list(extender["managedResources"]).map((each) => {
      const resource = members(each);
      return { name: text(resource, "name"), ignoredByScheduler: resource["ignoredByScheduler"] === true };
    }),
  };
}

function members(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(of: Members, name: string): string {
  const value = of[name];
  return typeof value === "string" ? value : "";
}

function numberIn(of: Members, name: string): number | undefined {
  const value = of[name];
  return typeof value === "number" ? value : undefined;
}
