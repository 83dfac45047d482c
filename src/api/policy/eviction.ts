import type { ValueOf } from "../schema/schema.ts";
import { DeleteOptions } from "../meta/options.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";

export const Eviction = object("io.k8s.api.policy.v1.Eviction", {
  apiVersion: string(0),
  kind: string(0),
  metadata: of(1, ObjectMeta),
  deleteOptions: ptr(2, DeleteOptions),
});
export interface Eviction extends ValueOf<typeof Eviction> {}
