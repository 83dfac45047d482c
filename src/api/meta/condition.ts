import type { ValueOf } from "../schema/schema.ts";
import { int64, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const Condition = object("io.k8s.apimachinery.pkg.apis.meta.v1.Condition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  observedGeneration: int64(3),
  lastTransitionTime: time(4, { required: true }),
  reason: string(5, { required: true, always: true }),
  message: string(6, { required: true, always: true }),
});
export interface Condition extends ValueOf<typeof Condition> {}
