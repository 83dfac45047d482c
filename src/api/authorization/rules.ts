import type { ValueOf } from "../schema/schema.ts";
import { STRING, boolean, list, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ResourceRule = object("io.k8s.api.authorization.v1.ResourceRule", {
  verbs: list(1, STRING, { required: true }),
  apiGroups: list(2, STRING),
  resources: list(3, STRING),
  resourceNames: list(4, STRING),
});
export interface ResourceRule extends ValueOf<typeof ResourceRule> {}

export const NonResourceRule = object("io.k8s.api.authorization.v1.NonResourceRule", {
  verbs: list(1, STRING, { required: true }),
  nonResourceURLs: list(2, STRING),
});
export interface NonResourceRule extends ValueOf<typeof NonResourceRule> {}

export const SubjectRulesReviewStatus = object("io.k8s.api.authorization.v1.SubjectRulesReviewStatus", {
  resourceRules: list(1, ResourceRule, { required: true }),
  nonResourceRules: list(2, NonResourceRule, { required: true }),
  incomplete: boolean(3, { required: true, always: true }),
  evaluationError: string(4),
});
export interface SubjectRulesReviewStatus extends ValueOf<typeof SubjectRulesReviewStatus> {}
