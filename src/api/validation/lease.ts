import type { LeaseSpec } from "../coordination/lease.ts";
import type { FieldError } from "../schema/errors.ts";
import { qualifiedName } from "./names.ts";
import { reportOf } from "./report.ts";

export function validateLease({ spec }: { readonly spec: LeaseSpec }): FieldError[] {
  return reportOf((report) => {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions, strategy, preferredHolder } = spec;
    if (seconds !== undefined && seconds <= 0) {
      report.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
    }
    report.nonNegative("spec.leaseTransitions", transitions);
    if (strategy !== undefined) {
      const path = "spec.strategy.strategy";
      if (strategy.includes("/")) report.check(path, strategy, qualifiedName);
      else if (strategy !== "OldestEmulationVersion") report.notSupported(path, strategy, ["OldestEmulationVersion"]);
    }
    if (preferredHolder && !strategy) {
      report.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
    }
  });
}
