import { FlowSchemaSpec } from "../flowcontrol/flowschema.ts";
import { PriorityLevelConfigurationSpec } from "../flowcontrol/prioritylevelconfiguration.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkDeclared } from "./declared.ts";
import { pathSegment } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const PRECEDENCE_MAX = 10_000;
const DISTINGUISHERS = ["ByNamespace", "ByUser"];
const SUBJECTS = ["Group", "ServiceAccount", "User"];

export function validateFlowSchema({ spec }: { readonly spec: FlowSchemaSpec }): FieldError[] {
  return reportOf((report) => {
    const { matchingPrecedence: precedence, distinguisherMethod } = spec;
    if (precedence <= 0) report.invalid("spec.matchingPrecedence", precedence, "must be a positive value");
    if (precedence > PRECEDENCE_MAX) {
      report.invalid("spec.matchingPrecedence", precedence, `must not be greater than ${PRECEDENCE_MAX}`);
    }
    checkDeclared(report, "spec", FlowSchemaSpec, spec);
    const { name } = spec.priorityLevelConfiguration;
    if (name !== "") report.check("spec.priorityLevelConfiguration.name", name, pathSegment);
    if (distinguisherMethod && !DISTINGUISHERS.includes(distinguisherMethod.type)) {
      report.notSupported("spec.distinguisherMethod", distinguisherMethod, DISTINGUISHERS);
    }
    for (const [i, { subjects, resourceRules, nonResourceRules }] of (spec.rules ?? []).entries()) {
      const path = `spec.rules[${i}]`;
      if (subjects.length === 0) report.required(`${path}.subjects`, "subjects must contain at least one value");
      for (const [j, { kind }] of subjects.entries()) {
        if (!SUBJECTS.includes(kind)) report.notSupported(`${path}.subjects[${j}].kind`, kind, SUBJECTS);
      }
      if (!resourceRules?.length && !nonResourceRules?.length) {
        report.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
      }
    }
  });
}

export function validatePriorityLevel({ spec }: { readonly spec: PriorityLevelConfigurationSpec }): FieldError[] {
  return reportOf((report) => {
    const { type, limited, exempt } = spec;
    if (type === "Limited") {
      if (exempt) report.forbidden("spec.exempt", "must be nil if the type is Limited");
      if (limited) checkLimited(report, "spec.limited", limited);
      else report.required("spec.limited", "must not be empty when type is Limited");
    } else if (type === "Exempt") {
      if (limited) report.forbidden("spec.limited", "must be nil if the type is not Limited");
    } else report.notSupported("spec.type", type, ["Exempt", "Limited"]);
  });
}

type Limited = NonNullable<PriorityLevelConfigurationSpec["limited"]>;

function checkLimited(report: Report, path: string, limited: Limited): void {
  const { nominalConcurrencyShares: shares = 0, limitResponse, lendablePercent } = limited;
  if (shares < 0) report.invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer");
  const { type, queuing } = limitResponse;
  const at = `${path}.limitResponse`;
  if (type === "Reject") {
    if (queuing) report.forbidden(`${at}.queuing`, "must be nil if limited.limitResponse.type is not Limited");
  } else if (type !== "Queue") report.notSupported(`${at}.type`, type, ["Queue", "Reject"]);
  else if (!queuing) {
    report.required(`${at}.queuing`, "must not be empty if limited.limitResponse.type is Limited");
  } else {
    for (const field of ["queues", "handSize", "queueLengthLimit"] as const) {
      if (queuing[field] <= 0) report.invalid(`${at}.queuing.${field}`, queuing[field], "must be positive");
    }
    if (queuing.handSize > queuing.queues) {
      const rule = `should not be greater than queues (${queuing.queues})`;
      report.invalid(`${at}.queuing.handSize`, queuing.handSize, rule);
    }
  }
  if (lendablePercent < 0 || lendablePercent > 100) {
    report.invalid(`${path}.lendablePercent`, lendablePercent, "must be between 0 and 100, inclusive");
  }
}
