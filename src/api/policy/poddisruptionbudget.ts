import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { Condition } from "../meta/condition.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { TIME, int32, int64, intOrString, list, map, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validatePodDisruptionBudget,
  validatePodDisruptionBudgetStatusUpdate,
} from "../validation/poddisruptionbudget.ts";

export const PodDisruptionBudgetSpec = object("io.k8s.api.policy.v1.PodDisruptionBudgetSpec", {
  minAvailable: intOrString(1, { ptr: true }),
  selector: ptr(2, LabelSelector, { patchStrategy: "replace" }),
  maxUnavailable: intOrString(3, { ptr: true }),
  unhealthyPodEvictionPolicy: string(4, { ptr: true, enum: ["AlwaysAllow", "IfHealthyBudget"] }),
});
export interface PodDisruptionBudgetSpec extends ValueOf<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = object("io.k8s.api.policy.v1.PodDisruptionBudgetStatus", {
  observedGeneration: int64(1),
  disruptedPods: map(2, TIME),
  disruptionsAllowed: int32(3, { always: true }),
  currentHealthy: int32(4, { always: true }),
  desiredHealthy: int32(5, { always: true }),
  expectedPods: int32(6, { always: true }),
  conditions: list(7, Condition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface PodDisruptionBudgetStatus extends ValueOf<typeof PodDisruptionBudgetStatus> {}

/** How many of the selected pods may be away at once by someone's choice. */
export const PodDisruptionBudget = kind(
  "io.k8s.api.policy.v1.PodDisruptionBudget",
  { group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, PodDisruptionBudgetSpec),
    status: of(3, PodDisruptionBudgetStatus),
  },
  {
    shortNames: ["pdb"],
    subresources: {
      status: { kind: "PodDisruptionBudget", group: "policy", version: "v1", verbs: ["get", "patch", "update"] },
    },
    generation: true,
    columns: [
      NAME,
      column("Min Available", "string", "Pods that must stay.", ({ spec }) => String(spec.minAvailable ?? "N/A")),
      column("Max Unavailable", "string", "Pods that may be away.", ({ spec }) => String(spec.maxUnavailable ?? "N/A")),
      column("Allowed Disruptions", "integer", "Evictions possible now.", ({ status }) => status.disruptionsAllowed),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validatePodDisruptionBudget,
    validateStatusUpdate: validatePodDisruptionBudgetStatusUpdate,
  },
);
export interface PodDisruptionBudget extends ObjectOf<typeof PodDisruptionBudget> {}
export type PodDisruptionBudgetDraft = DraftObjectOf<typeof PodDisruptionBudget>;
