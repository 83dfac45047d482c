import type { ClusterRole } from "../rbac/clusterrole.ts";
import type { PolicyRule } from "../rbac/policy_rule.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkLabelSelector, tryMatcher } from "./labels.ts";
import { reportOf, type Report } from "./report.ts";

interface Checked {
  readonly rules?: readonly PolicyRule[];
}

export function validateRole({ rules = [] }: Checked): FieldError[] {
  return reportOf((report) => {
    for (const [i, rule] of rules.entries()) checkRule(report, `rules[${i}]`, rule, true);
  });
}

export function validateClusterRole({
  rules = [],
  aggregationRule,
}: Pick<ClusterRole, "rules" | "aggregationRule">): FieldError[] {
  return reportOf((report) => {
    for (const [i, rule] of rules.entries()) checkRule(report, `rules[${i}]`, rule, false);
    if (!aggregationRule) return;
    const path = "aggregationRule.clusterRoleSelectors";
    const selectors = aggregationRule.clusterRoleSelectors ?? [];
    if (selectors.length === 0) {
      report.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    for (const [i, selector] of selectors.entries()) {
      checkLabelSelector(report, `${path}[${i}]`, selector);
      if (!tryMatcher(selector)) report.invalid(`${path}[${i}]`, selector, "invalid label selector.");
    }
  });
}

function checkRule(report: Report, path: string, rule: PolicyRule, isNamespaced: boolean): void {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs: urls = [] } = rule;
  if (verbs.length === 0) report.required(`${path}.verbs`, "verbs must contain at least one value");
  if (urls.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (isNamespaced) report.invalid(at, urls, "namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      report.invalid(at, urls, "rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (apiGroups.length === 0) report.required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  if (resources.length === 0) report.required(`${path}.resources`, "resource rules must supply at least one resource");
}
