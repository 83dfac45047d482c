import type { ValueOf } from "../schema/schema.ts";
import { int64, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const Toleration = object("io.k8s.api.core.v1.Toleration", {
  key: string(1),
  operator: string(2, { enum: ["Equal", "Exists", "Gt", "Lt"] }),
  value: string(3),
  effect: string(4, { enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] }),
  tolerationSeconds: int64(5, { ptr: true }),
});
export interface Toleration extends ValueOf<typeof Toleration> {}

export const Taint = object("io.k8s.api.core.v1.Taint", {
  key: string(1, { required: true, always: true }),
  value: string(2),
  effect: string(3, { required: true, always: true, enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] }),
  timeAdded: time(4, { ptr: true }),
});
export interface Taint extends ValueOf<typeof Taint> {}
