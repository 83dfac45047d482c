import type { Affinity, NodeAffinity, PodAffinityTerm, WeightedPodAffinityTerm } from "../core/affinity.ts";
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "../core/node_selector.ts";
import type { TopologySpreadConstraint } from "../core/pod_spec.ts";
import type { Toleration } from "../core/taint.ts";
import type { LabelSelector } from "../meta/label_selector.ts";
import { checkLabelSelector } from "./labels.ts";
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "./names.ts";
import type { Report } from "./report.ts";

export function checkAffinity(report: Report, path: string, affinity: Affinity | undefined): void {
  if (affinity?.nodeAffinity) checkNodeAffinity(report, `${path}.nodeAffinity`, affinity.nodeAffinity);
  for (const name of ["podAffinity", "podAntiAffinity"] as const) {
    const at = `${path}.${name}`;
    const required = affinity?.[name]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [i, term] of required.entries()) {
      checkPodTerm(report, `${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, term);
    }
    const preferred = affinity?.[name]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [i, term] of preferred.entries()) {
      checkWeighted(report, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`, term);
    }
  }
}

function checkWeight(report: Report, path: string, weight: number): void {
  if (weight <= 0 || weight > 100) report.invalid(`${path}.weight`, weight, "must be in the range 1-100");
}

function checkWeighted(report: Report, path: string, { weight, podAffinityTerm }: WeightedPodAffinityTerm): void {
  checkWeight(report, path, weight);
  checkPodTerm(report, `${path}.podAffinityTerm`, podAffinityTerm);
}

function checkNodeAffinity(report: Report, path: string, affinity: NodeAffinity): void {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) checkNodeSelector(report, `${path}.requiredDuringSchedulingIgnoredDuringExecution`, required);
  for (const [i, term] of (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    checkWeight(report, at, term.weight);
    checkNodeTerm(report, `${at}.preference`, term.preference, { valuesChecked: false });
  }
}

export function checkNodeSelector(report: Report, path: string, { nodeSelectorTerms }: NodeSelector): void {
  const at = `${path}.nodeSelectorTerms`;
  if (nodeSelectorTerms.length === 0) report.required(at, "must have at least one node selector term");
  for (const [i, term] of nodeSelectorTerms.entries()) {
    checkNodeTerm(report, `${at}[${i}]`, term, { valuesChecked: true });
  }
}

function checkNodeTerm(
  report: Report,
  path: string,
  term: NodeSelectorTerm,
  { valuesChecked }: { valuesChecked: boolean },
): void {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    checkNodeRequirement(report, at, requirement);
    if (!valuesChecked) continue;
    for (const [j, value] of (requirement.values ?? []).entries())
      report.check(`${at}.values[${j}]`, value, labelValue);
  }
  for (const [i, requirement] of (term.matchFields ?? []).entries()) {
    checkNodeField(report, `${path}.matchFields[${i}]`, requirement);
  }
}

function checkNodeRequirement(report: Report, path: string, { key, operator, values }: NodeSelectorRequirement): void {
  const count = values?.length ?? 0;
  switch (operator) {
    case "In":
    case "NotIn":
      if (count === 0) report.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case "Exists":
    case "DoesNotExist":
      if (count > 0) {
        report.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
      break;
    case "Gt":
    case "Lt":
      if (count !== 1) {
        report.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      }
      break;
    default:
      report.invalid(`${path}.operator`, operator, "not a valid selector operator");
  }
  report.check(`${path}.key`, key, qualifiedName);
}

function checkNodeField(report: Report, path: string, { key, operator, values = [] }: NodeSelectorRequirement): void {
  if (operator !== "In" && operator !== "NotIn") {
    report.invalid(`${path}.operator`, operator, "not a valid selector operator");
  } else if (values.length !== 1) {
    const rule = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    report.required(`${path}.values`, rule);
  }
  if (key !== "metadata.name") report.invalid(`${path}.key`, key, "not a valid field selector key");
  else for (const [i, value] of values.entries()) report.check(`${path}.values[${i}]`, value, dnsSubdomain);
}

function checkPodTerm(report: Report, path: string, term: PodAffinityTerm): void {
  checkLabelSelector(report, `${path}.labelSelector`, term.labelSelector);
  checkLabelSelector(report, `${path}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) report.check(`${path}.namespace`, name, dnsLabel);
  checkLabelKeys(report, path, term);
  if (term.topologyKey === "") report.required(`${path}.topologyKey`, "can not be empty");
  report.check(`${path}.topologyKey`, term.topologyKey, qualifiedName);
}

interface KeyedTerm {
  readonly labelSelector?: LabelSelector | undefined;
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
}

function checkLabelKeys(report: Report, path: string, term: KeyedTerm): void {
  for (const field of ["matchLabelKeys", "mismatchLabelKeys"] as const) {
    const keys = term[field] ?? [];
    if (keys.length > 0 && term.labelSelector === undefined) {
      report.forbidden(`${path}.${field}`, "must not be specified when labelSelector is not set");
      continue;
    }
    for (const [i, key] of keys.entries()) report.check(`${path}.${field}[${i}]`, key, qualifiedName);
  }
  const seen = new Set(Object.keys(term.labelSelector?.matchLabels ?? {}));
  for (const { key } of term.labelSelector?.matchExpressions ?? []) {
    const i = (term.matchLabelKeys ?? []).indexOf(key);
    if (i >= 0 && seen.has(key))
      report.invalid(`${path}[${i}]`, key, "exists in both matchLabelKeys and labelSelector");
    seen.add(key);
  }
  for (const [i, key] of (term.matchLabelKeys ?? []).entries()) {
    if (term.mismatchLabelKeys?.includes(key)) {
      report.invalid(`${path}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
  }
}

export function checkTolerations(report: Report, path: string, tolerations: readonly Toleration[]): void {
  for (const [i, { key, operator, value = "", effect, tolerationSeconds }] of tolerations.entries()) {
    const at = `${path}[${i}]`;
    if (key) report.check(`${at}.key`, key, qualifiedName);
    else if (operator !== "Exists") {
      const rule = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      report.invalid(`${at}.operator`, operator ?? "", rule);
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      report.invalid(`${at}.effect`, effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    checkTolerationValue(report, `${at}.operator`, operator ?? "", value);
    if (effect) checkTaintEffect(report, `${at}.effect`, effect);
  }
}

function checkTolerationValue(report: Report, path: string, operator: string, value: string): void {
  if (operator === "Equal" || operator === "") {
    const problems = labelValue(value);
    if (problems.length > 0) report.invalid(path, value, problems.join(";"));
  } else if (operator === "Exists") {
    if (value !== "") report.invalid(path, value, "value must be empty when `operator` is 'Exists'");
  } else {
    const isComparison = operator === "Lt" || operator === "Gt";
    report.notSupported(path, operator, isComparison ? ["Equal", "Exists", "Lt", "Gt"] : ["Equal", "Exists"]);
  }
}

export function checkTaintEffect(report: Report, path: string, effect: string): void {
  report.oneOf(path, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

export function checkSpreadConstraints(
  report: Report,
  path: string,
  constraints: readonly TopologySpreadConstraint[],
): void {
  const pairOf = (each: TopologySpreadConstraint) => `${each.topologyKey} ${each.whenUnsatisfiable}`;
  const lastOf = new Map(constraints.map((each, i) => [pairOf(each), i]));
  for (const [i, constraint] of constraints.entries()) {
    const at = `${path}[${i}]`;
    const { topologyKey, whenUnsatisfiable, minDomains } = constraint;
    report.positive(`${at}.maxSkew`, constraint.maxSkew);
    if (topologyKey === "") report.required(`${at}.topologyKey`, "can not be empty");
    if (whenUnsatisfiable !== "DoNotSchedule" && whenUnsatisfiable !== "ScheduleAnyway") {
      report.notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]);
    }
    if (lastOf.get(pairOf(constraint)) !== i) {
      report.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
    }
    if (minDomains !== undefined) {
      report.positive(`${at}.minDomains`, minDomains);
      if (whenUnsatisfiable !== "DoNotSchedule") {
        const rule = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        report.invalid(`${at}.minDomains`, minDomains, rule);
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[name];
      if (policy !== undefined && policy !== "Honor" && policy !== "Ignore") {
        report.notSupported(`${at}.${name}`, policy, ["Honor", "Ignore"]);
      }
    }
    checkLabelKeys(report, at, constraint);
    checkLabelSelector(report, `${at}.labelSelector`, constraint.labelSelector);
  }
}
