import { NamespacedMeta } from "../meta/object_meta.ts";
import { PolicyRule } from "./policy_rule.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of } from "../schema/field.ts";
import { validateRole } from "../validation/role.ts";

/** Permissions inside one namespace. */
export const Role = kind(
  "io.k8s.api.rbac.v1.Role",
  { group: "rbac.authorization.k8s.io", version: "v1", kind: "Role", plural: "roles", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    rules: list(2, PolicyRule, { always: true }),
  },
  {
    nameRule: "pathSegment",
    createOnUpdate: true,
    validate: validateRole,
  },
);
export interface Role extends ObjectOf<typeof Role> {}
export type RoleDraft = DraftObjectOf<typeof Role>;
