import type { ResourceQuota } from "#api/core/resourcequota.ts";
import type { KubeObject } from "#api/object.ts";
import { isCounted, type QuotaEvaluator } from "#api/quota/evaluator.ts";
import { added, masked, type Totals } from "#api/quota/totals.ts";

/** The objects of one kind in a quota's namespace, and how they count. */
export interface Countable {
  readonly evaluator: QuotaEvaluator;
  readonly objects: readonly KubeObject[];
}

/**
 * What a quota's status should say. What no kind here counts stays as it was said before: somebody else counts it. Pure.
 */
export function quotaStatus(
  { spec, status }: Pick<ResourceQuota, "spec" | "status">,
  countables: readonly Countable[],
  nowMs: number,
): { readonly hard: Record<string, string>; readonly used: Record<string, string> } {
  const hard = { ...spec.hard };
  const names = Object.keys(hard);
  let used: Totals = masked(status.used ?? {}, names);
  for (const { evaluator, objects } of countables) {
    const counted = names.filter((name) => evaluator.counts(name));
    let total: Totals = Object.fromEntries(counted.map((name) => [name, "0"]));
    for (const object of objects) {
      if (isCounted(evaluator, object, spec)) total = added(total, masked(evaluator.usage(object, nowMs), counted));
    }
    used = { ...used, ...total };
  }
  return { hard, used: { ...used } };
}
