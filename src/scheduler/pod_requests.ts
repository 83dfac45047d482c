import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import { quantityToMilli, quantityToNumber } from "#api/quantity.ts";

/** Amounts by resource name: cpu in millicores, all else in whole units (bytes, counts). */
export type Resources = ReadonlyMap<string, number>;

/** A resource list as amounts. */
export function resourcesOf(list: Readonly<Record<string, string>> | undefined): Resources {
  return new Map(
    Object.entries(list ?? {}).map(([name, quantity]) => [
      name,
      name === "cpu" ? quantityToMilli(quantity) : quantityToNumber(quantity),
    ]),
  );
}

/**
 * What a pod takes from its node: the sum over its containers and sidecars, or the largest init container with the
 * sidecars started before it, whichever is more, plus the overhead (k8s.io/component-helpers/resource).
 */
export function podRequests(pod: Pod): Resources {
  const running = new Map<string, number>();
  let peak: Resources = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      add(running, requestsOf(container));
      peak = larger(peak, running);
    } else {
      const during = new Map(running);
      add(during, requestsOf(container));
      peak = larger(peak, during);
    }
  }
  for (const container of pod.spec.containers) add(running, requestsOf(container));
  const total = new Map(larger(running, peak));
  add(total, resourcesOf(pod.spec.overhead));
  return total;
}

/** Containers without a request still count a little when nodes are compared: 100 millicores and 200 MB each. */
const SCORED_DEFAULTS = { cpu: 100, memory: 200 * 1024 * 1024 } as const;

/** Requests for scoring, where asking for nothing does not make a pod weightless. */
export function scoredRequests(pod: Pod): { readonly cpu: number; readonly memory: number } {
  let cpu = 0;
  let memory = 0;
  for (const container of pod.spec.containers) {
    const requests = requestsOf(container);
    cpu += requests.get("cpu") ?? SCORED_DEFAULTS.cpu;
    memory += requests.get("memory") ?? SCORED_DEFAULTS.memory;
  }
  return { cpu, memory };
}

function requestsOf(container: Container): Resources {
  return resourcesOf(container.resources.requests);
}

function add(into: Map<string, number>, amounts: Resources): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}

function larger(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, amount] of b) result.set(name, Math.max(result.get(name) ?? 0, amount));
  return result;
}
