import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "./compile.ts";
import { valueOfJson } from "./plain_value.ts";
import { Budget, Overrun } from "./rule_outcome.ts";
import { Run } from "./run.ts";
import { DYN } from "./types.ts";
import type { RuleSchema } from "./rule_schema.ts";
import { validateRules } from "./validate_rules.ts";

const text: RuleSchema = { type: "string" };
const properties: Record<string, RuleSchema> = {
  list: { type: "array", items: text },
  set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
  big: text,
  pattern: text,
};
const items = Array.from({ length: 20_000 }, (_, i) => `item-${i}`);
const value = () => ({
  list: [...items],
  set: [...items],
  big: "ab ".repeat(300_000),
  pattern: "([ab]*a[ab]{900})[cd]",
});
const [next, before] = [value(), value()];

/** Each would take seconds, or more memory than there is. */
const hostile = [
  "self.list.all(x, self.list.all(y, x != y + 'z'))",
  "self.list.all(x, self.set == oldSelf.set)",
  "self.list.all(x, (self.set + self.set).size() > 0)",
  "self.list.all(x, self.big.charAt(1) == 'b')",
  "self.list.all(x, self.big.matches('^[a-c ]+$'))",
  "self.big.find(self.pattern) == 'x'",
  "self.big.replace('', self.big) == 'x'",
  "self.list.map(x, self.big).join().size() > 0",
  "'%s'.format([self.list.map(x, self.big)]).size() > 0",
  "self.big.contains(self.big + 'x')",
  "self.list.sort().size() > 0",
  "sets.equivalent(self.list, oldSelf.list)",
  "lists.range(1000000000).size() > 0",
];

for (const rule of hostile) {
  test(`${rule} is stopped`, () => {
    const schema = {
      type: "object",
      properties,
      "x-kubernetes-validations": [{ rule, message: "m" }, { rule: "false" }],
    };
    const errors = validateRules({ type: "object", properties: { spec: schema } }, { spec: next }, { spec: before });
    const cause = "'operation cancelled: actual cost limit exceeded'";
    const rest = "no further validation rules will be run due to call cost exceeds limit for rule: m";
    assert.deepEqual(errors, [
      { type: "FieldValueInvalid", field: "spec", message: `Invalid value: "object": ${cause}: ${rest}` },
    ]);
  });
}

test("all rules on one object have one budget", () => {
  const budget = new Budget();
  const costing = (cost: number) => ({
    uses: new Set<string>(),
    evaluate: (_: unknown, run: Run) => {
      run.charge(cost);
      return true;
    },
  });
  for (let i = 0; i < 10; i++) assert.equal(budget.evaluate(costing(990_000), {}), true);
  assert.deepEqual(budget.evaluate(costing(200_000), {}), new Overrun("object"));
  assert.deepEqual(new Budget().evaluate(costing(1_000_001), {}), new Overrun("call"));
});

test("types that double with each step are refused", () => {
  const doubled = Array.from({ length: 40 }, (_, i) => `.map(x${i}, {x${i}: x${i}})`).join("");
  const compiled = compile(`[{'a': 1}]${doubled}.size() > 0`, new Map());
  assert.match("problems" in compiled ? compiled.problems : "", /type of expression is too large/);
});

test("expressions are evaluated on objects that no schema describes", () => {
  const compiled = compile(
    "object.spec.replicas <= 5 && object.spec.containers.all(c, c.image.startsWith('reg/')) && object.?none.orValue(1.5) > 1",
    new Map([["object", DYN]]),
  );
  assert.ok("program" in compiled);
  const object = { spec: { replicas: 3, containers: [{ image: "reg/a" }] } };
  assert.equal(compiled.program.evaluate({ object: valueOfJson(object) }, new Run(1000)), true);
  assert.ok(compiled.program.uses.has("object"));
});
