import { ClusterMeta } from "../meta/object_meta.ts";
import { ROLE_BINDING_COLUMNS, setSubjectDefaults } from "./role_binding.ts";
import { RoleRef, Subject } from "./role_binding.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of } from "../schema/field.ts";
import { validateClusterRoleBinding, validateRoleBindingUpdate } from "../validation/role_binding.ts";

/** Gives subjects the permissions of a cluster role everywhere. */
export const ClusterRoleBinding = kind(
  "io.k8s.api.rbac.v1.ClusterRoleBinding",
  {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    subjects: list(2, Subject),
    roleRef: of(3, RoleRef, { required: true }),
  },
  {
    nameRule: "pathSegment",
    setDefaults: setSubjectDefaults,
    columns: ROLE_BINDING_COLUMNS,
    createOnUpdate: true,
    validate: validateClusterRoleBinding,
    validateUpdate: validateRoleBindingUpdate,
  },
);
export interface ClusterRoleBinding extends ObjectOf<typeof ClusterRoleBinding> {}
export type ClusterRoleBindingDraft = DraftObjectOf<typeof ClusterRoleBinding>;
