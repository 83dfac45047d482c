import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "../flowcontrol/flow_subjects.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import type { Report } from "./report.ts";

const SUBJECTS = ["Group", "ServiceAccount", "User"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
/** Where each kind of subject is described, and how refusals say that it is not. */
const PARTS = [
  ["user", "User"],
  ["group", "Group"],
  ["serviceAccount", "ServiceAccount"],
] as const;

/** Whose requests, and which of them, a flow schema takes (pkg/apis/flowcontrol/validation). */
export function checkFlowRule(report: Report, path: string, rule: PolicyRulesWithSubjects): void {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule;
  for (const [i, subject] of subjects.entries()) checkSubject(report, `${path}.subjects[${i}]`, subject);
  if (subjects.length === 0) report.required(`${path}.subjects`, "subjects must contain at least one value");
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    report.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  }
  for (const [i, each] of resourceRules.entries()) checkResources(report, `${path}.resourceRules[${i}]`, each);
  for (const [i, each] of nonResourceRules.entries()) checkUrls(report, `${path}.nonResourceRules[${i}]`, each);
}

function checkSubject(report: Report, path: string, subject: Subject): void {
  if (!SUBJECTS.includes(subject.kind)) {
    report.notSupported(`${path}.kind`, subject.kind, SUBJECTS);
    return;
  }
  for (const [part, kind] of PARTS) {
    const at = `${path}.${part}`;
    if (subject.kind !== kind) {
      if (subject[part]) report.forbidden(at, `${part} is forbidden when subject kind is not '${kind}'`);
    } else if (subject[part] === undefined) report.required(at, `${part} is required when subject kind is '${kind}'`);
    else if (subject[part].name === "") report.required(`${at}.name`);
  }
  if (subject.kind !== "ServiceAccount" || subject.serviceAccount === undefined) return;
  const { namespace, name } = subject.serviceAccount;
  const at = `${path}.serviceAccount`;
  if (name !== "" && name !== "*") report.check(`${at}.name`, name, dnsSubdomain);
  if (namespace === "") report.required(`${at}.namespace`, "must specify namespace for service account");
  else report.check(`${at}.namespace`, namespace, dnsLabel);
}

/** A star stands alone. */
function checkStar(report: Report, path: string, values: readonly string[], others: string): void {
  if (values.length < 2 || !values.includes("*")) return;
  report.invalid(path, values, `if '*' is present, must not specify other ${others}`);
}

function checkVerbs(report: Report, path: string, verbs: readonly string[]): void {
  checkStar(report, path, verbs, "verbs");
  if (verbs.length === 0) report.required(path, "verbs must contain at least one value");
  else if (!verbs.includes("*") && verbs.some((verb) => !VERBS.includes(verb))) {
    report.notSupported(path, verbs, VERBS);
  }
}

function checkResources(report: Report, path: string, rule: ResourcePolicyRule): void {
  const { verbs, apiGroups, resources, namespaces, clusterScope } = rule;
  checkVerbs(report, `${path}.verbs`, verbs);
  if (apiGroups.length === 0) {
    report.required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  }
  checkStar(report, `${path}.apiGroups`, apiGroups, "api groups");
  if (resources.length === 0) {
    report.required(`${path}.resources`, "resource rules must supply at least one resource");
  }
  checkStar(report, `${path}.resources`, resources, "resources");
  const at = `${path}.namespaces`;
  if ((namespaces ?? []).length === 0 && clusterScope !== true) {
    report.required(at, "resource rules that are not cluster scoped must supply at least one namespace");
  }
  checkStar(report, at, namespaces ?? [], "namespaces");
  if (namespaces?.includes("*")) return;
  for (const [i, namespace] of (namespaces ?? []).entries()) {
    for (const problem of dnsLabel(namespace)) {
      const text = `each member of this list must be '*' or a DNS-1123 label; ${problem}`;
      report.invalid(`${at}[${i}]`, namespace, text);
    }
  }
}

function checkUrls(report: Report, path: string, { verbs, nonResourceURLs: urls }: NonResourcePolicyRule): void {
  checkVerbs(report, `${path}.verbs`, verbs);
  const at = `${path}.nonResourceURLs`;
  if (urls.length === 0) report.required(at, "nonResourceURLs must contain at least one value");
  checkStar(report, at, urls, "non-resource URLs");
  if (urls.includes("*")) return;
  for (const [i, url] of urls.entries()) {
    const problem = urlProblem(url);
    if (problem !== undefined) report.invalid(`${at}[${i}]`, url, problem);
  }
}

function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const star = url.indexOf("*");
  return star === -1 || (star === url.length - 1 && url.endsWith("/*"))
    ? undefined
    : "wildcard can only do suffix matching";
}
