import type { ValueOf } from "../schema/schema.ts";
import { STRING, list, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const FieldSelectorRequirement = object("io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement", {
  key: string(1, { required: true, always: true }),
  operator: string(2, { required: true, always: true }),
  values: list(3, STRING),
});
export interface FieldSelectorRequirement extends ValueOf<typeof FieldSelectorRequirement> {}
