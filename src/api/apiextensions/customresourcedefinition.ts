import { ClusterMeta } from "../meta/object_meta.ts";
import { STRING, boolean, bytes, int32, int64, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import type { ValueOf } from "../schema/schema.ts";
import {
  validateCustomResourceDefinition,
  validateCustomResourceDefinitionStatusUpdate,
  validateCustomResourceDefinitionUpdate,
} from "../validation/customresourcedefinition.ts";
import { JSONSchemaProps } from "./json_schema.ts";
import { schemaWarnings } from "./schema_warnings.ts";

const PREFIX = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const GROUP = { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" } as const;

const ServiceReference = object(`${PREFIX}.ServiceReference`, {
  namespace: string(1, { required: true, always: true }),
  name: string(2, { required: true, always: true }),
  path: string(3, { ptr: true }),
  port: int32(4, { ptr: true, default: 443 }),
});

const WebhookClientConfig = object(`${PREFIX}.WebhookClientConfig`, {
  service: ptr(1, ServiceReference),
  caBundle: bytes(2),
  url: string(3, { ptr: true }),
});
export interface WebhookClientConfig extends ValueOf<typeof WebhookClientConfig> {}

const WebhookConversion = object(`${PREFIX}.WebhookConversion`, {
  clientConfig: ptr(2, WebhookClientConfig),
  conversionReviewVersions: list(3, STRING, { required: true }),
});

const CustomResourceConversion = object(`${PREFIX}.CustomResourceConversion`, {
  strategy: string(1, { required: true, always: true }),
  webhook: ptr(2, WebhookConversion),
});
export interface CustomResourceConversion extends ValueOf<typeof CustomResourceConversion> {}

const CustomResourceDefinitionNames = object(`${PREFIX}.CustomResourceDefinitionNames`, {
  plural: string(1, { required: true, always: true }),
  singular: string(2),
  shortNames: list(3, STRING),
  kind: string(4, { required: true, always: true }),
  listKind: string(5),
  categories: list(6, STRING),
});
export interface CustomResourceDefinitionNames extends ValueOf<typeof CustomResourceDefinitionNames> {}

const CustomResourceColumnDefinition = object(`${PREFIX}.CustomResourceColumnDefinition`, {
  name: string(1, { required: true, always: true }),
  type: string(2, { required: true, always: true }),
  format: string(3),
  description: string(4),
  priority: int32(5),
  jsonPath: string(6, { required: true, always: true }),
});
export interface CustomResourceColumnDefinition extends ValueOf<typeof CustomResourceColumnDefinition> {}

const CustomResourceSubresourceScale = object(`${PREFIX}.CustomResourceSubresourceScale`, {
  specReplicasPath: string(1, { required: true, always: true }),
  statusReplicasPath: string(2, { required: true, always: true }),
  labelSelectorPath: string(3, { ptr: true }),
});

const CustomResourceSubresources = object(`${PREFIX}.CustomResourceSubresources`, {
  status: ptr(1, object(`${PREFIX}.CustomResourceSubresourceStatus`, {})),
  scale: ptr(2, CustomResourceSubresourceScale),
});
export interface CustomResourceSubresources extends ValueOf<typeof CustomResourceSubresources> {}

const SelectableField = object(`${PREFIX}.SelectableField`, {
  jsonPath: string(1, { required: true, always: true }),
});

const CustomResourceDefinitionVersion = object(`${PREFIX}.CustomResourceDefinitionVersion`, {
  name: string(1, { required: true, always: true }),
  served: boolean(2, { required: true, always: true }),
  storage: boolean(3, { required: true, always: true }),
  schema: ptr(4, object(`${PREFIX}.CustomResourceValidation`, { openAPIV3Schema: ptr(1, JSONSchemaProps) })),
  subresources: ptr(5, CustomResourceSubresources),
  additionalPrinterColumns: list(6, CustomResourceColumnDefinition),
  deprecated: boolean(7),
  deprecationWarning: string(8, { ptr: true }),
  selectableFields: list(9, SelectableField),
});
export interface CustomResourceDefinitionVersion extends ValueOf<typeof CustomResourceDefinitionVersion> {}

const CustomResourceDefinitionSpec = object(`${PREFIX}.CustomResourceDefinitionSpec`, {
  group: string(1, { required: true, always: true }),
  names: of(3, CustomResourceDefinitionNames, { required: true }),
  scope: string(4, { required: true, always: true }),
  versions: list(7, CustomResourceDefinitionVersion, { required: true }),
  conversion: ptr(9, CustomResourceConversion, { default: { strategy: "None" } }),
  preserveUnknownFields: boolean(10),
});
export interface CustomResourceDefinitionSpec extends ValueOf<typeof CustomResourceDefinitionSpec> {}

const CustomResourceDefinitionCondition = object(`${PREFIX}.CustomResourceDefinitionCondition`, {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
  observedGeneration: int64(6),
});
export interface CustomResourceDefinitionCondition extends ValueOf<typeof CustomResourceDefinitionCondition> {}

const CustomResourceDefinitionStatus = object(`${PREFIX}.CustomResourceDefinitionStatus`, {
  conditions: list(1, CustomResourceDefinitionCondition, { mapKeys: ["type"], always: true }),
  acceptedNames: of(2, CustomResourceDefinitionNames),
  storedVersions: list(3, STRING, { always: true }),
  observedGeneration: int64(4),
});
export interface CustomResourceDefinitionStatus extends ValueOf<typeof CustomResourceDefinitionStatus> {}

/** Declares a kind of object at run time. */
export const CustomResourceDefinition = kind(
  `${PREFIX}.CustomResourceDefinition`,
  { ...GROUP, plural: "customresourcedefinitions", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, CustomResourceDefinitionSpec, { required: true }),
    status: of(3, CustomResourceDefinitionStatus),
  },
  {
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    subresources: { status: { ...GROUP, verbs: ["get", "patch", "update"] } },
    generation: true,
    finalizerRule: "anyName",
    setDefaults({ spec }) {
      const { names } = spec;
      if (!names.singular) names.singular = names.kind.toLowerCase();
      if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
    },
    prepare({ spec, status }) {
      const storage = spec.versions.find((version) => version.storage)?.name;
      if (storage !== undefined && !status.storedVersions.includes(storage)) {
        status.storedVersions = [...status.storedVersions, storage];
      }
    },
    updateNeedsVersion: true,
    validate: validateCustomResourceDefinition,
    revalidate: validateCustomResourceDefinitionUpdate,
    validateStatusUpdate: validateCustomResourceDefinitionStatusUpdate,
    warnings: (next, previous) => schemaWarnings(next.spec, previous?.spec),
  },
);
export interface CustomResourceDefinition extends ObjectOf<typeof CustomResourceDefinition> {}
export type CustomResourceDefinitionDraft = DraftObjectOf<typeof CustomResourceDefinition>;

/** The finalizer that keeps a definition until its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** Whether a condition of a definition says True. */
export function hasCondition({ status }: CustomResourceDefinition, type: string): boolean {
  return status.conditions.some((condition) => condition.type === type && condition.status === "True");
}
