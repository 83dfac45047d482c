import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DEPTH_MAX, TOO_MANY_VALUES, VALUES_MAX } from "./document.ts";
import { parseJson } from "./parse_json.ts";
import { scanJson } from "./scan_json.ts";

const complaints = [
  ["", "unexpected end of JSON input"],
  ['{"a":1', "unexpected end of JSON input"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["{} x", "invalid character 'x' after top-level value"],
  ["tru3", "invalid character '3' in literal true (expecting 'e')"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  [String.raw`"\x"`, "invalid character 'x' in string escape code"],
  [String.raw`"\u12g4"`, String.raw`invalid character 'g' in \u hexadecimal character escape`],
  ["-x", "invalid character 'x' in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1e+x", "invalid character 'x' in exponent of numeric literal"],
  ["'a'", String.raw`invalid character '\'' looking for beginning of value`],
] as const;
for (const [body, message] of complaints) {
  test(`parseJson() refuses ${JSON.stringify(body)}`, () => {
    assert.throws(() => parseJson(body), { name: "SyntaxProblem", message });
  });
}

test("parseJson() refuses nesting beyond the limit, and no less", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  assert.throws(() => parseJson(nested(DEPTH_MAX + 1)), { message: "exceeded max depth" });
  assert.throws(() => scanJson(nested(DEPTH_MAX + 1)), { message: "exceeded max depth" });
  assert.equal(parseJson(nested(DEPTH_MAX)).duplicates, false);
  assert.throws(() => parseJson("[".repeat(1_000_000)), { name: "SyntaxProblem" });
});

test("parseJson() sees repeated names, whatever the strings hold", () => {
  assert.equal(parseJson(String.raw`{"a\\":"\":{[,","b":[{"c":":"}],"__proto__":{"x":1}}`).duplicates, false);
  assert.equal(parseJson('{"a":1,"b":{"c":2,"c":3}}').duplicates, true);
  assert.equal(parseJson(String.raw`{"a":1,"\u0061":2}`).duplicates, true);
});

test("parseJson() reads whatever JSON.stringify writes, without duplicates", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const document = parseJson(text);
      assert.deepEqual(document.value, JSON.parse(text));
      assert.equal(document.duplicates, false);
      document.node();
    }),
  );
});

test("parseJson() refuses more values than one turn can bear, before it builds any", () => {
  const items = (count: number) => `[${"0,".repeat(count - 1)}0]`;
  assert.equal((parseJson(items(VALUES_MAX)).value as unknown[]).length, VALUES_MAX);
  assert.throws(() => parseJson(items(VALUES_MAX + 1)), { name: "SyntaxProblem", message: TOO_MANY_VALUES });
  assert.deepEqual(parseJson(`{"a":"${",".repeat(VALUES_MAX)}"}`).duplicates, false);
});

test("parseJson() comes to an end with a text that does not", () => {
  for (const body of ['{"a":"', String.raw`{"a":"\"`, '"', `{"a":"${"\\".repeat(100_001)}`]) {
    assert.throws(() => parseJson(body), { name: "SyntaxProblem" });
  }
});
