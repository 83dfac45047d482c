import type { ValueOf } from "../schema/schema.ts";
import { STRING, list, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const TopologySelectorLabelRequirement = object("io.k8s.api.core.v1.TopologySelectorLabelRequirement", {
  key: string(1, { required: true, always: true }),
  values: list(2, STRING, { required: true }),
});
export interface TopologySelectorLabelRequirement extends ValueOf<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = object(
  "io.k8s.api.core.v1.TopologySelectorTerm",
  {
    matchLabelExpressions: list(1, TopologySelectorLabelRequirement),
  },
  { atomic: true },
);
export interface TopologySelectorTerm extends ValueOf<typeof TopologySelectorTerm> {}
