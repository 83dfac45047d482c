import { addQuantities, compareQuantities, quantitySign, type QuantityLike } from "../quantity.ts";
import type { PodSpec } from "./pod_spec.ts";
import type { ResourceRequirements } from "./resources.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Only these two decide. */
const DECIDING = ["cpu", "memory"] as const;

/** The quality of service a pod is promised, from the cpu and memory its containers (or the pod itself) ask for. */
export function qosClass(spec: PodSpec): QosClass {
  const asked = spec.resources
    ? [spec.resources]
    : [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.resources);
  const [requests, limits] = [total(asked, "requests"), total(asked, "limits")];
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const allLimited = asked.every((each) => DECIDING.every((name) => quantitySign(each.limits?.[name] ?? "0") > 0));
  const equal = [...requests].every(([name, quantity]) => compareQuantities(quantity, limits.get(name) ?? "0") === 0);
  return allLimited && equal && requests.size === limits.size ? "Guaranteed" : "Burstable";
}

function total(asked: readonly ResourceRequirements[], side: "requests" | "limits"): Map<string, QuantityLike> {
  const sums = new Map<string, QuantityLike>();
  for (const each of asked) {
    for (const name of DECIDING) {
      const quantity = each[side]?.[name];
      if (quantity !== undefined && quantitySign(quantity) > 0) {
        const known = sums.get(name);
        sums.set(name, known === undefined ? quantity : addQuantities(known, quantity));
      }
    }
  }
  return sums;
}
