import { equalJson, isJsonObject, type JsonObject } from "../json.ts";
import type { Json } from "../schema/field.ts";
import { invalidError, type FieldError } from "../schema/errors.ts";
import { compileRules, type CompiledRule } from "./compiled_rule.ts";
import { correlated } from "./correlate.ts";
import { declare, type Declared } from "./declared.ts";
import { escapeName } from "./escape.ts";
import {
  additionalOf,
  asRoot,
  isEmbedded,
  itemsOf,
  member,
  propertyOf,
  type Rule,
  type RuleSchema,
} from "./rule_schema.ts";
import { Budget, failure, messageOf, messageOverrun, nameOf, OUT_OF_BUDGET, Overrun, refusal } from "./rule_outcome.ts";
import { readerOf } from "./schema_value.ts";
import { CelError, NONE, Optional, type Result } from "./value.ts";

/** The rules in a schema and those within, compiled when an object is first held against them. */
interface RuleNode {
  readonly schema: RuleSchema;
  readonly isRoot: boolean;
  readonly rules: () => readonly CompiledRule[];
  readonly items: RuleNode | undefined;
  readonly additional: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly allOf: readonly RuleNode[];
}

const nodes = new WeakMap<RuleSchema, { readonly node: RuleNode | undefined }>();

/**
 * Holds an object against the rules in its schema (`x-kubernetes-validations`).
 *
 * @param schema Of whole objects; its rules have passed `ruleExpressionErrors` when it was stored.
 * @param old What the object replaces; undefined when it is new. What is as it was before is not refused anew.
 * @param path Of the object in what was sent; empty for a whole one.
 */
export function validateRules(schema: RuleSchema, value: Json, old: Json | undefined, path = ""): FieldError[] {
  let known = nodes.get(schema);
  if (known === undefined)
    nodes.set(schema, (known = { node: nodeOf(schema, schema, true, () => declare(schema, true)) }));
  if (known.node === undefined) return [];
  const validation = new Validation();
  validation.check(known.node, { value, old, path, isUnchanged: () => old !== undefined && equalJson(value, old) });
  return validation.errors;
}

/** Undefined when there are no rules in a schema; `spine` is the schema that `rules` (of an `allOf`) is laid upon. */
function nodeOf(
  rules: RuleSchema,
  spine: RuleSchema,
  isRoot: boolean,
  declared: () => Declared | undefined,
): RuleNode | undefined {
  const memo = once(declared);
  const [items, spineItems] = [itemsOf(rules), itemsOf(spine)];
  const [additional, spineAdditional] = [additionalOf(rules), additionalOf(spine)];
  const element = () => memo()?.element;
  const node: RuleNode = {
    schema: spine,
    isRoot,
    rules: once(() => rulesOf(rules, spine, memo())),
    items: items && spineItems && nodeOf(items, spineItems, isEmbedded(spineItems), element),
    additional:
      additional && spineAdditional && nodeOf(additional, spineAdditional, isEmbedded(spineAdditional), element),
    properties: propertyNodes(rules, spine, memo),
    allOf: (rules.allOf ?? []).flatMap((each) => nodeOf(each, spine, isRoot, memo) ?? []),
  };
  const hasRules = (rules["x-kubernetes-validations"]?.length ?? 0) > 0;
  const isEmpty = !node.items && !node.additional && node.properties.size === 0 && node.allOf.length === 0;
  return isEmpty && !hasRules ? undefined : node;
}

function rulesOf(rules: RuleSchema, spine: RuleSchema, declared: Declared | undefined): readonly CompiledRule[] {
  const own = rules["x-kubernetes-validations"];
  if (own === undefined || declared === undefined) return [];
  return compileRules(rules === spine ? spine : { ...spine, "x-kubernetes-validations": own }, declared);
}

function propertyNodes(
  rules: RuleSchema,
  spine: RuleSchema,
  declared: () => Declared | undefined,
): ReadonlyMap<string, RuleNode> {
  const found = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const inner = propertyOf(spine, name);
    if (inner === undefined) continue;
    const isWhole = isEmbedded(inner);
    const identifier = escapeName(name);
    const of = () => (identifier === undefined ? declare(inner, isWhole) : declared()?.fields?.get(identifier));
    const node = nodeOf(property, inner, isWhole, of);
    if (node !== undefined) found.set(name, node);
  }
  return found;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A value on the way through an object, and what it replaces. */
interface Place {
  readonly value: Json;
  readonly old: Json | undefined;
  readonly path: string;
  /** Whether it, or the nearest place above that can be compared, is as it was. */
  readonly isUnchanged: () => boolean;
}

/** What rules are evaluated on. */
interface Subject {
  /** By the schema. */
  readonly type: string;
  readonly field: string;
  readonly self: Result;
  readonly oldSelf: Result | undefined;
}

type Variables = Readonly<Record<string, Result>>;

/** One object held against its rules. */
class Validation {
  readonly errors: FieldError[] = [];
  readonly #budget = new Budget();
  #isOver = false;

  check(node: RuleNode, place: Place): void {
    const { value } = place;
    if (value === null || this.#isOver) return;
    this.#checkRules(node, place);
    for (const each of node.allOf) this.check(each, { ...place, isUnchanged: () => false });
    if (Array.isArray(value)) this.#checkItems(node, value, place);
    else if (isJsonObject(value)) this.#checkMembers(node, value, place);
  }

  #checkItems({ items, schema }: RuleNode, value: readonly Json[], place: Place): void {
    if (items === undefined) return;
    const oldOf = correlated(schema, Array.isArray(place.old) ? place.old : []);
    for (const [i, item] of value.entries()) this.check(items, below(place, item, oldOf(item), `${place.path}[${i}]`));
  }

  #checkMembers({ additional, properties }: RuleNode, value: JsonObject, place: Place): void {
    const before = isJsonObject(place.old) ? place.old : undefined;
    for (const [key, each] of Object.entries(value)) {
      const old = member(before, key);
      if (additional) this.check(additional, below(place, each, old, `${place.path}[${key}]`));
      const property = properties.get(key);
      const inner = below(place, each, old, child(place.path, key));
      // Both versions are read as the same kind, so that these two could never change.
      const isKind = place.path === "" && (key === "apiVersion" || key === "kind");
      if (property) this.check(property, isKind ? { ...inner, isUnchanged: () => false } : inner);
    }
  }

  #checkRules(node: RuleNode, place: Place): void {
    const rules = node.rules();
    if (rules.length === 0) return;
    const type = node.schema.type ?? "";
    // A path to nothing is written so.
    const field = place.path === "" ? "<nil>" : place.path;
    if (this.#budget.isSpent) return this.#end(invalidError(field, type, OUT_OF_BUDGET));
    const read = readerOf(node.isRoot ? asRoot(node.schema) : node.schema);
    const self = read(place.value);
    const oldSelf = place.old === undefined || place.old === null ? undefined : read(place.old);
    for (const compiled of rules) {
      this.#checkRule(compiled, { type, self, oldSelf, field }, place);
      if (this.#isOver) return;
    }
  }

  #end(error: FieldError): void {
    this.errors.push(error);
    this.#isOver = true;
  }

  #checkRule(compiled: CompiledRule, subject: Subject, place: Place): void {
    const { rule, expression, isTransition } = compiled;
    const { type, self, oldSelf } = subject;
    if (expression === undefined) return;
    if ("error" in expression) {
      this.errors.push(invalidError(subject.field, type, `rule compile error: ${expression.error}`));
      return;
    }
    // A change can only be judged where there was something before.
    if (isTransition && oldSelf === undefined && rule.optionalOldSelf !== true) return;
    const variables = variablesOf(rule, self, oldSelf);
    const outcome = this.#budget.evaluate(expression.program, variables);
    if (outcome === true) return;
    if (outcome instanceof CelError || outcome instanceof Overrun) {
      this.#isOver = outcome instanceof Overrun;
      this.errors.push(invalidError(subject.field, type, failure(outcome, rule)));
      return;
    }
    const field = compiled.fieldPath === "" ? subject.field : child(place.path, compiled.fieldPath);
    const error = this.#refuse(compiled, type, variables, field, place.value);
    // What was already wrong and is not touched may stay.
    if (isTransition || !place.isUnchanged()) this.errors.push(error);
  }

  #refuse({ rule, message }: CompiledRule, type: string, variables: Variables, field: string, value: Json): FieldError {
    const fallback = rule.message ? nameOf(rule) : `failed rule: ${nameOf(rule)}`;
    if (message === undefined || "error" in message) return refusal(field, value, type, fallback, rule.reason);
    const outcome = this.#budget.evaluate(message.program, variables);
    if (outcome instanceof Overrun) {
      this.#isOver = true;
      return invalidError(field, type, messageOverrun(outcome, rule.messageExpression ?? ""));
    }
    return refusal(field, value, type, messageOf(outcome) ?? fallback, rule.reason);
  }
}

function variablesOf(rule: Rule, self: Result, oldSelf: Result | undefined): Variables {
  if (rule.optionalOldSelf !== true) {
    return { self, oldSelf: oldSelf ?? new CelError("no such attribute(s): oldSelf") };
  }
  if (oldSelf === undefined) return { self, oldSelf: NONE };
  return { self, oldSelf: oldSelf instanceof CelError ? oldSelf : new Optional(oldSelf) };
}

function child(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function below(place: Place, value: Json, old: Json | undefined, path: string): Place {
  const isUnchanged = old === undefined ? place.isUnchanged : () => equalJson(value, old);
  return { value, old, path, isUnchanged };
}
