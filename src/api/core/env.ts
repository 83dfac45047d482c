import type { ValueOf } from "../schema/schema.ts";
import { LocalObjectReference } from "./reference.ts";
import { boolean, inline, ptr, quantity, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const ObjectFieldSelector = object(
  "io.k8s.api.core.v1.ObjectFieldSelector",
  {
    apiVersion: string(1, { default: "v1" }),
    fieldPath: string(2, { required: true, always: true }),
  },
  { atomic: true },
);
export interface ObjectFieldSelector extends ValueOf<typeof ObjectFieldSelector> {}

export const ResourceFieldSelector = object(
  "io.k8s.api.core.v1.ResourceFieldSelector",
  {
    containerName: string(1),
    resource: string(2, { required: true, always: true }),
    divisor: quantity(3, { always: true }),
  },
  { atomic: true },
);
export interface ResourceFieldSelector extends ValueOf<typeof ResourceFieldSelector> {}

export const ConfigMapEnvSource = object("io.k8s.api.core.v1.ConfigMapEnvSource", {
  ...inline(1, "localObjectReference", LocalObjectReference),
  optional: boolean(2, { ptr: true }),
});
export interface ConfigMapEnvSource extends ValueOf<typeof ConfigMapEnvSource> {}

export const SecretEnvSource = object("io.k8s.api.core.v1.SecretEnvSource", {
  ...inline(1, "localObjectReference", LocalObjectReference),
  optional: boolean(2, { ptr: true }),
});
export interface SecretEnvSource extends ValueOf<typeof SecretEnvSource> {}

export const EnvFromSource = object("io.k8s.api.core.v1.EnvFromSource", {
  prefix: string(1),
  configMapRef: ptr(2, ConfigMapEnvSource),
  secretRef: ptr(3, SecretEnvSource),
});
export interface EnvFromSource extends ValueOf<typeof EnvFromSource> {}

export const ConfigMapKeySelector = object(
  "io.k8s.api.core.v1.ConfigMapKeySelector",
  {
    ...inline(1, "localObjectReference", LocalObjectReference),
    key: string(2, { required: true, always: true }),
    optional: boolean(3, { ptr: true }),
  },
  { atomic: true },
);
export interface ConfigMapKeySelector extends ValueOf<typeof ConfigMapKeySelector> {}

export const SecretKeySelector = object(
  "io.k8s.api.core.v1.SecretKeySelector",
  {
    ...inline(1, "localObjectReference", LocalObjectReference),
    key: string(2, { required: true, always: true }),
    optional: boolean(3, { ptr: true }),
  },
  { atomic: true },
);
export interface SecretKeySelector extends ValueOf<typeof SecretKeySelector> {}

export const FileKeySelector = object(
  "io.k8s.api.core.v1.FileKeySelector",
  {
    volumeName: string(1, { required: true, always: true }),
    path: string(2, { required: true, always: true }),
    key: string(3, { required: true, always: true }),
    optional: boolean(4, { ptr: true, default: false }),
  },
  { atomic: true },
);
export interface FileKeySelector extends ValueOf<typeof FileKeySelector> {}

export const EnvVarSource = object("io.k8s.api.core.v1.EnvVarSource", {
  fieldRef: ptr(1, ObjectFieldSelector),
  resourceFieldRef: ptr(2, ResourceFieldSelector),
  configMapKeyRef: ptr(3, ConfigMapKeySelector),
  secretKeyRef: ptr(4, SecretKeySelector),
  fileKeyRef: ptr(5, FileKeySelector),
});
export interface EnvVarSource extends ValueOf<typeof EnvVarSource> {}

export const EnvVar = object("io.k8s.api.core.v1.EnvVar", {
  name: string(1, { required: true, always: true }),
  value: string(2),
  valueFrom: ptr(3, EnvVarSource),
});
export interface EnvVar extends ValueOf<typeof EnvVar> {}
