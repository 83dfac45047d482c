import { SCORE_MAX } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";

/** A resource and what it weighs in the comparison of nodes. */
export interface ScoredResource {
  readonly name: string;
  readonly weight: number;
}

/** A point of a shape: at this use in percent, this score of 0 to 10. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

/** How free resources make a node better or worse (NodeResourcesFitArgs.scoringStrategy). */
export type ScoringStrategy =
  | { readonly type: "LeastAllocated"; readonly resources: readonly ScoredResource[] }
  | { readonly type: "MostAllocated"; readonly resources: readonly ScoredResource[] }
  | {
      readonly type: "RequestedToCapacityRatio";
      readonly resources: readonly ScoredResource[];
      readonly shape: readonly ShapePoint[];
    };

/** Rates nodes by what would be requested of them with the pod on them: 0 to 100. */
export function fittingScore(strategy: ScoringStrategy, pod: PodInfo): (info: NodeInfo) => number {
  const score = scorer(strategy);
  if (strategy.type === "LeastAllocated" && isCpuAndMemory(strategy.resources)) return leastAllocated(pod);
  const resources = strategy.resources.map(({ name, weight }) => ({ weight, ...reader(name, pod) }));
  return (info) => {
    let sum = 0;
    let weights = 0;
    for (const { weight, requested, allocatable } of resources) {
      const capacity = allocatable(info);
      if (capacity === 0) continue;
      const part = score(requested(info), capacity);
      // Upstream leaves resources out of the ratio that rate 0.
      if (strategy.type === "RequestedToCapacityRatio" && part <= 0) continue;
      sum += part * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return strategy.type === "RequestedToCapacityRatio" ? Math.round(sum / weights) : Math.floor(sum / weights);
  };
}

/** The default, in cpu and memory alike, without a detour: it is asked for every node and pod. */
function leastAllocated({ scoredCpu, scoredMemory }: PodInfo): (info: NodeInfo) => number {
  return (info) => {
    const { allocatableCpu, allocatableMemory } = info;
    if (allocatableCpu === 0 || allocatableMemory === 0) return fallback(info, scoredCpu, scoredMemory);
    const cpu = free(allocatableCpu, info.scoredCpu + scoredCpu);
    const memory = free(allocatableMemory, info.scoredMemory + scoredMemory);
    return Math.floor((cpu + memory) / 2);
  };
}

/** A node without one of the two is rated by the other alone. */
function fallback(info: NodeInfo, cpu: number, memory: number): number {
  if (info.allocatableCpu > 0) return free(info.allocatableCpu, info.scoredCpu + cpu);
  return info.allocatableMemory > 0 ? free(info.allocatableMemory, info.scoredMemory + memory) : 0;
}

function free(capacity: number, requested: number): number {
  return requested > capacity ? 0 : Math.floor(((capacity - requested) * SCORE_MAX) / capacity);
}

function isCpuAndMemory(resources: readonly ScoredResource[]): boolean {
  const [cpu, memory, ...rest] = resources;
  return cpu?.name === "cpu" && memory?.name === "memory" && cpu.weight === memory.weight && rest.length === 0;
}

type Score = (requested: number, capacity: number) => number;

function scorer(strategy: ScoringStrategy): Score {
  if (strategy.type === "LeastAllocated") {
    return (requested, capacity) => free(capacity, requested);
  }
  if (strategy.type === "MostAllocated") {
    return (requested, capacity) => Math.floor((Math.min(requested, capacity) * SCORE_MAX) / capacity);
  }
  const { shape } = strategy;
  return (requested, capacity) =>
    alongShape(shape, requested > capacity ? 100 : Math.floor((requested * 100) / capacity));
}

/** The score at a use in percent, on straight lines between the points; beyond them it stays. */
function alongShape(shape: readonly ShapePoint[], use: number): number {
  const scale = SCORE_MAX / 10;
  for (const [at, point] of shape.entries()) {
    if (use > point.utilization) continue;
    const before = shape[at - 1];
    if (before === undefined) return point.score * scale;
    const rise = (point.score - before.score) * scale;
    return (
      before.score * scale + Math.trunc((rise * (use - before.utilization)) / (point.utilization - before.utilization))
    );
  }
  return (shape.at(-1)?.score ?? 0) * scale;
}

interface Reader {
  requested(info: NodeInfo): number;
  allocatable(info: NodeInfo): number;
}

function reader(name: string, pod: PodInfo): Reader {
  if (name === "cpu") {
    const { scoredCpu } = pod;
    return { requested: (info) => info.scoredCpu + scoredCpu, allocatable: (info) => info.allocatableCpu };
  }
  if (name === "memory") {
    const { scoredMemory } = pod;
    return { requested: (info) => info.scoredMemory + scoredMemory, allocatable: (info) => info.allocatableMemory };
  }
  const wanted = pod.requests.get(name) ?? 0;
  return {
    requested: (info) => (info.requested.get(name) ?? 0) + wanted,
    // A pod that does not ask for it has no wish as to where it is left.
    allocatable: (info) => (wanted === 0 ? 0 : (info.allocatable.get(name) ?? 0)),
  };
}
