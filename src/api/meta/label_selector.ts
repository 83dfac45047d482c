import type { ValueOf } from "../schema/schema.ts";
import { STRING, list, map, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const LabelSelectorRequirement = object("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", {
  key: string(1, { required: true, always: true }),
  operator: string(2, { required: true, always: true }),
  values: list(3, STRING),
});
export interface LabelSelectorRequirement extends ValueOf<typeof LabelSelectorRequirement> {}

export const LabelSelector = object(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
  {
    matchLabels: map(1, STRING),
    matchExpressions: list(2, LabelSelectorRequirement),
  },
  { atomic: true },
);
export interface LabelSelector extends ValueOf<typeof LabelSelector> {}
