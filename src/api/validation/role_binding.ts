import { equalJson } from "../json.ts";
import type { RoleRef, Subject } from "../rbac/role_binding.ts";
import type { FieldError } from "../schema/errors.ts";
import { dnsSubdomain, pathSegment } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const GROUP = "rbac.authorization.k8s.io";

interface Checked {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | undefined;
}

export function validateRoleBinding(binding: Checked): FieldError[] {
  return reportOf((report) => checkBinding(report, binding, ["Role", "ClusterRole"], true));
}

export function validateClusterRoleBinding(binding: Checked): FieldError[] {
  return reportOf((report) => checkBinding(report, binding, ["ClusterRole"], false));
}

function checkBinding(
  report: Report,
  { roleRef, subjects = [] }: Checked,
  kinds: readonly string[],
  isNamespaced: boolean,
): void {
  if (roleRef.apiGroup !== GROUP) report.notSupported("roleRef.apiGroup", roleRef.apiGroup, [GROUP]);
  if (!kinds.includes(roleRef.kind)) report.notSupported("roleRef.kind", roleRef.kind, kinds);
  if (roleRef.name === "") report.required("roleRef.name");
  else report.check("roleRef.name", roleRef.name, pathSegment);
  for (const [i, subject] of subjects.entries()) checkSubject(report, `subjects[${i}]`, subject, isNamespaced);
}

function checkSubject(report: Report, path: string, subject: Subject, isNamespaced: boolean): void {
  const { kind, name, namespace = "", apiGroup = "" } = subject;
  if (name === "") report.required(`${path}.name`);
  if (kind === "ServiceAccount") {
    if (name !== "") report.check(`${path}.name`, name, dnsSubdomain);
    if (apiGroup !== "") report.notSupported(`${path}.apiGroup`, apiGroup, [""]);
    if (!isNamespaced && namespace === "") report.required(`${path}.namespace`);
  } else if (kind === "User" || kind === "Group") {
    if (apiGroup !== GROUP) report.notSupported(`${path}.apiGroup`, apiGroup, [GROUP]);
  } else report.notSupported(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"]);
}

/** A binding keeps its role: who may give one need not be allowed to give another. */
export function validateRoleBindingUpdate({ roleRef }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    if (!equalJson(roleRef, previous.roleRef)) report.invalid("roleRef", roleRef, "cannot change roleRef");
  });
}
