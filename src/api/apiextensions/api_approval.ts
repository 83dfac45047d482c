/** The annotation that says who approved an API in one of Kubernetes' own groups, or that nobody did. */
export const APPROVED_ANNOTATION = "api-approved.kubernetes.io";

export interface Approval {
  readonly state: "missing" | "bypassed" | "approved" | "invalid";
  readonly reason: string;
}

/** Whether a group belongs to the Kubernetes community. */
export function isProtectedGroup(group: string): boolean {
  return ["k8s.io", "kubernetes.io"].some((domain) => group === domain || group.endsWith(`.${domain}`));
}

/** How it stands with the approval of an API (apiextensions-apiserver helpers.GetAPIApprovalState). */
export function approvalOf(annotations: Readonly<Record<string, string>> | undefined): Approval {
  const text = annotations?.[APPROVED_ANNOTATION] ?? "";
  const rule = `protected groups must have approval annotation ${JSON.stringify(APPROVED_ANNOTATION)}`;
  const source = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (text === "") return { state: "missing", reason: `${rule}, ${source}` };
  if (text.startsWith("unapproved")) return { state: "bypassed", reason: `not approved: ${JSON.stringify(text)}` };
  const url = URL.parse(text);
  if (url !== null && url.host !== "") return { state: "approved", reason: `approved in ${text}` };
  const forms = 'with either a URL or a reason starting with "unapproved"';
  return { state: "invalid", reason: `${rule} ${forms}, ${source}` };
}
