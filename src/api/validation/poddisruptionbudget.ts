import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "../policy/poddisruptionbudget.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkConditions } from "./conditions.ts";
import { checkCounts } from "./counts.ts";
import { checkAtMostAll, checkIntOrPercent } from "./int_or_percent.ts";
import { checkLabelSelector } from "./labels.ts";
import { reportOf } from "./report.ts";

const EVICTION_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];

export function validatePodDisruptionBudget({ spec }: { readonly spec: PodDisruptionBudgetSpec }): FieldError[] {
  return reportOf((report) => {
    const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      report.invalid("spec", shownSpec(spec), "minAvailable and maxUnavailable cannot be both set");
    }
    for (const [field, amount] of Object.entries({ minAvailable, maxUnavailable })) {
      if (amount === undefined) continue;
      checkIntOrPercent(report, `spec.${field}`, amount);
      checkAtMostAll(report, `spec.${field}`, amount);
    }
    checkLabelSelector(report, "spec.selector", spec.selector);
    if (policy !== undefined && !EVICTION_POLICIES.includes(policy)) {
      report.notSupported("spec.unhealthyPodEvictionPolicy", policy, EVICTION_POLICIES);
    }
  });
}

/** As Kubernetes quotes it: its unversioned type names fields as Go does. */
function shownSpec({ minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy }: PodDisruptionBudgetSpec) {
  return {
    MinAvailable: minAvailable ?? null,
    Selector: selector ?? null,
    MaxUnavailable: maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
  };
}

export function validatePodDisruptionBudgetStatusUpdate({
  status,
}: {
  readonly status: PodDisruptionBudgetStatus;
}): FieldError[] {
  return reportOf((report) => {
    checkConditions(report, "status.conditions", status.conditions);
    checkCounts(report, status, ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]);
  });
}
