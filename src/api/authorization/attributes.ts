import type { ValueOf } from "../schema/schema.ts";
import { FieldSelectorRequirement } from "../meta/field_selector.ts";
import { LabelSelectorRequirement } from "../meta/label_selector.ts";
import { list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const FieldSelectorAttributes = object("io.k8s.api.authorization.v1.FieldSelectorAttributes", {
  rawSelector: string(1),
  requirements: list(2, FieldSelectorRequirement),
});
export interface FieldSelectorAttributes extends ValueOf<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = object("io.k8s.api.authorization.v1.LabelSelectorAttributes", {
  rawSelector: string(1),
  requirements: list(2, LabelSelectorRequirement),
});
export interface LabelSelectorAttributes extends ValueOf<typeof LabelSelectorAttributes> {}

export const ResourceAttributes = object("io.k8s.api.authorization.v1.ResourceAttributes", {
  namespace: string(1),
  verb: string(2),
  group: string(3),
  version: string(4),
  resource: string(5),
  subresource: string(6),
  name: string(7),
  fieldSelector: ptr(8, FieldSelectorAttributes),
  labelSelector: ptr(9, LabelSelectorAttributes),
});
export interface ResourceAttributes extends ValueOf<typeof ResourceAttributes> {}

export const NonResourceAttributes = object("io.k8s.api.authorization.v1.NonResourceAttributes", {
  path: string(1),
  verb: string(2),
});
export interface NonResourceAttributes extends ValueOf<typeof NonResourceAttributes> {}
