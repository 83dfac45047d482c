import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { boolean, int32, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validatePriorityClass, validatePriorityClassUpdate } from "../validation/priorityclass.ts";

/** A name for how much pods matter when they compete for nodes. */
export const PriorityClass = kind(
  "io.k8s.api.scheduling.v1.PriorityClass",
  { group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass", plural: "priorityclasses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    value: int32(2, { always: true }),
    globalDefault: boolean(3),
    description: string(4),
    preemptionPolicy: string(5, {
      ptr: true,
      default: "PreemptLowerPriority",
      enum: ["Never", "PreemptLowerPriority"],
    }),
  },
  {
    shortNames: ["pc"],
    prepare(next, previous) {
      if (previous === undefined) next.metadata.generation = 1;
    },
    columns: [
      NAME,
      column("Value", "integer", "Higher goes before lower.", ({ value }) => value),
      column(
        "Global-Default",
        "boolean",
        "For pods that name no class.",
        ({ globalDefault }) => globalDefault ?? false,
      ),
      AGE,
      column("PreemptionPolicy", "string", "Whether others make room.", ({ preemptionPolicy }) => preemptionPolicy),
    ],
    validate: validatePriorityClass,
    validateUpdate: validatePriorityClassUpdate,
  },
);
export interface PriorityClass extends ObjectOf<typeof PriorityClass> {}
export type PriorityClassDraft = DraftObjectOf<typeof PriorityClass>;
