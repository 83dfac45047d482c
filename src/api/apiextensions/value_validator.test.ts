import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../json.ts";
import type { JsonSchema } from "./json_schema.ts";
import { Findings } from "./value_findings.ts";
import { checkOf } from "./value_validator.ts";

function findings(schema: JsonSchema, value: Json, old?: Json): string[] {
  const found = new Findings();
  checkOf({ type: "object", properties: { x: schema } })({ x: value }, "", old === undefined ? old : { x: old }, found);
  return found.errors.map(({ field, message }) => `${field}: ${message}`);
}

const refused: readonly { schema: JsonSchema; value: Json; errors: string[] }[] = [
  {
    schema: { type: "integer" },
    value: "1",
    errors: ['x: Invalid value: "string": x in body must be of type integer: "string"'],
  },
  {
    schema: { type: "integer" },
    value: 1.5,
    errors: ['x: Invalid value: "number": x in body must be of type integer: "number"'],
  },
  {
    schema: { type: "string" },
    value: null,
    errors: ['x: Invalid value: "null": x in body must be of type string: "null"'],
  },
  {
    schema: { "x-kubernetes-int-or-string": true },
    value: true,
    errors: ['x: Invalid value: "boolean": x in body must be of type integer,string: "boolean"'],
  },
  {
    schema: { type: "string", maxLength: 2, pattern: "^a+$" },
    value: "äöü",
    errors: ["x: Too long: may not be more than 2 bytes"],
  },
  {
    schema: { type: "string", minLength: 2 },
    value: "a",
    errors: ['x: Invalid value: "a": x in body should be at least 2 chars long'],
  },
  {
    schema: { type: "string", pattern: "^(a+)+$" },
    value: `${"a".repeat(40)}b`,
    errors: [`x: Invalid value: "${"a".repeat(40)}b": x in body should match '^(a+)+$'`],
  },
  {
    schema: { type: "string", format: "date-time" },
    value: "today",
    errors: ['x: Invalid value: "today": x in body must be of type date-time: "today"'],
  },
  {
    schema: { type: "number", minimum: 1, exclusiveMinimum: true, multipleOf: 0.5 },
    value: 0.7,
    errors: [
      "x: Invalid value: 0.7: x in body should be a multiple of 0.5",
      "x: Invalid value: 0.7: x in body should be greater than 1",
    ],
  },
  {
    schema: { type: "array", maxItems: 1, items: { type: "string", enum: ["a", "b"] } },
    value: ["a", "c"],
    errors: ['x[1]: Unsupported value: "c": supported values: "a", "b"', "x: Too many: 2: must have at most 1 items"],
  },
  {
    schema: { type: "array", minItems: 1, items: { type: "string" } },
    value: [],
    errors: ["x: Invalid value: 0: x in body should have at least 1 items"],
  },
  {
    schema: { type: "object", additionalProperties: { type: "integer" }, maxProperties: 1, minProperties: 1 },
    value: { a: 1, b: "2" },
    errors: [
      "x: Too many: 2: must have at most 1 items",
      'x.b: Invalid value: "string": x.b in body must be of type integer: "string"',
    ],
  },
  { schema: { type: "object", required: ["a"] }, value: {}, errors: ["x.a: Required value"] },
  {
    schema: { type: "object", anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    value: {},
    errors: ['<nil>: Invalid value: "": "x" must validate at least one schema (anyOf)', "x.a: Required value"],
  },
  {
    schema: { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    value: { a: 1, b: 1 },
    errors: ['<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  },
  {
    schema: { type: "integer", allOf: [{ minimum: 3 }, { maximum: 9 }] },
    value: 1,
    errors: [
      "x: Invalid value: 1: x in body should be greater than or equal to 3",
      '<nil>: Invalid value: "": "x" must validate all the schemas (allOf)',
    ],
  },
  {
    schema: { type: "string", not: { pattern: "^a" } },
    value: "ab",
    errors: ['<nil>: Invalid value: "": "x" must not validate the schema (not)'],
  },
];
for (const { schema, value, errors } of refused) {
  test(`${JSON.stringify(schema)} refuses ${JSON.stringify(value)}`, () =>
    assert.deepEqual(findings(schema, value), errors));
}

const allowed: readonly { schema: JsonSchema; value: Json }[] = [
  { schema: { type: "number" }, value: 1 },
  { schema: { type: "string", nullable: true, enum: ["a", null] }, value: null },
  { schema: { type: "string", format: "no-such-format" }, value: "x" },
  { schema: { "x-kubernetes-preserve-unknown-fields": true }, value: [{ a: null }] },
  { schema: { type: "object", properties: { __proto__: { type: "string" } } }, value: { a: 1 } },
];
for (const { schema, value } of allowed) {
  test(`${JSON.stringify(schema)} allows ${JSON.stringify(value)}`, () =>
    assert.deepEqual(findings(schema, value), []));
}

test("what is as it was before is not held against a stricter schema; what changed is", () => {
  const schema: JsonSchema = {
    type: "object",
    properties: {
      a: { type: "integer", maximum: 3 },
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: { type: "object", properties: { name: { type: "string" }, n: { type: "integer", maximum: 3 } } },
      },
    },
  };
  const item = (name: string, n: number) => ({ name, n });
  const before = { a: 9, list: [item("x", 9), item("y", 1)] };
  assert.deepEqual(findings(schema, { a: 9, list: [item("y", 2), item("x", 9)] }, before), []);
  assert.deepEqual(findings(schema, { a: 8, list: [item("x", 9), item("y", 8)] }, before), [
    "x.a: Invalid value: 8: x.a in body should be less than or equal to 3",
    "x.list[1].n: Invalid value: 8: x.list[1].n in body should be less than or equal to 3",
  ]);
});
