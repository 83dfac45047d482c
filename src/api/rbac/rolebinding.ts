import { NamespacedMeta } from "../meta/object_meta.ts";
import { ROLE_BINDING_COLUMNS, setSubjectDefaults } from "./role_binding.ts";
import { RoleRef, Subject } from "./role_binding.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of } from "../schema/field.ts";
import { validateRoleBinding, validateRoleBindingUpdate } from "../validation/role_binding.ts";

/** Gives subjects the permissions of a role in one namespace. */
export const RoleBinding = kind(
  "io.k8s.api.rbac.v1.RoleBinding",
  {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "RoleBinding",
    plural: "rolebindings",
    scope: "Namespaced",
  },
  {
    metadata: of(1, NamespacedMeta),
    subjects: list(2, Subject),
    roleRef: of(3, RoleRef, { required: true }),
  },
  {
    nameRule: "pathSegment",
    setDefaults: setSubjectDefaults,
    columns: ROLE_BINDING_COLUMNS,
    createOnUpdate: true,
    validate: validateRoleBinding,
    validateUpdate: validateRoleBindingUpdate,
  },
);
export interface RoleBinding extends ObjectOf<typeof RoleBinding> {}
export type RoleBindingDraft = DraftObjectOf<typeof RoleBinding>;
