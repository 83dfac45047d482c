import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { ResourceRequirements } from "#api/core/resources.ts";
import { quantitySign, quantityToMilli, quantityToNumber } from "#api/quantity.ts";
import type { LinuxResources } from "./runtime_config.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** The length over which a CPU limit holds (the kernel's default, and kubelet's). */
const CPU_PERIOD_US = 100_000;
const CPU_SHARES_MIN = 2;
const CPU_SHARES_MAX = 262_144;
const CPU_QUOTA_US_MIN = 1000;

/** How the pod's requests and limits rank it when memory runs out (pkg/apis/core/v1/helper/qos). */
export function qosClass(pod: Pod): QosClass {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.resources);
  const set = ({ limits, requests }: ResourceRequirements) =>
    ["cpu", "memory"].some((name) => isSet(limits?.[name]) || isSet(requests?.[name]));
  if (!all.some(set)) return "BestEffort";
  const guaranteed = ({ limits, requests }: ResourceRequirements) =>
    ["cpu", "memory"].every((name) => {
      const limit = limits?.[name];
      const request = requests?.[name] ?? limit;
      return isSet(limit) && request !== undefined && quantityToMilli(request) === quantityToMilli(limit ?? "0");
    });
  return all.every(guaranteed) ? "Guaranteed" : "Burstable";
}

function isSet(quantity: string | undefined): boolean {
  return quantity !== undefined && quantitySign(quantity) > 0;
}

/** What the kernel is told of a container's requests and limits. */
export function linuxResources(pod: Pod, container: Container, memoryCapacityBytes: number): LinuxResources {
  const { requests, limits } = container.resources;
  const cpuMilli = quantityToMilli(requests?.["cpu"] ?? limits?.["cpu"] ?? "0");
  const cpuLimitMilli = quantityToMilli(limits?.["cpu"] ?? "0");
  const memoryLimitBytes = quantityToNumber(limits?.["memory"] ?? "0");
  return {
    cpuShares: Math.min(CPU_SHARES_MAX, Math.max(CPU_SHARES_MIN, Math.floor((cpuMilli * 1024) / 1000))),
    ...(cpuLimitMilli > 0 && {
      cpuPeriod: CPU_PERIOD_US,
      cpuQuota: Math.max(CPU_QUOTA_US_MIN, (cpuLimitMilli * CPU_PERIOD_US) / 1000),
    }),
    ...(memoryLimitBytes > 0 && { memoryLimitBytes }),
    oomScoreAdj: oomScoreAdjust(pod, container, memoryCapacityBytes),
  };
}

/** The less of its node a container asked for, the sooner it is killed (pkg/kubelet/qos/policy.go). */
function oomScoreAdjust(pod: Pod, container: Container, memoryCapacityBytes: number): number {
  switch (qosClass(pod)) {
    case "Guaranteed":
      return -997;
    case "BestEffort":
      return 1000;
    case "Burstable": {
      const requested = quantityToNumber(container.resources.requests?.["memory"] ?? "0");
      const adjust = 1000 - Math.floor((1000 * requested) / Math.max(1, memoryCapacityBytes));
      return Math.min(999, Math.max(3, adjust));
    }
  }
}

export interface Amounts {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** What a pod reserves: its containers together, or its largest init container, with sidecars beside both. */
export function podRequests(pod: Pod): Amounts {
  let sidecars: Amounts = { cpuMilli: 0, memoryBytes: 0 };
  let init = sidecars;
  for (const container of pod.spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === "Always") sidecars = plus(sidecars, own);
    init = most(init, container.restartPolicy === "Always" ? sidecars : plus(sidecars, own));
  }
  const total = most(pod.spec.containers.map(requestsOf).reduce(plus, sidecars), init);
  const { cpu = "0", memory = "0" } = pod.spec.overhead ?? {};
  return plus(total, { cpuMilli: quantityToMilli(cpu), memoryBytes: quantityToNumber(memory) });
}

function requestsOf({ resources: { requests, limits } }: Container): Amounts {
  return {
    cpuMilli: quantityToMilli(requests?.["cpu"] ?? limits?.["cpu"] ?? "0"),
    memoryBytes: quantityToNumber(requests?.["memory"] ?? limits?.["memory"] ?? "0"),
  };
}

function plus(a: Amounts, b: Amounts): Amounts {
  return { cpuMilli: a.cpuMilli + b.cpuMilli, memoryBytes: a.memoryBytes + b.memoryBytes };
}

function most(a: Amounts, b: Amounts): Amounts {
  return { cpuMilli: Math.max(a.cpuMilli, b.cpuMilli), memoryBytes: Math.max(a.memoryBytes, b.memoryBytes) };
}
