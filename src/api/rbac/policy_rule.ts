import type { ValueOf } from "../schema/schema.ts";
import { STRING, list } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const PolicyRule = object("io.k8s.api.rbac.v1.PolicyRule", {
  verbs: list(1, STRING, { required: true }),
  apiGroups: list(2, STRING),
  resources: list(3, STRING),
  resourceNames: list(4, STRING),
  nonResourceURLs: list(5, STRING),
});
export interface PolicyRule extends ValueOf<typeof PolicyRule> {}
