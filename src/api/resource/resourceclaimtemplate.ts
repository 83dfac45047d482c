import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME } from "../columns.ts";
import { NamespacedMeta, ObjectMeta } from "../meta/object_meta.ts";
import { ResourceClaimSpec } from "./resourceclaim.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of } from "../schema/field.ts";
import { setClaimDefaults } from "./device_request.ts";
import { validateResourceClaimTemplate, validateResourceClaimUpdate } from "../validation/resourceclaim.ts";

export const ResourceClaimTemplateSpec = object("io.k8s.api.resource.v1.ResourceClaimTemplateSpec", {
  metadata: of(1, ObjectMeta),
  spec: of(2, ResourceClaimSpec, { required: true }),
});
export interface ResourceClaimTemplateSpec extends ValueOf<typeof ResourceClaimTemplateSpec> {}

/** What claims made for pods look like. */
export const ResourceClaimTemplate = kind(
  "io.k8s.api.resource.v1.ResourceClaimTemplate",
  {
    group: "resource.k8s.io",
    version: "v1",
    kind: "ResourceClaimTemplate",
    plural: "resourceclaimtemplates",
    scope: "Namespaced",
  },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ResourceClaimTemplateSpec, { required: true }),
  },
  {
    setDefaults({ spec }) {
      setClaimDefaults(spec.spec?.devices);
    },
    columns: [NAME, AGE],
    validate: validateResourceClaimTemplate,
    revalidate: validateResourceClaimUpdate,
  },
);
export interface ResourceClaimTemplate extends ObjectOf<typeof ResourceClaimTemplate> {}
export type ResourceClaimTemplateDraft = DraftObjectOf<typeof ResourceClaimTemplate>;
