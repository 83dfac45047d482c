import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldMatcher, formatFieldSelector, parseFieldSelector } from "./fields.ts";
import { labelSelectorMatcher, parseLabelSelector } from "./labels.ts";

const LABELS = { app: "web", tier: "front", size: "7" };
const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe("label selector text", () => {
  for (const [text, expected] of [
    ["", true],
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app in (web,api)", true],
    ["app notin (web)", false],
    ["other notin (web)", true],
    ["app", true],
    ["!app", false],
    ["!other", true],
    ["size>5", true],
    ["size<5", false],
    ["app>5", false],
    ["app in ()", false],
    ["in in (in)", false],
    ["other=", false],
    ["constructor", false],
  ] as const) {
    it(`${JSON.stringify(text)} ${expected ? "matches" : "does not match"}`, () =>
      assert.equal(parseLabelSelector(text).matches(LABELS), expected));
  }

  for (const [text, written] of [
    ["b=1,a=2", "a=2,b=1"],
    ["x in (c,b,,a)", "x in (,a,b,c)"],
    ["!x , y>5", "!x,y>5"],
    ["a==b", "a==b"],
  ] as const) {
    it(`${text} is written ${written}`, () => assert.equal(String(parseLabelSelector(text)), written));
  }

  for (const [text, message] of [
    ["a=b,", "found '', expected: identifier after ','"],
    [",a", "found ',', expected: !, identifier, or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["!a=b", "found '=', expected: ',' or 'end of string'"],
    ["a=(", "unable to parse requirement: found '(', expected: identifier"],
    ["-a", `unable to parse requirement: <nil>: Invalid value: "-a": ${QUALIFIED}`],
    [
      "a>x",
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ] as const) {
    it(`refuses ${text}`, () => assert.throws(() => parseLabelSelector(text), { message }));
  }
});

describe("label selector object", () => {
  it("matches nothing when absent and everything when empty", () => {
    assert.equal(labelSelectorMatcher(undefined).matches(LABELS), false);
    assert.equal(labelSelectorMatcher({}).matches(undefined), true);
  });

  it("needs labels and expressions to hold", () => {
    const matcher = labelSelectorMatcher({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["front"] },
        { key: "gone", operator: "DoesNotExist" },
      ],
    });
    assert.equal(matcher.matches(LABELS), true);
    assert.equal(matcher.matches({ ...LABELS, gone: "" }), false);
    assert.equal(String(matcher), "app=web,!gone,tier in (front)");
  });

  it("refuses unknown operators and empty sets", () => {
    assert.throws(() => labelSelectorMatcher({ matchExpressions: [{ key: "a", operator: "Is" }] }), {
      message: `"Is" is not a valid label selector operator`,
    });
    assert.throws(() => labelSelectorMatcher({ matchExpressions: [{ key: "a", operator: "In" }] }), {
      message: "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
    });
  });
});

describe("field selector", () => {
  interface Phased {
    metadata: { name: string; namespace: string };
    phase: string;
  }
  const kind = {
    kind: "Pod",
    group: "",
    scope: "Namespaced",
    selectableFields: { "status.phase": (pod: Phased) => pod.phase },
  } as const;
  const pod = { metadata: { name: "a,b", namespace: "x" }, phase: "Running" };

  for (const [text, expected] of [
    ["metadata.name=a\\,b", true],
    ["metadata.name==a\\,b,status.phase!=Failed", true],
    ["status.phase=Failed", false],
    ["metadata.namespace=x", true],
    ["", true],
  ] as const) {
    it(`${JSON.stringify(text)} ${expected ? "matches" : "does not match"}`, () =>
      assert.equal(fieldMatcher(kind, parseFieldSelector(text))(pod), expected));
  }

  it("writes what it read", () => {
    assert.equal(formatFieldSelector(parseFieldSelector("b==1\\=2,a!=x\\\\")), "a!=x\\\\,b=1\\=2");
  });

  for (const [text, message] of [
    ["metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ["a=b=c", "invalid field selector: unescaped character in value: 61"],
    ["a=\\x", "invalid field selector: invalid escape sequence: \\x"],
    ["spec.foo=1", "field label not supported: spec.foo"],
  ] as const) {
    it(`refuses ${text}`, () => assert.throws(() => fieldMatcher(kind, parseFieldSelector(text)), { message }));
  }

  it("says what a plain kind offers", () => {
    const plain = { kind: "ConfigMap", group: "", scope: "Namespaced" } as const;
    assert.throws(() => fieldMatcher(plain, parseFieldSelector("data.x=1")), {
      message: `"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    });
  });
});
