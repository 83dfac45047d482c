import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { STRING, boolean, list, of, string } from "../schema/field.ts";
import { UserInfo } from "./user_info.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

export const TokenReviewSpec = object("io.k8s.api.authentication.v1.TokenReviewSpec", {
  token: string(1, { required: true }),
  audiences: list(2, STRING),
});
export interface TokenReviewSpec extends ValueOf<typeof TokenReviewSpec> {}

export const TokenReviewStatus = object("io.k8s.api.authentication.v1.TokenReviewStatus", {
  authenticated: boolean(1),
  user: of(2, UserInfo),
  audiences: list(4, STRING),
  error: string(3),
});
export interface TokenReviewStatus extends ValueOf<typeof TokenReviewStatus> {}

export const TokenReview = kind(
  "io.k8s.api.authentication.v1.TokenReview",
  { group: "authentication.k8s.io", version: "v1", kind: "TokenReview", plural: "tokenreviews", scope: "Cluster" },
  {
    metadata: of(1, ObjectMeta),
    spec: of(2, TokenReviewSpec, { required: true }),
    status: of(3, TokenReviewStatus),
  },
  {
    verbs: ["create"],
  },
);
export interface TokenReview extends ObjectOf<typeof TokenReview> {}
export type TokenReviewDraft = DraftObjectOf<typeof TokenReview>;
