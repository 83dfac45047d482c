import { QuantityError, quantityToMilli, quantityToNumber } from "../quantity.ts";

/**
 * What annotations say that a container of a simulated node uses: `usage.knarr.dev/cpu` and `usage.knarr.dev/memory` are
 * quantities for each container of the pod; `CONTAINER.usage.knarr.dev/cpu` is for one of them. What is no quantity says
 * nothing.
 */
export function annotatedUse(
  annotations: Readonly<Record<string, string>>,
  container: string,
): { readonly cpuMilli?: number; readonly memoryBytes?: number } {
  const said = (resource: string) =>
    annotations[`${container}.usage.knarr.dev/${resource}`] ?? annotations[`usage.knarr.dev/${resource}`];
  const [cpu, memory] = [said("cpu"), said("memory")];
  try {
    return {
      ...(cpu !== undefined && { cpuMilli: quantityToMilli(cpu) }),
      ...(memory !== undefined && { memoryBytes: quantityToNumber(memory) }),
    };
  } catch (error) {
    if (error instanceof QuantityError) return {};
    throw error;
  }
}
