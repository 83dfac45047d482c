import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { DeviceConfiguration, DeviceSelector } from "./device_selector.ts";
import { validateDeviceClass } from "../validation/deviceclass.ts";
import { inline, list, of, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";

export const DeviceClassConfiguration = object("io.k8s.api.resource.v1.DeviceClassConfiguration", {
  ...inline(1, "deviceConfiguration", DeviceConfiguration),
});
export interface DeviceClassConfiguration extends ValueOf<typeof DeviceClassConfiguration> {}

export const DeviceClassSpec = object("io.k8s.api.resource.v1.DeviceClassSpec", {
  selectors: list(1, DeviceSelector),
  config: list(2, DeviceClassConfiguration),
  extendedResourceName: string(4, { ptr: true }),
});
export interface DeviceClassSpec extends ValueOf<typeof DeviceClassSpec> {}

/** A sort of device claims can ask for. */
export const DeviceClass = kind(
  "io.k8s.api.resource.v1.DeviceClass",
  { group: "resource.k8s.io", version: "v1", kind: "DeviceClass", plural: "deviceclasses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, DeviceClassSpec, { required: true }),
  },
  {
    generation: true,
    columns: [NAME, AGE],
    validate: (made) => validateDeviceClass(made),
    revalidate: validateDeviceClass,
  },
);
export interface DeviceClass extends ObjectOf<typeof DeviceClass> {}
export type DeviceClassDraft = DraftObjectOf<typeof DeviceClass>;
