import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { SubjectRulesReviewStatus } from "./rules.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of, string } from "../schema/field.ts";

export const SelfSubjectRulesReviewSpec = object("io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec", {
  namespace: string(1),
});
export interface SelfSubjectRulesReviewSpec extends ValueOf<typeof SelfSubjectRulesReviewSpec> {}

export const SelfSubjectRulesReview = kind(
  "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
  {
    group: "authorization.k8s.io",
    version: "v1",
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    scope: "Cluster",
  },
  {
    metadata: of(1, ObjectMeta),
    spec: of(2, SelfSubjectRulesReviewSpec, { required: true }),
    status: of(3, SubjectRulesReviewStatus),
  },
  {
    verbs: ["create"],
  },
);
export interface SelfSubjectRulesReview extends ObjectOf<typeof SelfSubjectRulesReview> {}
export type SelfSubjectRulesReviewDraft = DraftObjectOf<typeof SelfSubjectRulesReview>;
