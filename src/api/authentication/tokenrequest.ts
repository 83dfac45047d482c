import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { STRING, int64, list, of, ptr, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const BoundObjectReference = object("io.k8s.api.authentication.v1.BoundObjectReference", {
  kind: string(1),
  apiVersion: string(2),
  name: string(3),
  uid: string(4),
});
export interface BoundObjectReference extends ValueOf<typeof BoundObjectReference> {}

export const TokenRequestSpec = object("io.k8s.api.authentication.v1.TokenRequestSpec", {
  audiences: list(1, STRING, { always: true }),
  expirationSeconds: int64(4, { ptr: true, default: 3600 }),
  boundObjectRef: ptr(3, BoundObjectReference),
});
export interface TokenRequestSpec extends ValueOf<typeof TokenRequestSpec> {}

export const TokenRequestStatus = object("io.k8s.api.authentication.v1.TokenRequestStatus", {
  token: string(1, { always: true }),
  expirationTimestamp: time(2),
});
export interface TokenRequestStatus extends ValueOf<typeof TokenRequestStatus> {}

export const TokenRequest = object("io.k8s.api.authentication.v1.TokenRequest", {
  apiVersion: string(0),
  kind: string(0),
  metadata: of(1, ObjectMeta),
  spec: of(2, TokenRequestSpec),
  status: of(3, TokenRequestStatus),
});
export interface TokenRequest extends ValueOf<typeof TokenRequest> {}
