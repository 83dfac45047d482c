import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import { quantityToMilli, quantityToNumber } from "#api/quantity.ts";

/** Amounts by resource name: cpu in millicores, all else in whole units (bytes, counts). Zeros may be left out. */
export type Amounts = ReadonlyMap<string, number>;

type ResourceList = Readonly<Record<string, string>> | undefined;

/** Containers without a request still count a little when nodes are compared (scheduler/util/pod_resources.go). */
const SCORED_DEFAULTS: Amounts = new Map([
  ["cpu", 100],
  ["memory", 200 * 1024 * 1024],
]);

/** Resources that may be asked for by the pod as a whole; the rest only by containers. */
const isPodLevel = (name: string) => name === "cpu" || name === "memory" || name.startsWith("hugepages-");

const NOTHING: Amounts = new Map();

/** A resource list as amounts. */
export function amountsOf(list: ResourceList): Amounts {
  if (list === undefined) return NOTHING;
  const amounts = new Map<string, number>();
  for (const name in list) {
    const quantity = list[name] ?? "0";
    amounts.set(name, name === "cpu" ? quantityToMilli(quantity) : quantityToNumber(quantity));
  }
  return amounts;
}

/**
 * What a pod takes from its node: the sum over its containers and sidecars, or the largest init container with the
 * sidecars started before it, whichever is more; what is asked for by the pod as a whole instead of that; plus the
 * overhead (k8s.io/component-helpers/resource PodRequests). While a container is being resized it counts with the most
 * it was given or asks for.
 */
export function podRequests(pod: Pod): Amounts {
  return requestsOf(pod, NOTHING);
}

/** The same for comparing nodes, where asking for no cpu or memory does not make a container weightless. */
export function scoredRequests(pod: Pod, requests: Amounts): Amounts {
  const whole = amountsOf(pod.spec.resources?.requests);
  if (whole.size === 0) return requestsOf(pod, SCORED_DEFAULTS);
  const missing = new Map(SCORED_DEFAULTS);
  for (const name of missing.keys()) if ((requests.get(name) ?? 0) > 0) missing.delete(name);
  return requestsOf(pod, missing);
}

function requestsOf(pod: Pod, defaults: Amounts): Amounts {
  const { spec, status } = pod;
  const running = new Map<string, number>();
  let peak: Amounts = NOTHING;
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      add(running, containerRequests(container, status.initContainerStatuses, defaults));
      peak = larger(peak, running);
    } else {
      const during = new Map(running);
      add(during, containerRequests(container, undefined, defaults));
      peak = larger(peak, during);
    }
  }
  for (const container of spec.containers) {
    add(running, containerRequests(container, status.containerStatuses, defaults));
  }
  const total = peak.size === 0 ? running : larger(running, peak);
  for (const [name, amount] of amountsOf(spec.resources?.requests)) if (isPodLevel(name)) total.set(name, amount);
  add(total, amountsOf(spec.overhead));
  return total;
}

function containerRequests(
  container: Container,
  statuses: Pod["status"]["containerStatuses"],
  defaults: Amounts,
): Amounts {
  const wanted = new Map(amountsOf(container.resources.requests));
  for (const [name, amount] of defaults) if (!wanted.has(name)) wanted.set(name, amount);
  const status = statuses?.find(({ name }) => name === container.name);
  if (status?.allocatedResources === undefined && status?.resources?.requests === undefined) return wanted;
  const given = larger(amountsOf(status.allocatedResources), amountsOf(status.resources?.requests));
  return larger(wanted, given);
}

function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}

function larger(a: Amounts, b: Amounts): Map<string, number> {
  const result = new Map(a);
  for (const [name, amount] of b) result.set(name, Math.max(result.get(name) ?? 0, amount));
  return result;
}
