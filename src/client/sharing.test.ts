import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
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
    assert.equal(JSON.stringify(sharing(parsed(value), value.startsWith("[") ? ["z"] : { z: 1 }, untouched)), value);
    assert.equal(JSON.stringify(untouched), model);
  });
}

test("a member that is undefined is no other member that is missing", () => {
  const value = { a: undefined, b: 1 };
  assert.deepEqual(Object.keys(sharing(value, { b: 1, c: 2 })), ["a", "b"]);
  assert.deepEqual(Object.keys(sharing(value, { a: 2 }, { b: 1, c: 2 })), ["a", "b"]);
});

type Part = unknown;

const leaf = fc.oneof(fc.constantFrom(null, true, "", "x", "a longer text"), fc.nat(3));
const keys = fc.constantFrom("a", "b", "c", "d", "1", "constructor");
const { tree } = fc.letrec<{ tree: Part }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
/** What happens to the parts of a model, one after the other: mostly nothing. */
const changes = fc.array(fc.nat(11), { minLength: 1, maxLength: 12 });

const isObject = (part: Part): part is Record<string, Part> => typeof part === "object" && part !== null;

/** Like `part`, of other objects, with some parts other ones, missing, or in another order. */
function changed(part: Part, next: () => number): Part {
  const change = next();
  if (change === 0) return { a: 1 };
  if (!isObject(part)) return change === 1 ? "other" : part;
  if (Array.isArray(part)) return part.slice(change === 1 ? 1 : 0).map((item) => changed(item, next));
  const members = Object.entries(part).map(([key, each]) => [key, changed(each, next)] as const);
  if (change === 1) members.pop();
  if (change === 2) members.reverse();
  if (change === 3) members.push(["e", {}]);
  return Object.fromEntries(members);
}

function changedBy(part: Part, numbers: readonly number[]): Part {
  let at = 0;
  return frozen(changed(part, () => numbers[at++ % numbers.length] ?? 0));
}

function frozen<T>(part: T): T {
  if (isObject(part)) Object.values(part).forEach(frozen);
  return Object.freeze(part);
}

/** The part under `key`, if `model` is of the same sort as `like`. */
function partOf(model: Part, like: Part, key: string): Part {
  const isAlike = isObject(model) && Array.isArray(model) === Array.isArray(like) && Object.hasOwn(model, key);
  return isAlike ? model[key] : undefined;
}

function holdsPartOf(part: Part, model: Part): boolean {
  if (!isObject(part)) return false;
  return (
    isDeepStrictEqual(part, model) || Object.keys(part).some((key) => holdsPartOf(part[key], partOf(model, part, key)))
  );
}

function assertShared(part: Part, value: Part, first: Part, second: Part): void {
  if (!isObject(part) || !isObject(value)) return;
  if (isDeepStrictEqual(part, first)) return assert.equal(part, first);
  if (isDeepStrictEqual(part, second) && !holdsPartOf(part, first)) return assert.equal(part, second);
  if (part !== second) assert.deepEqual(Object.keys(part), Object.keys(value), "in the order they had");
  for (const key of Object.keys(part)) {
    assertShared(part[key], value[key], partOf(first, part, key), partOf(second, part, key));
  }
}

test("whatever is shared, the value says what it said, with every part a model has", () => {
  fc.assert(
    fc.property(tree, changes, changes, (value, some, others) => {
      const [first, second] = [changedBy(value, some), changedBy(value, others)];
      frozen(value);
      for (const model of [undefined, first]) {
        for (const other of [undefined, second]) {
          const shared = sharing(value, model, other);
          assert.deepEqual(shared, value);
          assertShared(shared, value, model, other);
        }
      }
    }),
    { numRuns: 400 },
  );
});
