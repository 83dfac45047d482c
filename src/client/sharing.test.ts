import assert from "node:assert/strict";
import { test } from "node:test";
import { sharing } from "./sharing.ts";

const parsed = (text: string): unknown => JSON.parse(text);

test("what says the same is the same object, and only that", () => {
  const model = { a: { b: [1, { c: "x" }] }, d: { e: 1 }, f: "y" };
  const value = { a: { b: [1, { c: "x" }] }, d: { e: 2 }, g: [] };
  const expected = structuredClone(value);
  const shared = sharing(value, model);
  assert.deepEqual(shared, expected);
  assert.equal(shared.a, model.a);
  assert.notEqual(shared.d, model.d);
  assert.equal(sharing(structuredClone(model), model), model, "all of it");
});

test("what the first model does not say, the second may", () => {
  const first = { spec: { a: [1] }, status: { phase: "Pending" } };
  const second = { spec: { a: [1] }, status: { phase: "Running", conditions: [{ type: "Ready" }] }, extra: 1 };
  const value = { spec: { a: [1] }, status: { phase: "Running", conditions: [{ type: "Ready" }] } };
  const expected = structuredClone(value);
  const shared = sharing(value, first, second);
  assert.deepEqual(shared, expected);
  assert.equal(shared.spec, first.spec);
  assert.equal(shared.status, second.status);
});

const PAIRS: readonly (readonly [value: string, model: string])[] = [
  ["[1,2]", "[1,2,3]"],
  ["[1,2,3]", "[1,2]"],
  ["[]", "{}"],
  ["{}", "[]"],
  ['{"a":null}', "{}"],
  ["{}", '{"a":null}'],
  ['{"a":{}}', '{"a":{"b":1}}'],
  ['{"a":{"b":1}}', '{"a":{}}'],
  ['{"a":1,"b":2}', '{"a":1,"c":2}'],
  ['{"a":[{"b":1},{"b":2}]}', '{"a":[{"b":2},{"b":1}]}'],
  ['{"__proto__":{},"a":1}', '{"a":1,"b":2}'],
  ['{"__proto__":{},"constructor":{}}', "{}"],
  ["null", '{"a":1}'],
  ['"a"', '["a"]'],
];

for (const [value, model] of PAIRS) {
  test(`${value} beside ${model} says what it said`, () => {
    const untouched = parsed(model);
    assert.equal(JSON.stringify(sharing(parsed(value), untouched)), value);
    assert.equal(JSON.stringify(sharing(parsed(value), undefined, untouched)), value);
    assert.equal(JSON.stringify(sharing(parsed(value), parsed(value), untouched)), value);
    assert.equal(JSON.stringify(untouched), model);
  });
}
