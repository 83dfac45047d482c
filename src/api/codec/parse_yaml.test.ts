import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../core/configmap.ts";
import { decode } from "./decode.ts";
import { parseYaml, parseYamlDocuments } from "./parse_yaml.ts";

const scalars = [
  ["yes", true],
  ["y", true],
  ["off", false],
  ["~", null],
  ["", null],
  ["0x1F", 31],
  ["010", 8],
  ["0o10", 8],
  ["08", 8],
  ["1_000", 1000],
  ["-5", -5],
  ["1e3", 1000],
  [".5", 0.5],
  ["12:30", "12:30"],
  ["2026-01-02", "2026-01-02"],
  [".inf", ".inf"],
  ["1.2.3", "1.2.3"],
  ['"1"', "1"],
  ["0.5Gi", "0.5Gi"],
] as const;
for (const [text, value] of scalars) {
  test(`parseYaml() reads ${text || "nothing"} as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(parseYaml(`a: ${text}`).value, { a: value });
  });
}

test("parseYaml() reads JSON, merges and true as a key", () => {
  assert.deepEqual(parseYaml('{"a": [1, {"b": "c"}]}').value, { a: [1, { b: "c" }] });
  assert.deepEqual(parseYaml("x: &x {a: 1}\nw: {<<: *x, b: 2}\non: z").value, {
    x: { a: 1 },
    w: { a: 1, b: 2 },
    true: "z",
  });
});

test("parseYamlDocuments() gives every document that is not empty", () => {
  const values = parseYamlDocuments("---\na: 1\n---\n# nothing\n---\na: 2\n").map((document) => document.value);
  assert.deepEqual(values, [{ a: 1 }, { a: 2 }]);
  assert.equal(parseYaml("").value, null);
});

test("parseYaml() lets the last of two equal names win and tells strict decoding of the first repetition", () => {
  const text = "data:\n  a: x\n  b: w\n  a: z\n";
  assert.deepEqual(parseYaml(text).value, { data: { a: "z", b: "w" } });
  assert.throws(() => decode(ConfigMap, parseYaml(text), "Strict"), {
    message: /strict decoding error: yaml: unmarshal errors:\n {2}line 4: key "a" already set in map$/,
  });
});

test("parseYaml() refuses what is not YAML with the line", () => {
  assert.throws(() => parseYaml("a: 1\nb: [1, 2\nc: 3\n"), {
    name: "SyntaxProblem",
    format: "yaml",
    message: /^error converting YAML to JSON: yaml: line \d+: /,
  });
});

test("parseYaml() refuses aliases that stand for too much, and a value inside itself", () => {
  const lines = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? "a0: &a0 [x, x]"
      : `a${index}: &a${index} [${Array(8)
          .fill(`*a${index - 1}`)
          .join(", ")}]`,
  );
  assert.throws(() => parseYaml(lines.join("\n")), { message: /excessive aliasing$/ });
  assert.throws(() => parseYaml("a: &a [*a]"), { name: "SyntaxProblem" });
});

test("parseYaml() takes __proto__ as a name like any other", () => {
  const { object } = decode(ConfigMap, parseYaml("data:\n  __proto__: x\n"), "Strict");
  assert.deepEqual(Object.entries(object.data ?? {}), [["__proto__", "x"]]);
});

test("parseYaml() reads JSON as what it is, and repeated names as YAML does", () => {
  const body = '{"a":"1","b":[1.5,null,{"__proto__":"x"}],"c":"\\u00e9"}';
  assert.deepEqual(parseYaml(body).value, JSON.parse(body));
  assert.match(parseYaml('{"a":1,"a":2}').problems[0] ?? "", /key "a" already set in map/);
  assert.deepEqual(parseYaml("{a: yes}").value, { a: true });
});

test("parseYaml() refuses more lines and elements than one turn can bear", () => {
  for (const body of ["- a\n".repeat(100_001), `[${"a,".repeat(100_001)}]`, `{${'"a":0,'.repeat(100_001)}}`]) {
    assert.throws(() => parseYaml(body), { name: "SyntaxProblem", message: /the body has more than 100000 values/ });
  }
});
