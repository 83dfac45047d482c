import { compile } from "./compile.ts";
import { estimateCost } from "./cost_estimate.ts";
import { cardinalityMax, type Declared } from "./declared.ts";
import { normalizedFieldPath } from "./field_path.ts";
import type { Program } from "./plan.ts";
import type { Rule, RuleSchema } from "./rule_schema.ts";
import { optionalType, type CelType } from "./types.ts";

/** A rule's expression, or what is wrong with it. */
export type CompiledExpression = { readonly program: Program; readonly costMax: number } | { readonly error: string };

export interface CompiledRule {
  readonly rule: Rule;
  /** Undefined when the rule is empty. */
  readonly expression: CompiledExpression | undefined;
  readonly message: CompiledExpression | undefined;
  /** Whether it looks at what was before. */
  readonly isTransition: boolean;
  /** How often it may run at most where no schema above bounds that. */
  readonly cardinalityMax: number;
  /** Where its errors belong, below the place of its schema; empty for that place itself. */
  readonly fieldPath: string;
}

/** Compiles the rules of one schema, but not of those within it. */
export function compileRules(schema: RuleSchema, declared: Declared): readonly CompiledRule[] {
  return (schema["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, schema, declared));
}

function compileRule(rule: Rule, schema: RuleSchema, declared: Declared): CompiledRule {
  const isEmpty = rule.rule.trim() === "";
  const before = rule.optionalOldSelf === true ? optionalType(declared.type) : declared.type;
  const variables = new Map([
    ["self", declared.type],
    ["oldSelf", before],
  ]);
  const expression = isEmpty ? undefined : compiledExpression(rule.rule, variables, declared, RULE);
  const isWell = expression !== undefined && "program" in expression;
  const message = isWell && rule.messageExpression ? rule.messageExpression : undefined;
  return {
    rule,
    expression,
    message: message === undefined ? undefined : compiledExpression(message, variables, declared, MESSAGE),
    isTransition: isWell && expression.program.uses.has("oldSelf"),
    cardinalityMax: cardinalityMax(declared),
    fieldPath: isWell && rule.fieldPath ? (normalizedFieldPath(rule.fieldPath, schema) ?? "") : "",
  };
}

interface Wanted {
  readonly type: "bool" | "string";
  readonly compiling: string;
  readonly preparing: string;
  readonly otherType: string;
}

const RULE: Wanted = {
  type: "bool",
  compiling: "compilation",
  preparing: "program instantiation",
  otherType: "cel expression must evaluate to a bool",
};
const MESSAGE: Wanted = {
  type: "string",
  compiling: "messageExpression compilation",
  preparing: "messageExpression instantiation",
  otherType: "messageExpression must evaluate to a string",
};

function compiledExpression(
  source: string,
  variables: ReadonlyMap<string, CelType>,
  root: Declared,
  wanted: Wanted,
): CompiledExpression {
  const compiled = compile(source, variables);
  if ("problems" in compiled) return { error: `${wanted.compiling} failed: ${compiled.problems}` };
  if ("constant" in compiled) return { error: `${wanted.preparing} failed: ${compiled.constant}` };
  if (compiled.type.kind !== wanted.type) return { error: wanted.otherType };
  return { program: compiled.program, costMax: estimateCost(compiled.checked, root).max };
}
