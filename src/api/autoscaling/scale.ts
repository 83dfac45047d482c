import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { int32, of, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ScaleSpec = object("io.k8s.api.autoscaling.v1.ScaleSpec", {
  replicas: int32(1),
});
export interface ScaleSpec extends ValueOf<typeof ScaleSpec> {}

export const ScaleStatus = object("io.k8s.api.autoscaling.v1.ScaleStatus", {
  replicas: int32(1, { required: true, always: true }),
  selector: string(2),
});
export interface ScaleStatus extends ValueOf<typeof ScaleStatus> {}

export const Scale = object("io.k8s.api.autoscaling.v1.Scale", {
  apiVersion: string(0),
  kind: string(0),
  metadata: of(1, ObjectMeta),
  spec: of(2, ScaleSpec),
  status: of(3, ScaleStatus),
});
export interface Scale extends ValueOf<typeof Scale> {}
