import type { ValueOf } from "../schema/schema.ts";
import { STRING, int32, list, of, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const NodeSelectorRequirement = object("io.k8s.api.core.v1.NodeSelectorRequirement", {
  key: string(1, { required: true, always: true }),
  operator: string(2, { required: true, always: true, enum: ["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"] }),
  values: list(3, STRING),
});
export interface NodeSelectorRequirement extends ValueOf<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = object(
  "io.k8s.api.core.v1.NodeSelectorTerm",
  {
    matchExpressions: list(1, NodeSelectorRequirement),
    matchFields: list(2, NodeSelectorRequirement),
  },
  { atomic: true },
);
export interface NodeSelectorTerm extends ValueOf<typeof NodeSelectorTerm> {}

export const NodeSelector = object(
  "io.k8s.api.core.v1.NodeSelector",
  {
    nodeSelectorTerms: list(1, NodeSelectorTerm, { required: true }),
  },
  { atomic: true },
);
export interface NodeSelector extends ValueOf<typeof NodeSelector> {}

export const PreferredSchedulingTerm = object("io.k8s.api.core.v1.PreferredSchedulingTerm", {
  weight: int32(1, { required: true, always: true }),
  preference: of(2, NodeSelectorTerm, { required: true }),
});
export interface PreferredSchedulingTerm extends ValueOf<typeof PreferredSchedulingTerm> {}
