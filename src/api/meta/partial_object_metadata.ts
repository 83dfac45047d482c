import type { ValueOf } from "../schema/schema.ts";
import { ObjectMeta } from "./object_meta.ts";
import { object } from "../schema/object.ts";
import { of, string } from "../schema/field.ts";

export const PartialObjectMetadata = object("io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata", {
  apiVersion: string(0),
  kind: string(0),
  metadata: of(1, ObjectMeta),
});
export interface PartialObjectMetadata extends ValueOf<typeof PartialObjectMetadata> {}
