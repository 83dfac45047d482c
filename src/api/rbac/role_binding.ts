import { AGE, NAME, column, wideColumn } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { DraftOf } from "../schema/schema.ts";
import type { ValueOf } from "../schema/schema.ts";
import { object } from "../schema/object.ts";
import { string } from "../schema/field.ts";

export const Subject = object(
  "io.k8s.api.rbac.v1.Subject",
  {
    kind: string(1, { required: true, always: true }),
    apiGroup: string(2),
    name: string(3, { required: true, always: true }),
    namespace: string(4),
  },
  { atomic: true },
);
export interface Subject extends ValueOf<typeof Subject> {}

export const RoleRef = object(
  "io.k8s.api.rbac.v1.RoleRef",
  {
    apiGroup: string(1, { always: true, default: "rbac.authorization.k8s.io" }),
    kind: string(2, { required: true, always: true }),
    name: string(3, { required: true, always: true }),
  },
  { atomic: true },
);
export interface RoleRef extends ValueOf<typeof RoleRef> {}

const GROUP = "rbac.authorization.k8s.io";

/** Users and groups are this group's; service accounts are the core's. */
export function setSubjectDefaults({ subjects }: { subjects?: DraftOf<typeof Subject>[] | undefined }): void {
  for (const subject of subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= GROUP;
  }
}

interface BindingLike {
  readonly metadata: ObjectMeta;
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | undefined;
}

function namesOf({ subjects = [] }: BindingLike, kind: string, text: (subject: Subject) => string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(text)
    .join(", ");
}

/** The columns of bindings of both kinds. */
export const ROLE_BINDING_COLUMNS: readonly Column<BindingLike>[] = [
  NAME,
  column("Role", "string", "What it gives.", ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  AGE,
  wideColumn("Users", "string", "Users it gives it to.", (binding) => namesOf(binding, "User", ({ name }) => name)),
  wideColumn("Groups", "string", "Groups it gives it to.", (binding) => namesOf(binding, "Group", ({ name }) => name)),
  wideColumn("ServiceAccounts", "string", "Service accounts it gives it to.", (binding) =>
    namesOf(binding, "ServiceAccount", ({ namespace, name }) => `${namespace ?? ""}/${name}`),
  ),
];
