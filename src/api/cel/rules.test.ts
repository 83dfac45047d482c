import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../schema/field.ts";
import type { FieldError } from "../schema/errors.ts";
import { ruleExpressionErrors } from "./check_rules.ts";
import type { Rule, RuleSchema } from "./rule_schema.ts";
import { validateRules } from "./validate_rules.ts";

const text: RuleSchema = { type: "string" };
const int: RuleSchema = { type: "integer" };

function object(properties: Record<string, RuleSchema>, ...rules: (string | Rule)[]): RuleSchema {
  return ruled({ type: "object", properties }, ...rules);
}

function ruled(schema: RuleSchema, ...rules: (string | Rule)[]): RuleSchema {
  const all = rules.map((rule) => (typeof rule === "string" ? { rule } : rule));
  return all.length === 0 ? schema : { ...schema, "x-kubernetes-validations": all };
}

function root(spec: RuleSchema, ...rules: (string | Rule)[]): RuleSchema {
  return object({ spec }, ...rules);
}

function custom(spec: Json): Json {
  return { apiVersion: "stable.example.com/v1", kind: "Shirt", metadata: { name: "red" }, spec };
}

function shown(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

interface Case {
  readonly name: string;
  readonly schema: RuleSchema;
  readonly value: Json;
  readonly old?: Json;
  readonly errors: readonly string[];
}

const replicas = { minReplicas: int, replicas: int, maxReplicas: int };

const cases: readonly Case[] = [
  {
    name: "lets pass what a rule holds of",
    schema: root(object(replicas, "self.minReplicas <= self.replicas", "self.replicas <= self.maxReplicas")),
    value: custom({ minReplicas: 1, replicas: 2, maxReplicas: 3 }),
    errors: [],
  },
  {
    name: "names the rule that fails, at the object it stands on, without the object",
    schema: root(object(replicas, "self.minReplicas <= self.replicas", "self.replicas <= self.maxReplicas")),
    value: custom({ minReplicas: 5, replicas: 4, maxReplicas: 3 }),
    errors: [
      "spec: Invalid value: failed rule: self.minReplicas <= self.replicas",
      "spec: Invalid value: failed rule: self.replicas <= self.maxReplicas",
    ],
  },
  {
    name: "shows the value where it is a scalar, and the rule's own message",
    schema: root(object({ replicas: ruled(int, { rule: "self < 3", message: " too many " }) })),
    value: custom({ replicas: 3 }),
    errors: ["spec.replicas: Invalid value: 3: too many"],
  },
  {
    name: "lets a messageExpression speak",
    schema: root(
      object(
        { name: { type: "string", maxLength: 20 } },
        { rule: "self.name.size() < 3", messageExpression: `self.name + " is too long"` },
      ),
    ),
    value: custom({ name: "long" }),
    errors: ["spec: Invalid value: long is too long"],
  },
  {
    name: "falls back to the message when a messageExpression fails or says nothing in one line",
    schema: root(
      object(
        { a: int },
        { rule: "false", message: "m", messageExpression: "string(1 / (self.a - self.a))" },
        { rule: "false", messageExpression: "'  '" },
        { rule: "false", messageExpression: "'a\\nb'" },
      ),
    ),
    value: custom({ a: 1 }),
    errors: [
      "spec: Invalid value: m",
      "spec: Invalid value: failed rule: false",
      "spec: Invalid value: failed rule: false",
    ],
  },
  {
    name: "refuses for the reason given, at the field given",
    schema: root(
      object(
        { x: object({ "a-b": text }), y: { type: "object", additionalProperties: text } },
        { rule: "false", reason: "FieldValueForbidden", message: "no", fieldPath: ".x['a-b']" },
        { rule: "false", reason: "FieldValueRequired", message: "yes", fieldPath: ".y['k']" },
        { rule: "false", reason: "FieldValueDuplicate", message: "again" },
        { rule: "false", reason: "FieldValueInvalid", message: "bad" },
      ),
    ),
    value: custom({ x: {} }),
    errors: [
      "spec.x.a-b: Forbidden: no",
      "spec.y[k]: Required value: yes",
      "spec: Duplicate value",
      "spec: Invalid value: bad",
    ],
  },
  {
    name: "gives rules on whole objects the metadata's name and nothing else of it",
    schema: root({ type: "object" }, "self.metadata.name.startsWith('x')", "has(self.metadata.generateName)"),
    value: custom({}),
    errors: [
      "<nil>: Invalid value: failed rule: self.metadata.name.startsWith('x')",
      "<nil>: Invalid value: failed rule: has(self.metadata.generateName)",
    ],
  },
  {
    name: "reads items, members and objects within objects",
    schema: root(
      object({
        list: { type: "array", items: ruled(int, "self > 0") },
        map: { type: "object", additionalProperties: ruled(text, "self.size() < 3") },
        inner: { ...object({ spec: int }, "self.kind == 'Inner'"), "x-kubernetes-embedded-resource": true },
      }),
    ),
    value: custom({
      list: [1, 0],
      map: { a: "long" },
      inner: { kind: "Outer", apiVersion: "v1", metadata: { name: "n" } },
    }),
    errors: [
      `spec.list[1]: Invalid value: 0: failed rule: self > 0`,
      `spec.map[a]: Invalid value: "long": failed rule: self.size() < 3`,
      `spec.inner: Invalid value: failed rule: self.kind == 'Inner'`,
    ],
  },
  {
    name: "does not hold null against rules",
    schema: root(object({ a: ruled({ type: "string", nullable: true }, "false") }, "!has(self.a)")),
    value: custom({ a: null }),
    errors: [],
  },
  {
    name: "sees null in a list that may hold it",
    schema: root(
      object({
        a: ruled({ type: "array", items: { type: "object", nullable: true, properties: {} } }, "self[0] == null"),
      }),
    ),
    value: custom({ a: [null] }),
    errors: [],
  },
  {
    name: "escapes names that are none in the language",
    schema: root(
      object(
        { "a-b": int, "c.d": int, "e/f": int, g__h: int, namespace: int, "1x": int, int: int },
        "self.namespace == 1 && has(self.namespace)",
        "self.a__dash__b + self.c__dot__d + self.e__slash__f + self.g__underscores__h + self.__namespace__ + self.int == 6",
      ),
    ),
    value: custom({ "a-b": 1, "c.d": 1, "e/f": 1, g__h: 1, namespace: 1, "1x": 1, int: 1 }),
    errors: [],
  },
  {
    name: "reads texts by their format",
    schema: root(
      object(
        {
          d: { type: "string", format: "duration" },
          t: { type: "string", format: "date-time" },
          b: { type: "string", format: "byte" },
          day: { type: "string", format: "date" },
        },
        "self.d > duration('59m')",
        "self.t.getFullYear() == 2024 && self.day < self.t",
        "self.b == b'hi'",
      ),
    ),
    value: custom({ d: "1h", t: "2024-05-06T07:08:09Z", b: "aGk=", day: "2024-05-06" }),
    errors: [],
  },
  {
    name: "tells when a value is not what its schema says",
    schema: root(object({ a: { type: "array", items: text }, n: int }, "has(self.a)", "self.n > 1")),
    value: custom({ a: "x", n: 1.5 }),
    errors: [
      `spec: Invalid value: "object": invalid data, expected an array for the provided schema with type=array evaluating rule: has(self.a)`,
      `spec: Invalid value: "object": invalid data, expected int, got float64 evaluating rule: self.n > 1`,
    ],
  },
  {
    name: "takes an int-or-string for what it is",
    schema: root(
      object(
        { n: { "x-kubernetes-int-or-string": true } },
        "type(self.n) == int ? self.n < 5 : self.n.endsWith('%')",
        "self.n + 1 > 0",
      ),
    ),
    value: custom({ n: "x" }),
    errors: [
      "spec: Invalid value: failed rule: type(self.n) == int ? self.n < 5 : self.n.endsWith('%')",
      `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.n + 1 > 0`,
    ],
  },
  {
    name: "tells why a rule could not be evaluated",
    schema: root(
      object(
        { l: { type: "array", items: int }, m: { type: "object", additionalProperties: int } },
        "self.l[3] == 1",
        "self.m['k'] == 1",
        "self.l[0] / 0 == 1",
        { rule: "self.m.k == 1", message: "named" },
      ),
    ),
    value: custom({ l: [1], m: {} }),
    errors: [
      `spec: Invalid value: "object": index out of bounds: 3 evaluating rule: self.l[3] == 1`,
      `spec: Invalid value: "object": no such key: k evaluating rule: self.m['k'] == 1`,
      `spec: Invalid value: "object": division by zero evaluating rule: self.l[0] / 0 == 1`,
      `spec: Invalid value: "object": no such key: k evaluating rule: named`,
    ],
  },
  {
    name: "compares sets and maps by keys in any order, and merges them",
    schema: root(
      object(
        {
          set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
          other: { type: "array", items: text, "x-kubernetes-list-type": "set" },
          map: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"],
            items: object({ k: text, v: int }),
          },
        },
        "self.set == self.other",
        "(self.set + ['c', 'a']) == ['a', 'b', 'c']",
        "(self.map + self.map).size() == 2",
        "self.map == self.map",
      ),
    ),
    value: custom({
      set: ["a", "b"],
      other: ["b", "a"],
      map: [
        { k: "x", v: 1 },
        { k: "y", v: 2 },
      ],
    }),
    errors: [],
  },
  {
    name: "asks rules on changes only where something was before",
    schema: root(object({ a: ruled(text, { rule: "self == oldSelf", message: "is immutable" }) })),
    value: custom({ a: "new" }),
    errors: [],
  },
  {
    name: "compares with what was before",
    schema: root(object({ a: ruled(text, { rule: "self == oldSelf", message: "is immutable" }) })),
    value: custom({ a: "new" }),
    old: custom({ a: "old" }),
    errors: [`spec.a: Invalid value: "new": is immutable`],
  },
  {
    name: "finds an item of a list by its keys",
    schema: root(
      object({
        list: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: object({ name: text, v: int }, "self.v >= oldSelf.v"),
        },
      }),
    ),
    value: custom({
      list: [
        { name: "b", v: 1 },
        { name: "new", v: 0 },
        { name: "a", v: 2 },
      ],
    }),
    old: custom({
      list: [
        { name: "a", v: 1 },
        { name: "b", v: 2 },
      ],
    }),
    errors: ["spec.list[0]: Invalid value: failed rule: self.v >= oldSelf.v"],
  },
  {
    name: "gives an optional oldSelf to new values, too",
    schema: root(object({ a: ruled(int, { rule: "oldSelf.orValue(0) + 1 == self", optionalOldSelf: true }) })),
    value: custom({ a: 2 }),
    errors: ["spec.a: Invalid value: 2: failed rule: oldSelf.orValue(0) + 1 == self"],
  },
  {
    name: "knows an optional oldSelf",
    schema: root(object({ a: ruled(int, { rule: "oldSelf.orValue(0) + 1 == self", optionalOldSelf: true }) })),
    value: custom({ a: 2 }),
    old: custom({ a: 1 }),
    errors: [],
  },
  {
    name: "leaves alone what was wrong before and did not change",
    schema: root(object({ a: ruled(int, "self < 5"), b: int }, "self.a < 5")),
    value: custom({ a: 7, b: 2 }),
    old: custom({ a: 7, b: 1 }),
    errors: ["spec: Invalid value: failed rule: self.a < 5"],
  },
  {
    name: "reads the rules of allOf",
    schema: root({
      ...object({ a: int }),
      allOf: [ruled({}, "self.a > 1"), { properties: { a: ruled({}, "self > 2") } }],
    }),
    value: custom({ a: 1 }),
    errors: ["spec: Invalid value: failed rule: self.a > 1", "spec.a: Invalid value: 1: failed rule: self > 2"],
  },
];

for (const c of cases) {
  test(`validateRules() ${c.name}`, () => {
    assert.deepEqual(shown(ruleExpressionErrors(c.schema, "schema")), []);
    assert.deepEqual(shown(validateRules(c.schema, c.value, c.old)), c.errors);
  });
}
