import type { ValueOf } from "../schema/schema.ts";
import { int64, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ShardInfo = object("io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo", {
  selector: string(1, { required: true, always: true }),
});
export interface ShardInfo extends ValueOf<typeof ShardInfo> {}

export const ListMeta = object("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", {
  selfLink: string(1),
  resourceVersion: string(2),
  continue: string(3),
  remainingItemCount: int64(4, { ptr: true }),
  shardInfo: ptr(5, ShardInfo),
});
export interface ListMeta extends ValueOf<typeof ListMeta> {}
