import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { PolicyRule } from "./policy_rule.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of, ptr } from "../schema/field.ts";
import { object } from "../schema/object.ts";
import { validateClusterRole } from "../validation/role.ts";

export const AggregationRule = object("io.k8s.api.rbac.v1.AggregationRule", {
  clusterRoleSelectors: list(1, LabelSelector),
});
export interface AggregationRule extends ValueOf<typeof AggregationRule> {}

/** Permissions in the whole cluster, or to be given in any namespace. */
export const ClusterRole = kind(
  "io.k8s.api.rbac.v1.ClusterRole",
  { group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole", plural: "clusterroles", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    rules: list(2, PolicyRule, { always: true }),
    aggregationRule: ptr(3, AggregationRule),
  },
  {
    nameRule: "pathSegment",
    createOnUpdate: true,
    validate: validateClusterRole,
  },
);
export interface ClusterRole extends ObjectOf<typeof ClusterRole> {}
export type ClusterRoleDraft = DraftObjectOf<typeof ClusterRole>;
