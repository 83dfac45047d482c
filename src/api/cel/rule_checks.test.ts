import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleExpressionErrors, ruleFormErrors } from "./check_rules.ts";
import type { Rule, RuleSchema } from "./rule_schema.ts";

const HINT =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

/** An object with one property that stands under rules. */
function property(schema: RuleSchema, ...rules: (string | Rule)[]): RuleSchema {
  const all = rules.map((rule) => (typeof rule === "string" ? { rule } : rule));
  return { type: "object", properties: { f: { ...schema, "x-kubernetes-validations": all } } };
}

function shown(errors: readonly { field: string; message: string }[]): string[] {
  return errors.map(
    ({ field, message }) => `${field.replace("s.properties[f].x-kubernetes-validations", "")}: ${message}`,
  );
}

const int: RuleSchema = { type: "integer" };
const text: RuleSchema = { type: "string" };

const forms: readonly (readonly [rule: Rule, ...errors: string[]])[] = [
  [{ rule: "true" }],
  [{ rule: "  " }, "[0].rule: Required value: rule is not specified"],
  [{ rule: "true", message: " " }, `[0].message: Invalid value: " ": must be non-empty if specified`],
  [{ rule: "true", message: "a\nb" }, `[0].message: Invalid value: "a\\nb": must not contain line breaks`],
  [{ rule: "true &&\ntrue" }, "[0].message: Required value: message must be specified if rule contains line breaks"],
  [{ rule: "true &&\ntrue", message: "both" }],
  [
    { rule: "true", messageExpression: " " },
    "[0].messageExpression: Required value: messageExpression must be non-empty if specified",
  ],
  [
    { rule: "true", reason: "Because" },
    `[0].reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
  ],
  [{ rule: "true", fieldPath: ".a" }],
  [{ rule: "true", fieldPath: ".a.b['c.d']" }],
  [{ rule: "true", fieldPath: ".m['any \\'key\\'']" }],
  [{ rule: "true", fieldPath: "a" }, `[0].fieldPath: Invalid value: "a": must be a valid path`],
  [{ rule: "true", fieldPath: ".x" }, `[0].fieldPath: Invalid value: ".x": must be a valid path`],
  [{ rule: "true", fieldPath: ".l[0]" }, `[0].fieldPath: Invalid value: ".l[0]": must be a valid path`],
  [{ rule: "true", fieldPath: ".a['b" }, `[0].fieldPath: Invalid value: ".a['b": must be a valid path`],
];

const formed: RuleSchema = {
  type: "object",
  properties: {
    a: { type: "object", properties: { b: { type: "object", properties: { "c.d": text } } } },
    m: { type: "object", additionalProperties: text },
    l: { type: "array", items: text },
  },
};

for (const [rule, ...errors] of forms) {
  test(`ruleFormErrors() of ${JSON.stringify(rule)}`, () => {
    const schema = { ...formed, "x-kubernetes-validations": [rule] };
    assert.deepEqual(shown(ruleFormErrors(schema, "s.properties[f]")), errors);
  });
}

/** The rule as an error shows it. */
function internal(rule: string, messageExpression = ""): string {
  return `{"Rule":${JSON.stringify(rule)},"Message":"","MessageExpression":${JSON.stringify(messageExpression)},"Reason":null,"FieldPath":"","OptionalOldSelf":null}`;
}

const expressions: readonly (readonly [name: string, schema: RuleSchema, ...errors: string[]])[] = [
  ["holds what is right", property(int, "self > 0")],
  [
    "wants truth values",
    property(int, "self"),
    `[0].rule: Invalid value: ${internal("self")}: cel expression must evaluate to a bool`,
  ],
  [
    "tells types apart",
    property(int, "self > 'a'"),
    `[0].rule: Invalid value: ${internal("self > 'a'")}: compilation failed: ERROR: <input>:1:6: found no matching overload for '_>_' applied to '(int, string)'\n | self > 'a'\n | .....^`,
  ],
  [
    "knows the fields of an object only",
    property({ type: "object", properties: { a: int } }, "self.b == 1"),
    `[0].rule: Invalid value: ${internal("self.b == 1")}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^`,
  ],
  [
    "wants texts from messageExpressions",
    property(int, { rule: "true", messageExpression: "self" }),
    `[0].messageExpression: Invalid value: ${internal("true", "self")}: messageExpression must evaluate to a string`,
  ],
  [
    "checks messageExpressions",
    property(int, { rule: "true", messageExpression: "x" }),
    `[0].messageExpression: Invalid value: ${internal("true", "x")}: messageExpression compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^`,
  ],
  ["lets rules look back", property(text, "self == oldSelf")],
  [
    "does not let rules look back within lists without keys",
    {
      type: "object",
      properties: {
        f: {
          type: "array",
          maxItems: 5,
          items: { type: "string", maxLength: 5, "x-kubernetes-validations": [{ rule: "self == oldSelf" }] },
        },
      },
    },
    `s.properties[f].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[f]`,
  ],
  [
    "wants optionalOldSelf only where oldSelf is",
    property(int, { rule: "self > 0", optionalOldSelf: false }),
    "[0].optionalOldSelf: Invalid value: false: may not be set if oldSelf is not used in rule",
  ],
  ["cannot see what no schema describes", property({ "x-kubernetes-int-or-string": true }, "self == 1 || self == '1'")],
  [
    "bounds what a rule may cost",
    property({ type: "array", items: text }, "self.all(x, self.all(y, x == y))"),
    `[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${HINT}`,
    "[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
    `s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${HINT}`,
  ],
  [
    "says by how much",
    property(
      { type: "array", maxItems: 1000, items: { type: "string", maxLength: 50 } },
      "self.all(x, self.all(y, x == y))",
    ),
    `[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 2.5x ${HINT}`,
  ],
  [
    "is content when lists and texts are bounded",
    property(
      { type: "array", maxItems: 100, items: { type: "string", maxLength: 50 } },
      "self.all(x, self.all(y, x == y))",
    ),
  ],
  [
    "counts how often a rule may run",
    {
      type: "object",
      properties: {
        f: {
          type: "array",
          maxItems: 3_000_000,
          items: {
            type: "string",
            maxLength: 5,
            "x-kubernetes-validations": [{ rule: "self.contains('a') && self != 'b'" }],
          },
        },
      },
    },
    `s.properties[f].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.5x ${HINT}`,
  ],
];

for (const [name, schema, ...errors] of expressions) {
  test(`ruleExpressionErrors() ${name}`, () => assert.deepEqual(shown(ruleExpressionErrors(schema, "s")), errors));
}
