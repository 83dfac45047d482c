import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { reportOf } from "./report.ts";

const SYSTEM_PREFIX = "system-";
const SYSTEM: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};
/** What is above is the system's. */
const VALUE_MAX = 1_000_000_000;
const POLICIES = ["PreemptLowerPriority", "Never"];

interface Checked {
  readonly metadata: ObjectMeta;
  readonly value: number;
  readonly globalDefault?: boolean | undefined;
  readonly preemptionPolicy: string;
}

export function validatePriorityClass(priorityClass: Checked): FieldError[] {
  const { metadata, value, preemptionPolicy } = priorityClass;
  return reportOf((report) => {
    if (metadata.name?.startsWith(SYSTEM_PREFIX)) {
      const problem = systemProblem(metadata.name, priorityClass);
      const rule = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only`;
      if (problem) report.forbidden("metadata.name", `${rule}. error: ${problem}`);
    } else if (value > VALUE_MAX) {
      report.forbidden("value", `maximum allowed value of a user defined priority is ${VALUE_MAX}`);
    }
    report.oneOf("preemptionPolicy", preemptionPolicy, POLICIES);
  });
}

function systemProblem(name: string, { value, globalDefault = false }: Checked): string | undefined {
  const wanted = Object.hasOwn(SYSTEM, name) ? SYSTEM[name] : undefined;
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validatePriorityClassUpdate({ value, preemptionPolicy }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    if (value !== previous.value) report.forbidden("value", "may not be changed in an update.");
    report.immutable("preemptionPolicy", preemptionPolicy, preemptionPolicy === previous.preemptionPolicy);
  });
}
