import type { ValueOf } from "../schema/schema.ts";
import { NonResourceAttributes, ResourceAttributes } from "./attributes.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { SubjectAccessReviewStatus } from "./subjectaccessreview.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of, ptr } from "../schema/field.ts";

export const SelfSubjectAccessReviewSpec = object("io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec", {
  resourceAttributes: ptr(1, ResourceAttributes),
  nonResourceAttributes: ptr(2, NonResourceAttributes),
});
export interface SelfSubjectAccessReviewSpec extends ValueOf<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReview = kind(
  "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
  {
    group: "authorization.k8s.io",
    version: "v1",
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    scope: "Cluster",
  },
  {
    metadata: of(1, ObjectMeta),
    spec: of(2, SelfSubjectAccessReviewSpec, { required: true }),
    status: of(3, SubjectAccessReviewStatus),
  },
  {
    verbs: ["create"],
  },
);
export interface SelfSubjectAccessReview extends ObjectOf<typeof SelfSubjectAccessReview> {}
export type SelfSubjectAccessReviewDraft = DraftObjectOf<typeof SelfSubjectAccessReview>;
