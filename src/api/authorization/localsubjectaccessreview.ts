import { ObjectMeta } from "../meta/object_meta.ts";
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "./subjectaccessreview.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { of } from "../schema/field.ts";

export const LocalSubjectAccessReview = kind(
  "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
  {
    group: "authorization.k8s.io",
    version: "v1",
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    scope: "Namespaced",
  },
  {
    metadata: of(1, ObjectMeta),
    spec: of(2, SubjectAccessReviewSpec, { required: true }),
    status: of(3, SubjectAccessReviewStatus),
  },
  {
    verbs: ["create"],
  },
);
export interface LocalSubjectAccessReview extends ObjectOf<typeof LocalSubjectAccessReview> {}
export type LocalSubjectAccessReviewDraft = DraftObjectOf<typeof LocalSubjectAccessReview>;
