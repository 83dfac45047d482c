import type { MatchResources } from "../admissionregistration/match_resources.ts";
import { MutatingAdmissionPolicySpec } from "../admissionregistration/mutatingadmissionpolicy.ts";
import { MutatingAdmissionPolicyBindingSpec } from "../admissionregistration/mutatingadmissionpolicybinding.ts";
import type { ParamKind, ParamRef } from "../admissionregistration/param.ts";
import { ValidatingAdmissionPolicySpec } from "../admissionregistration/validatingadmissionpolicy.ts";
import { ValidatingAdmissionPolicyBindingSpec } from "../admissionregistration/validatingadmissionpolicybinding.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkPolicyExpressions } from "./admission_expressions.ts";
import { checkDeclared } from "./declared.ts";
import { checkLabelSelector } from "./labels.ts";
import { reportOf, type Report } from "./report.ts";
import { checkMatchConditions, checkRule } from "./webhook.ts";

export function validateValidatingAdmissionPolicy({
  spec,
}: {
  readonly spec: ValidatingAdmissionPolicySpec;
}): FieldError[] {
  return reportOf((report) => {
    checkDeclared(report, "spec", ValidatingAdmissionPolicySpec, { ...spec, matchConditions: undefined });
    checkPolicy(report, spec);
    checkPolicyExpressions(report, "spec", spec);
    if (!spec.validations?.length && !spec.auditAnnotations?.length) {
      const rule = "validations or auditAnnotations must contain at least one item";
      report.required("spec.validations", rule);
      report.required("spec.auditAnnotations", rule);
    }
  });
}

export function validateMutatingAdmissionPolicy({
  spec,
}: {
  readonly spec: MutatingAdmissionPolicySpec;
}): FieldError[] {
  return reportOf((report) => {
    checkDeclared(report, "spec", MutatingAdmissionPolicySpec, { ...spec, matchConditions: undefined });
    checkPolicy(report, spec);
    if (!spec.mutations?.length) report.required("spec.mutations", "mutations must contain at least one item");
    if (!spec.reinvocationPolicy) report.required("spec.reinvocationPolicy");
  });
}

interface Policy {
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly matchConditions?: ValidatingAdmissionPolicySpec["matchConditions"];
}

function checkPolicy(report: Report, { paramKind, matchConstraints, matchConditions }: Policy): void {
  if (paramKind && !paramKind.apiVersion) report.required("spec.paramKind.apiVersion");
  if (paramKind && !paramKind.kind) report.required("spec.paramKind.kind");
  const path = "spec.matchConstraints";
  if (!matchConstraints) report.required(path);
  else {
    checkMatch(report, path, matchConstraints);
    if (!matchConstraints.resourceRules?.length) report.required(`${path}.resourceRules`);
  }
  checkMatchConditions(report, "spec.matchConditions", matchConditions, paramKind !== undefined);
}

function checkMatch(report: Report, path: string, match: MatchResources): void {
  checkLabelSelector(report, `${path}.namespaceSelector`, match.namespaceSelector);
  checkLabelSelector(report, `${path}.objectSelector`, match.objectSelector);
  for (const field of ["resourceRules", "excludeResourceRules"] as const) {
    for (const [i, rule] of (match[field] ?? []).entries()) checkRule(report, `${path}.${field}[${i}]`, rule);
  }
}

export function validateValidatingAdmissionPolicyBinding({
  spec,
}: {
  readonly spec: ValidatingAdmissionPolicyBindingSpec;
}): FieldError[] {
  return reportOf((report) => {
    checkDeclared(report, "spec", ValidatingAdmissionPolicyBindingSpec, spec);
    checkBinding(report, spec);
    const actions = spec.validationActions;
    if (actions.length === 0) report.required("spec.validationActions", "at least one validation action is required");
    if (actions.includes("Deny") && actions.includes("Warn")) {
      const rule =
        "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
      report.invalid("spec.validationActions", actions, rule);
    }
  });
}

export function validateMutatingAdmissionPolicyBinding({
  spec,
}: {
  readonly spec: MutatingAdmissionPolicyBindingSpec;
}): FieldError[] {
  return reportOf((report) => {
    checkDeclared(report, "spec", MutatingAdmissionPolicyBindingSpec, spec);
    if (!spec.policyName) report.required("spec.policyName");
    checkBinding(report, spec);
  });
}

interface Binding {
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
}

function checkBinding(report: Report, { paramRef, matchResources }: Binding): void {
  if (paramRef) {
    const path = "spec.paramRef";
    const { name, selector, parameterNotFoundAction: action } = paramRef;
    if (name && selector) report.forbidden(`${path}.name`, "name and selector are mutually exclusive");
    if (!name && !selector) report.required(path, "one of name or selector must be specified");
    if (action === undefined) report.required(`${path}.parameterNotFoundAction`);
    else if (action !== "Deny" && action !== "Allow") {
      report.notSupported(`${path}.parameterNotFoundAction`, action, ["Deny", "Allow"]);
    }
  }
  if (matchResources) checkMatch(report, "spec.matchResources", matchResources);
}
