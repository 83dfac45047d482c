import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { STRING, inline, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const Rule = object("io.k8s.api.admissionregistration.v1.Rule", {
  apiGroups: list(1, STRING),
  apiVersions: list(2, STRING),
  resources: list(3, STRING),
  scope: string(4, { ptr: true, default: "*", enum: ["*", "Cluster", "Namespaced"] }),
});
export interface Rule extends ValueOf<typeof Rule> {}

export const RuleWithOperations = object("io.k8s.api.admissionregistration.v1.RuleWithOperations", {
  operations: list(1, STRING, { enum: ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] }),
  ...inline(2, "rule", Rule),
});
export interface RuleWithOperations extends ValueOf<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = object(
  "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations",
  {
    resourceNames: list(1, STRING),
    ...inline(2, "ruleWithOperations", RuleWithOperations),
  },
  { atomic: true },
);
export interface NamedRuleWithOperations extends ValueOf<typeof NamedRuleWithOperations> {}

export const MatchResources = object(
  "io.k8s.api.admissionregistration.v1.MatchResources",
  {
    namespaceSelector: ptr(1, LabelSelector, { default: {} }),
    objectSelector: ptr(2, LabelSelector, { default: {} }),
    resourceRules: list(3, NamedRuleWithOperations),
    excludeResourceRules: list(4, NamedRuleWithOperations),
    matchPolicy: string(7, { ptr: true, default: "Equivalent", enum: ["Equivalent", "Exact"] }),
  },
  { atomic: true },
);
export interface MatchResources extends ValueOf<typeof MatchResources> {}
