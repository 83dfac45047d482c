import { Pod } from "#api/core/pod.ts";
import type { AdmissionStep } from "../admission.ts";
import { forbidden } from "../status_error.ts";

/** The classes every cluster has. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** Gives each new pod its priority in numbers: of its class, else 0 (plugin/pkg/admission/priority). */
export const podPriority: AdmissionStep = {
  name: "Priority",
  mutate({ operation, kind, object, name, subresource }) {
    if (operation !== "CREATE" || kind !== Pod || subresource !== "") return;
    const { spec } = object as Pod;
    const className = spec.priorityClassName ?? "";
    const priority = className === "" ? 0 : SYSTEM_CLASSES[className];
    if (priority === undefined) throw forbidden(kind, name, `no PriorityClass with name ${className} was found`);
    if (spec.priority !== undefined && spec.priority !== priority) {
      const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
      throw forbidden(kind, name, why);
    }
    spec.priority = priority;
    spec.preemptionPolicy ??= "PreemptLowerPriority";
  },
};
