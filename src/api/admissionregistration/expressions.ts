import type { ValueOf } from "../schema/schema.ts";
import { object } from "../schema/object.ts";
import { string } from "../schema/field.ts";

export const Variable = object(
  "io.k8s.api.admissionregistration.v1.Variable",
  {
    name: string(1, { required: true, always: true }),
    expression: string(2, { required: true, always: true }),
  },
  { atomic: true },
);
export interface Variable extends ValueOf<typeof Variable> {}

export const MatchCondition = object("io.k8s.api.admissionregistration.v1.MatchCondition", {
  name: string(1, { required: true, always: true }),
  expression: string(2, { required: true, always: true }),
});
export interface MatchCondition extends ValueOf<typeof MatchCondition> {}
