import type { ValueOf } from "../schema/schema.ts";
import { ObjectFieldSelector, ResourceFieldSelector } from "./env.ts";
import { int32, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const KeyToPath = object("io.k8s.api.core.v1.KeyToPath", {
  key: string(1, { required: true, always: true }),
  path: string(2, { required: true, always: true }),
  mode: int32(3, { ptr: true }),
});
export interface KeyToPath extends ValueOf<typeof KeyToPath> {}

export const DownwardAPIVolumeFile = object("io.k8s.api.core.v1.DownwardAPIVolumeFile", {
  path: string(1, { required: true, always: true }),
  fieldRef: ptr(2, ObjectFieldSelector),
  resourceFieldRef: ptr(3, ResourceFieldSelector),
  mode: int32(4, { ptr: true }),
});
export interface DownwardAPIVolumeFile extends ValueOf<typeof DownwardAPIVolumeFile> {}
