import type { ValueOf } from "../schema/schema.ts";
import { EXTRA_VALUE, STRING, boolean, list, map, of, ptr, string } from "../schema/field.ts";
import { NonResourceAttributes, ResourceAttributes } from "./attributes.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

export const SubjectAccessReviewSpec = object("io.k8s.api.authorization.v1.SubjectAccessReviewSpec", {
  resourceAttributes: ptr(1, ResourceAttributes),
  nonResourceAttributes: ptr(2, NonResourceAttributes),
  user: string(3),
  groups: list(4, STRING),
  extra: map(5, EXTRA_VALUE),
  uid: string(6),
});
export interface SubjectAccessReviewSpec extends ValueOf<typeof SubjectAccessReviewSpec> {}

export const SubjectAccessReviewStatus = object("io.k8s.api.authorization.v1.SubjectAccessReviewStatus", {
  allowed: boolean(1, { required: true, always: true }),
  denied: boolean(4),
  reason: string(2),
  evaluationError: string(3),
});
export interface SubjectAccessReviewStatus extends ValueOf<typeof SubjectAccessReviewStatus> {}

export const SubjectAccessReview = kind(
  "io.k8s.api.authorization.v1.SubjectAccessReview",
  {
    group: "authorization.k8s.io",
    version: "v1",
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    scope: "Cluster",
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
export interface SubjectAccessReview extends ObjectOf<typeof SubjectAccessReview> {}
export type SubjectAccessReviewDraft = DraftObjectOf<typeof SubjectAccessReview>;
