import type { ValueOf } from "../schema/schema.ts";
import { object } from "../schema/object.ts";
import { rawExtension, string } from "../schema/field.ts";

export const WatchEvent = object("io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent", {
  type: string(1, { required: true, always: true }),
  object: rawExtension(2, { required: true, always: true }),
});
export interface WatchEvent extends ValueOf<typeof WatchEvent> {}
