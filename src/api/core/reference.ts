import type { ValueOf } from "../schema/schema.ts";
import { object } from "../schema/object.ts";
import { string } from "../schema/field.ts";

export const LocalObjectReference = object(
  "io.k8s.api.core.v1.LocalObjectReference",
  {
    name: string(1),
  },
  { atomic: true },
);
export interface LocalObjectReference extends ValueOf<typeof LocalObjectReference> {}

export const TypedLocalObjectReference = object(
  "io.k8s.api.core.v1.TypedLocalObjectReference",
  {
    apiGroup: string(1, { ptr: true }),
    kind: string(2, { required: true, always: true }),
    name: string(3, { required: true, always: true }),
  },
  { atomic: true },
);
export interface TypedLocalObjectReference extends ValueOf<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = object("io.k8s.api.core.v1.TypedObjectReference", {
  apiGroup: string(1, { ptr: true }),
  kind: string(2, { required: true, always: true }),
  name: string(3, { required: true, always: true }),
  namespace: string(4, { ptr: true }),
});
export interface TypedObjectReference extends ValueOf<typeof TypedObjectReference> {}

export const ObjectReference = object(
  "io.k8s.api.core.v1.ObjectReference",
  {
    kind: string(1),
    namespace: string(2),
    name: string(3),
    uid: string(4),
    apiVersion: string(5),
    resourceVersion: string(6),
    fieldPath: string(7),
  },
  { atomic: true },
);
export interface ObjectReference extends ValueOf<typeof ObjectReference> {}

export const SecretReference = object(
  "io.k8s.api.core.v1.SecretReference",
  {
    name: string(1),
    namespace: string(2),
  },
  { atomic: true },
);
export interface SecretReference extends ValueOf<typeof SecretReference> {}
