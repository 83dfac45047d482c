import type { MatchCondition, Variable } from "../admissionregistration/expressions.ts";
import type { AuditAnnotation, Validation } from "../admissionregistration/validatingadmissionpolicy.ts";
import { admissionVariables, Composition } from "../cel/admission_variables.ts";
import { compile } from "../cel/compile.ts";
import type { CelType, TypeKind } from "../cel/types.ts";
import type { Report } from "./report.ts";

type Environment = ReadonlyMap<string, CelType>;

/** What an expression must give, and how messages call it. */
interface Wanted {
  readonly kinds: readonly TypeKind[];
  readonly shown: string;
}

const TRUTH: Wanted = { kinds: ["bool"], shown: "bool" };
const TEXT: Wanted = { kinds: ["string"], shown: "string" };
const TEXT_OR_NULL: Wanted = { kinds: ["string", "null"], shown: "one of [string null_type]" };

/** Reports an expression that does not compile; what is empty is refused elsewhere. */
function checkExpression(report: Report, path: string, source: string, environment: Environment, wanted: Wanted): void {
  if (source.trim() === "") return;
  const compiled = compile(source, environment);
  if ("problems" in compiled) report.invalid(path, source, `compilation failed: ${compiled.problems}`);
  else if ("constant" in compiled) report.invalid(path, source, `program instantiation failed: ${compiled.constant}`);
  else if (!wanted.kinds.includes(compiled.type.kind)) {
    report.invalid(path, source, `must evaluate to ${wanted.shown} but got ${compiled.type.name}`);
  }
}

/** Conditions of webhooks, or of policies that may have parameters. */
export function checkConditionExpressions(
  report: Report,
  path: string,
  conditions: readonly MatchCondition[] | undefined,
  hasParams = false,
): void {
  if (!conditions?.length) return;
  const environment = admissionVariables({ params: hasParams, authorizer: true });
  for (const [i, { expression }] of conditions.entries()) {
    checkExpression(report, `${path}[${i}].expression`, expression, environment, TRUTH);
  }
}

interface Policy {
  readonly paramKind?: object | undefined;
  readonly variables?: readonly Variable[] | undefined;
  readonly validations?: readonly Validation[] | undefined;
  readonly auditAnnotations?: readonly AuditAnnotation[] | undefined;
}

/** The expressions of a ValidatingAdmissionPolicy beside its conditions. */
export function checkPolicyExpressions(report: Report, path: string, policy: Policy): void {
  const params = policy.paramKind !== undefined;
  const composition = new Composition(admissionVariables({ params, authorizer: true }));
  for (const [i, { name, expression }] of (policy.variables ?? []).entries()) {
    const problem = expression.trim() === "" ? undefined : composition.define(name, expression);
    if (problem === undefined) continue;
    const detail =
      "problems" in problem
        ? `compilation failed: ${problem.problems}`
        : `program instantiation failed: ${problem.constant}`;
    report.invalid(`${path}.variables[${i}].expression`, expression, detail);
  }
  const { environment } = composition;
  // What is said to users is not to depend on what they may do.
  const forMessages = new Map([...environment].filter(([name]) => !name.startsWith("authorizer")));
  for (const [i, { expression, messageExpression }] of (policy.validations ?? []).entries()) {
    const at = `${path}.validations[${i}]`;
    checkExpression(report, `${at}.expression`, expression, environment, TRUTH);
    checkExpression(report, `${at}.messageExpression`, messageExpression ?? "", forMessages, TEXT);
  }
  for (const [i, { valueExpression }] of (policy.auditAnnotations ?? []).entries()) {
    checkExpression(
      report,
      `${path}.auditAnnotations[${i}].valueExpression`,
      valueExpression,
      environment,
      TEXT_OR_NULL,
    );
  }
}
