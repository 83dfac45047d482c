import { forbiddenError, invalidError, notSupportedError, requiredError, type FieldError } from "../schema/errors.ts";
import { compileRules, type CompiledRule } from "./compiled_rule.ts";
import { declare, type Declared } from "./declared.ts";
import { escapeName } from "./escape.ts";
import { normalizedFieldPath } from "./field_path.ts";
import { additionalOf, isEmbedded, itemsOf, type Rule, type RuleSchema } from "./rule_schema.ts";

const LIMITS = {
  /** Estimated cost of one expression, times how often it may run. */
  ruleCostMax: 10_000_000,
  /** Of all rules of one schema. */
  schemaCostMax: 100_000_000,
  /** The costliest rules that are named when all together cost too much. */
  namedMax: 4,
} as const;
const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const RULES = "x-kubernetes-validations";
const LINE_BREAK = /[\n\r]/;

/** What can be said against a schema's own rules without reading their expressions. */
export function ruleFormErrors(schema: RuleSchema, path: string): FieldError[] {
  return (schema[RULES] ?? []).flatMap((rule, i) => formErrors(rule, schema, `${path}.${RULES}[${i}]`));
}

function formErrors(rule: Rule, schema: RuleSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { message = "", messageExpression = "", fieldPath = "", reason } = rule;
  const [text, shown] = [rule.rule.trim(), message.trim()];
  if (text === "") errors.push(requiredError(`${path}.rule`, "rule is not specified"));
  else if (message !== "" && shown === "") {
    errors.push(invalidError(`${path}.message`, message, "must be non-empty if specified"));
  } else if (LINE_BREAK.test(shown)) {
    errors.push(invalidError(`${path}.message`, message, "must not contain line breaks"));
  } else if (LINE_BREAK.test(text) && shown === "") {
    errors.push(requiredError(`${path}.message`, "message must be specified if rule contains line breaks"));
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(requiredError(`${path}.messageExpression`, "messageExpression must be non-empty if specified"));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupportedError(`${path}.reason`, reason, REASONS));
  }
  return [...errors, ...fieldPathErrors(fieldPath, schema, `${path}.fieldPath`)];
}

function fieldPathErrors(fieldPath: string, schema: RuleSchema, path: string): FieldError[] {
  if (fieldPath === "") return [];
  const errors: FieldError[] = [];
  if (fieldPath.trim() === "") errors.push(invalidError(path, fieldPath, "must be non-empty if specified"));
  if (LINE_BREAK.test(fieldPath)) errors.push(invalidError(path, fieldPath, "must not contain line breaks"));
  if (normalizedFieldPath(fieldPath, schema) === undefined) {
    errors.push(invalidError(path, fieldPath, "must be a valid path"));
  }
  return errors;
}

/** A place in a schema on the way through it. */
interface Place {
  readonly schema: RuleSchema;
  readonly path: string;
  /** How often a value may stand there at most; undefined when nothing above bounds it. */
  readonly cardinality?: number | undefined;
  /** The nearest schema above whose values cannot be told apart from those before. */
  readonly uncorrelatable?: string | undefined;
  /** Found in that of the schema above, where there is one. */
  readonly declared?: Declared | undefined;
}

/** The schemas directly within one, in the order in which errors about them are told. */
function childrenOf(place: Place): Place[] {
  const { schema, path, declared } = place;
  const cardinality = childCardinality(place);
  const children: Place[] = [];
  const mapType = schema["x-kubernetes-map-type"];
  const isCorrelatable = mapType === undefined || mapType === "granular" || mapType === "atomic";
  const additional = additionalOf(schema);
  const base = { cardinality, uncorrelatable: place.uncorrelatable };
  if (additional !== undefined) {
    children.push({ ...base, schema: additional, path: `${path}.additionalProperties`, declared: declared?.element });
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    children.push({
      schema: property,
      path: `${path}.properties[${name}]`,
      cardinality,
      uncorrelatable: isCorrelatable ? place.uncorrelatable : (place.uncorrelatable ?? path),
      declared: declared?.fields?.get(escapeName(name) ?? ""),
    });
  }
  const items = itemsOf(schema);
  if (items !== undefined) {
    const isMap = schema["x-kubernetes-list-type"] === "map";
    const uncorrelatable = isMap ? place.uncorrelatable : (place.uncorrelatable ?? path);
    children.push({ schema: items, path: `${path}.items`, cardinality, uncorrelatable, declared: declared?.element });
  }
  return children;
}

function childCardinality({ schema, cardinality }: Place): number | undefined {
  const factor = growth(schema);
  return cardinality === undefined || factor === undefined ? undefined : cardinality * factor;
}

/** How many values a schema may hold of those within it; undefined when as many as one likes. */
function growth(schema: RuleSchema): number | undefined {
  const isMap = schema.type === "object" && schema.additionalProperties !== undefined;
  if (!isMap && schema.type !== "array") return 1;
  const most = isMap ? schema.maxProperties : schema.maxItems;
  return most === undefined ? undefined : Math.max(most, 0);
}

/** Estimated costs of the rules of a schema so far. */
interface Costs {
  total: number;
  readonly expensive: { readonly path: string; readonly cost: number }[];
}

/**
 * What is wrong with the expressions in a schema of whole objects: types, results, estimated costs, `oldSelf` where
 * nothing from before can be found. Only for a schema that is otherwise well.
 */
export function ruleExpressionErrors(schema: RuleSchema, path: string): FieldError[] {
  const costs: Costs = { total: 0, expensive: [] };
  const errors = expressionErrors({ schema, path, cardinality: 1 }, true, costs);
  if (costs.total <= LIMITS.schemaCostMax) return errors;
  const named = costs.expensive.toSorted((a, b) => b.cost - a.cost).slice(0, LIMITS.namedMax);
  const detail = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  const total = forbiddenError(path, overBudget(what, costs.total, LIMITS.schemaCostMax));
  return [...errors, ...named.map((each) => forbiddenError(each.path, detail)), total];
}

function expressionErrors(place: Place, isRoot: boolean, costs: Costs): FieldError[] {
  const { schema, path } = place;
  const hasRules = (schema[RULES]?.length ?? 0) > 0;
  const isWhole = isRoot || isEmbedded(schema);
  const declared = place.declared ?? (hasRules ? declare(schema, isWhole) : undefined);
  const within = childrenOf({ ...place, declared }).flatMap((child) => expressionErrors(child, false, costs));
  if (!hasRules) return within;
  if (declared === undefined) {
    const cause = "unable to convert structural schema to CEL declarations";
    const detail = `internal error: failed to construct type information for ${RULES} rules: ${cause}`;
    return [...within, { type: "InternalError", field: `${path}.${RULES}`, message: `Internal error: ${detail}` }];
  }
  const own = compileRules(schema, declared).flatMap((compiled, i) =>
    compiledErrors(compiled, place, `${path}.${RULES}[${i}]`, costs),
  );
  return [...within, ...own];
}

function compiledErrors(compiled: CompiledRule, place: Place, path: string, costs: Costs): FieldError[] {
  const { rule, expression, message, isTransition } = compiled;
  const errors: FieldError[] = [];
  if (expression !== undefined && "program" in expression) {
    const cost = expression.costMax * (place.cardinality ?? compiled.cardinalityMax);
    errors.push(...observe(costs, `${path}.rule`, "estimated rule cost", cost));
  } else if (expression !== undefined) errors.push(invalidError(`${path}.rule`, internalForm(rule), expression.error));
  if (message !== undefined && "program" in message) {
    errors.push(...observe(costs, `${path}.messageExpression`, "estimated messageExpression cost", message.costMax));
  } else if (message !== undefined) {
    errors.push(invalidError(`${path}.messageExpression`, internalForm(rule), message.error));
  }
  if (isTransition && place.uncorrelatable !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    errors.push(invalidError(`${path}.rule`, rule.rule, detail));
  } else if (!isTransition && rule.optionalOldSelf !== undefined) {
    const detail = "may not be set if oldSelf is not used in rule";
    errors.push(invalidError(`${path}.optionalOldSelf`, rule.optionalOldSelf, detail));
  }
  return errors;
}

/** The rule as Kubernetes shows it, which knows it by the names of its internal type. */
function internalForm(rule: Rule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

function observe(costs: Costs, path: string, what: string, cost: number): FieldError[] {
  costs.total += cost;
  if (cost >= LIMITS.schemaCostMax / 100) costs.expensive.push({ path, cost });
  return cost > LIMITS.ruleCostMax ? [forbiddenError(path, overBudget(what, cost, LIMITS.ruleCostMax))] : [];
}

function overBudget(what: string, cost: number, most: number): string {
  const times = cost / most;
  const factor = times > 100 ? "more than 100x" : `${times.toFixed(times < 1.5 ? 6 : 1)}x`;
  const hint =
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
  return `${what} exceeds budget by factor of ${factor} ${hint}`;
}
