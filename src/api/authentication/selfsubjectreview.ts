import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { UserInfo } from "./user_info.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of } from "../schema/field.ts";

export const SelfSubjectReviewStatus = object("io.k8s.api.authentication.v1.SelfSubjectReviewStatus", {
  userInfo: of(1, UserInfo),
});
export interface SelfSubjectReviewStatus extends ValueOf<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReview = kind(
  "io.k8s.api.authentication.v1.SelfSubjectReview",
  {
    group: "authentication.k8s.io",
    version: "v1",
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    scope: "Cluster",
  },
  {
    metadata: of(1, ObjectMeta),
    status: of(2, SelfSubjectReviewStatus),
  },
  {
    verbs: ["create"],
  },
);
export interface SelfSubjectReview extends ObjectOf<typeof SelfSubjectReview> {}
export type SelfSubjectReviewDraft = DraftObjectOf<typeof SelfSubjectReview>;
