import { equalJson } from "../json.ts";
import type { LabelSelector } from "../meta/label_selector.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkLabelSelector } from "./labels.ts";
import { dnsSubdomain } from "./names.ts";
import { reportOf } from "./report.ts";

interface Checked {
  readonly nodeTopology?: LabelSelector | undefined;
  readonly storageClassName: string;
  readonly capacity?: string | undefined;
  readonly maximumVolumeSize?: string | undefined;
}

export function validateCSIStorageCapacity(checked: Checked): FieldError[] {
  const { nodeTopology, storageClassName } = checked;
  return reportOf((report) => {
    checkLabelSelector(report, "nodeTopology", nodeTopology);
    report.check("storageClassName", storageClassName, dnsSubdomain);
    for (const field of ["capacity", "maximumVolumeSize"] as const) {
      const amount = checked[field];
      if (amount?.startsWith("-")) report.invalid(field, amount, "must be greater than or equal to 0");
    }
  });
}

export function validateCSIStorageCapacityUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    for (const field of ["nodeTopology", "storageClassName"] as const) {
      report.immutable(field, next[field] ?? null, equalJson(next[field], previous[field]));
    }
  });
}
