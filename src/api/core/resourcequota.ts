import { AGE, NAME, column } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { QUANTITY, STRING, list, map, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validateResourceQuota,
  validateResourceQuotaUpdate,
  validateResourceQuotaStatusUpdate,
} from "../validation/resourcequota.ts";

/** What a quota may be bounded to (core/v1 ResourceQuotaScope). */
const QUOTA_SCOPES = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
] as const;

export const ScopedResourceSelectorRequirement = object("io.k8s.api.core.v1.ScopedResourceSelectorRequirement", {
  scopeName: string(1, {
    required: true,
    always: true,
    enum: QUOTA_SCOPES,
  }),
  operator: string(2, { required: true, always: true, enum: ["DoesNotExist", "Exists", "In", "NotIn"] }),
  values: list(3, STRING),
});
export interface ScopedResourceSelectorRequirement extends ValueOf<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = object(
  "io.k8s.api.core.v1.ScopeSelector",
  {
    matchExpressions: list(1, ScopedResourceSelectorRequirement),
  },
  { atomic: true },
);
export interface ScopeSelector extends ValueOf<typeof ScopeSelector> {}

export const ResourceQuotaSpec = object("io.k8s.api.core.v1.ResourceQuotaSpec", {
  hard: map(1, QUANTITY),
  scopes: list(2, STRING, {
    enum: QUOTA_SCOPES,
  }),
  scopeSelector: ptr(3, ScopeSelector),
});
export interface ResourceQuotaSpec extends ValueOf<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = object("io.k8s.api.core.v1.ResourceQuotaStatus", {
  hard: map(1, QUANTITY),
  used: map(2, QUANTITY),
});
export interface ResourceQuotaStatus extends ValueOf<typeof ResourceQuotaStatus> {}

function usageText({ hard, used }: ResourceQuotaStatus, limits: boolean): string {
  return Object.keys(hard ?? {})
    .filter((name) => name.startsWith("limits.") === limits)
    .toSorted()
    .map((name) => `${name}: ${used?.[name] ?? "0"}/${hard?.[name]}`)
    .join(", ");
}

export const ResourceQuota = kind(
  "io.k8s.api.core.v1.ResourceQuota",
  { group: "", version: "v1", kind: "ResourceQuota", plural: "resourcequotas", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, ResourceQuotaSpec),
    status: of(3, ResourceQuotaStatus),
  },
  {
    shortNames: ["quota"],
    subresources: {
      status: { kind: "ResourceQuota", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    columns: [
      NAME,
      column("Request", "string", "Used of what is granted.", ({ status }) => usageText(status, false)),
      column("Limit", "string", "The same of limits.", ({ status }) => usageText(status, true)),
      AGE,
    ],
    validate: validateResourceQuota,
    validateUpdate: validateResourceQuotaUpdate,
    validateStatusUpdate: validateResourceQuotaStatusUpdate,
  },
);
export interface ResourceQuota extends ObjectOf<typeof ResourceQuota> {}
export type ResourceQuotaDraft = DraftObjectOf<typeof ResourceQuota>;
