import type { ValueOf } from "../schema/schema.ts";
import { ListMeta } from "./list_meta.ts";
import { int32, list, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const StatusCause = object("io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause", {
  reason: string(1),
  message: string(2),
  field: string(3),
});
export interface StatusCause extends ValueOf<typeof StatusCause> {}

export const StatusDetails = object("io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails", {
  name: string(1),
  group: string(2),
  kind: string(3),
  uid: string(6),
  causes: list(4, StatusCause),
  retryAfterSeconds: int32(5),
});
export interface StatusDetails extends ValueOf<typeof StatusDetails> {}

export const Status = object("io.k8s.apimachinery.pkg.apis.meta.v1.Status", {
  apiVersion: string(0),
  kind: string(0),
  metadata: of(1, ListMeta),
  status: string(2),
  message: string(3),
  reason: string(4),
  details: ptr(5, StatusDetails),
  code: int32(6),
});
export interface Status extends ValueOf<typeof Status> {}
