import type { Node } from "#api/core/node.ts";
import { SCORE_MAX, type Plugin, type Refusal } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import { amountsOf } from "../nodes/pod_requests.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import { fittingScore, type ScoringStrategy } from "./scoring_strategy.ts";

export const LEAST_ALLOCATED: ScoringStrategy = {
  type: "LeastAllocated",
  resources: [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ],
};

/** What the pod asks for must be free on the node; emptier nodes are better, or fuller ones, as configured. */
export function nodeResourcesFit(strategy: ScoringStrategy, ignored: readonly string[]): Plugin {
  const refusals = new Map<string, Refusal>();
  const refuse = (reasons: readonly string[], isFinal: boolean): Refusal => {
    const key = `${isFinal}${reasons.join()}`;
    let refusal = refusals.get(key);
    if (refusal === undefined) refusals.set(key, (refusal = { plugin: "NodeResourcesFit", reasons, isFinal }));
    return refusal;
  };
  return {
    name: "NodeResourcesFit",
    planFilter(pod) {
      const fits = fitCheck(pod, ignored);
      return {
        kind: "filter",
        filter: { refusal: (info) => (fits(info) ? undefined : shortOf(pod, info, ignored, refuse)) },
      };
    },
    planScore: (pod) => ({ rate: fittingScore(strategy, pod) }),
    mayHelp(event, pod) {
      if (event.kind === "podGone") return true;
      if (event.kind === "podChanged") return takesLess(event.pod, event.previous);
      if (event.kind === "nodeAdded") return fitsAlone(pod, event.node);
      return (
        event.kind === "nodeChanged" &&
        event.parts.allocatable &&
        fitsAlone(pod, event.node) &&
        offersMore(pod, event.node, event.previous)
      );
    },
  };
}

/** The common case in a few comparisons; what exactly is short is found out by `shortOf`. */
function fitCheck({ cpu, memory, requests }: PodInfo, ignored: readonly string[]): (info: NodeInfo) => boolean {
  const others = Array.from(requests).filter(
    ([name, amount]) => amount > 0 && name !== "cpu" && name !== "memory" && !ignored.includes(name),
  );
  return (info) => {
    if (info.pods.size >= info.podsMax) return false;
    if (cpu > 0 && cpu > info.allocatableCpu - info.requestedCpu) return false;
    if (memory > 0 && memory > info.allocatableMemory - info.requestedMemory) return false;
    return others.every(
      ([name, amount]) => amount <= (info.allocatable.get(name) ?? 0) - (info.requested.get(name) ?? 0),
    );
  };
}

/** cpu, memory and ephemeral storage first, as upstream lists them. */
const FIRST: readonly string[] = ["cpu", "memory", "ephemeral-storage"];

function shortOf(
  pod: PodInfo,
  info: NodeInfo,
  ignored: readonly string[],
  refuse: (reasons: readonly string[], isFinal: boolean) => Refusal,
): Refusal {
  const reasons: string[] = [];
  let isFinal = false;
  if (info.pods.size >= info.podsMax) {
    reasons.push("Too many pods");
    isFinal = info.podsMax < 1;
  }
  const look = (name: string) => {
    const wanted = pod.requests.get(name) ?? 0;
    if (wanted === 0 || ignored.includes(name)) return;
    const allocatable = info.allocatable.get(name) ?? 0;
    if (wanted <= allocatable - requestedOf(info, name)) return;
    reasons.push(`Insufficient ${name}`);
    isFinal ||= wanted > allocatable;
  };
  FIRST.forEach(look);
  for (const name of pod.requests.keys()) if (!FIRST.includes(name)) look(name);
  return refuse(reasons, isFinal);
}

function requestedOf(info: NodeInfo, name: string): number {
  if (name === "cpu") return info.requestedCpu;
  return name === "memory" ? info.requestedMemory : (info.requested.get(name) ?? 0);
}

function takesLess(pod: PodInfo, previous: PodInfo): boolean {
  return Array.from(previous.requests).some(([name, amount]) => amount > (pod.requests.get(name) ?? 0));
}

function fitsAlone(pod: PodInfo, node: Node): boolean {
  const allocatable = amountsOf(node.status.allocatable);
  return (
    (allocatable.get("pods") ?? 0) > 0 &&
    Array.from(pod.requests).every(([name, amount]) => amount <= (allocatable.get(name) ?? 0))
  );
}

function offersMore(pod: PodInfo, node: Node, previous: Node): boolean {
  const [now, before] = [amountsOf(node.status.allocatable), amountsOf(previous.status.allocatable)];
  const grew = (name: string) => (now.get(name) ?? 0) > (before.get(name) ?? 0);
  return grew("pods") || Array.from(pod.requests).some(([name, amount]) => amount > 0 && grew(name));
}

/**
 * Nodes on which cpu and memory are used in like measure are better, more so when this pod makes it more alike
 * (noderesources/balanced_allocation.go). Pods that ask for neither are not rated.
 */
export function balancedAllocation(): Plugin {
  return {
    name: "NodeResourcesBalancedAllocation",
    planScore({ cpu, memory }) {
      if (cpu === 0 && memory === 0) return undefined;
      return {
        rate(info) {
          const before = balance(info, info.requestedCpu, info.requestedMemory);
          const after = balance(info, info.requestedCpu + cpu, info.requestedMemory + memory);
          return SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + after - before) / 2);
        },
      };
    },
  };
}

/** 100 when cpu and memory are used in the same part, down to 50 when one is full and the other empty. */
function balance(info: NodeInfo, cpu: number, memory: number): number {
  if (info.allocatableCpu === 0 || info.allocatableMemory === 0) return SCORE_MAX;
  const cpuPart = Math.min(1, cpu / info.allocatableCpu);
  const memoryPart = Math.min(1, memory / info.allocatableMemory);
  return Math.trunc((1 - Math.abs((cpuPart - memoryPart) / 2)) * SCORE_MAX);
}
