import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "./compile.ts";
import { Run } from "./run.ts";
import { showValue } from "./show_value.ts";

/** What an expression without variables gives, or how it fails to compile. */
function evaluated(source: string): string {
  const compiled = compile(source, new Map());
  if ("problems" in compiled) return compiled.problems;
  if ("constant" in compiled) return `error: ${compiled.constant}`;
  return showValue(compiled.program.evaluate({}, new Run(1_000_000)));
}

const values: readonly (readonly [source: string, value: string])[] = [
  // Literals.
  ["0x1F + 1", "32"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["18446744073709551615u", "18446744073709551615u"],
  ["1e3", "1000.0"],
  [".5 + 1.0", "1.5"],
  [`"a\\n\\x41\\u00e9\\101\\U0001F600"`, `"a\\nAéA😀"`],
  [`r"a\\n" + 'b'`, `"a\\\\nb"`],
  [`"""two\nlines"""`, `"two\\nlines"`],
  [`b"\\xffa" == b"\\377\\x61"`, "true"],
  [`b"é"`, `b"c3a9"`],
  ["1 // a comment\n + 1", "2"],
  // Arithmetic.
  ["7 / -2", "-3"],
  ["-7 % 3", "-1"],
  ["2 + 3 * 4 - 6 / 2", "11"],
  ["9223372036854775807 + 1", "error: integer overflow"],
  ["-(-9223372036854775807 - 1)", "error: integer overflow"],
  ["0u - 1u", "error: unsigned integer overflow"],
  ["1 / 0", "error: division by zero"],
  ["1 % 0", "error: modulus by zero"],
  ["1.0 / 0.0 > 1e300", "true"],
  // Comparison across types of numbers.
  ["1 < 1.5 && 2u > 1 && 1 <= 1u", "true"],
  ["dyn(1) == 1.0 && dyn(1u) == 1", "true"],
  ["9007199254740993 > 9007199254740992.0", "true"],
  ["'\\uffff' < '\\U00010000'", "true"],
  ["b'a' < b'ab'", "true"],
  ["0.0/0.0 == 0.0/0.0", "false"],
  ["[1, 2] == [1, 2] && [1] != [2] && {'a': [1]} == {'a': [1]}", "true"],
  ["null == null", "true"],
  // Logic absorbs errors on either side.
  ["1/0 == 1 || true", "true"],
  ["false && 1/0 == 1", "false"],
  ["1/0 == 1 && false", "false"],
  ["1/0 == 1 || false", "error: division by zero"],
  ["true ? 1 : 1/0", "1"],
  ["!!true && !false", "true"],
  // Lists and maps.
  ["[1, 2, 3][1]", "2"],
  ["[1][3]", "error: index out of bounds: 3"],
  ["{'a': 1}['b']", "error: no such key: b"],
  ["{1: 'x', 2: 'y'}[2]", `"y"`],
  ["2 in [1, 2] && !('x' in {'y': 1})", "true"],
  ["[1] + [2] + []", "[1, 2]"],
  ["{'a': 1, 'a': 2}", "error: Failed with repeated key"],
  ["has({'a': 1}.a) && !has({'a': 1}.b)", "true"],
  ["size([1, 2]) + size({1: 1}) + 'aé😀'.size() + size(b'abc')", "9"],
  // Macros.
  ["[1, 2, 3].all(x, x > 0) && ![1, 2].all(x, x > 1)", "true"],
  ["[1, 0].exists(x, 1/x == 1)", "true"],
  ["[0, 1].exists(x, 1/x == 1)", "true"],
  ["[1, 2, 2].exists_one(x, x == 1) && [1].existsOne(x, true)", "true"],
  ["[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"],
  ["[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"],
  ["{'b': 1}.map(k, k + 'c')", `["bc"]`],
  ["[[1, 2], [3]].map(x, x.map(y, y + 1))", "[[2, 3], [4]]"],
  ["[1].map(x, [2].map(x, x))", "[[2]]"],
  // With two variables.
  ["[5, 6].all(i, v, v == i + 5)", "true"],
  ["{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"],
  ["[1, 2].existsOne(i, v, v == 2)", "true"],
  ["[3, 4].transformList(i, v, i * v)", "[0, 4]"],
  ["[3, 4].transformList(i, v, i > 0, v)", "[4]"],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)", `{"b": 20}`],
  ["{'a': 'x'}.transformMapEntry(k, v, {v: k})", `{"x": "a"}`],
  ["['a', 'a'].transformMapEntry(i, v, {v: i})", "error: insert failed: key a already exists"],
  // Texts.
  ["'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b')", "true"],
  ["'aaab'.matches('^a+b$') && matches('xay', 'a')", "true"],
  // Types and conversions.
  ["type(1) == int && type('') == string && type(type(1)) == type", "true"],
  ["type([1]) == list && type({}) == map && type(null) == null_type", "true"],
  ["type(duration('1s')) == google.protobuf.Duration", "true"],
  ["[int('-42'), int(3.9), int(-3.9), int(7u), int(timestamp('1970-01-01T00:01:00Z'))]", "[-42, 3, -3, 7, 60]"],
  ["int(1e19)", "error: integer overflow"],
  ["int('4x')", `error: strconv.ParseInt: parsing "4x": invalid syntax`],
  ["uint(5) + uint('6') + uint(2.9)", "13u"],
  ["uint(-1)", "error: unsigned integer overflow"],
  ["double('1.5e1') + double(2) + double(3u)", "20.0"],
  [
    "[string(1), string(2u), string(true), string(1.5), string(1e6), string(0.00001)]",
    `["1", "2", "true", "1.5", "1e+06", "1e-05"]`,
  ],
  ["string(b'\\xff')", "error: invalid UTF-8 in bytes, cannot convert to string"],
  ["string(duration('90m')) + string(timestamp('2024-02-29T12:00:00.5+01:00'))", `"5400s2024-02-29T12:00:00.5+01:00"`],
  ["bool('true') && !bool('F')", "true"],
  ["bytes('é') == b'é'", "true"],
  // Times.
  ["timestamp('2024-01-01T00:00:00Z') + duration('36h') == timestamp('2024-01-02T12:00:00Z')", "true"],
  ["timestamp('2024-01-01T00:00:00Z') - timestamp('2023-12-31T23:59:30Z')", "duration(30s)"],
  ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: timestamp overflow"],
  ["duration('1h') > duration('59m')", "true"],
  // Optionals.
  ["{'a': 1}.?a.orValue(0) + {'a': 1}.?b.orValue(5)", "6"],
  ["{'a': {'b': 2}}.?a.b", "some(2)"],
  ["[1, 2][?5].hasValue()", "false"],
  ["optional.none().or(optional.of(3)).value()", "3"],
  ["optional.none().value()", "error: optional.none() dereference"],
  ["[optional.ofNonZeroValue(''), optional.ofNonZeroValue('x')]", `[none, some("x")]`],
  ["optional.of(3).optMap(x, x + 1)", "some(4)"],
  ["optional.of({'a': 1}).optFlatMap(m, m.?b)", "none"],
  ["[?optional.none(), ?optional.of(1), 2]", "[1, 2]"],
  ["{?'a': optional.none(), ?'b': optional.of(1)}", `{"b": 1}`],
  ["[1, 2].first().value() + [1, 2].last().value() + optional.unwrap([optional.of(4)])[0]", "7"],
  // What only shows when it runs.
  ["dyn('a') + 1", "error: no such overload"],
  ["dyn(1).startsWith('a')", "error: no such overload: startsWith(int, string)"],
];

for (const [source, value] of values) {
  test(`${source} is ${value}`, () => assert.equal(evaluated(source), value));
}

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const refused: readonly (readonly [source: string, ...problems: string[]])[] = [
  ["1 +", `1:4: Syntax error: mismatched input '<EOF>' expecting ${EXPECTED}`],
  ["a.b.in", `1:5: Syntax error: no viable alternative at input '.in'`],
  ["a.true", `1:3: Syntax error: mismatched input 'true' expecting IDENTIFIER`],
  [
    "1 = 1",
    `1:3: Syntax error: token recognition error at: '= '`,
    "1:5: Syntax error: extraneous input '1' expecting <EOF>",
  ],
  ["1 + * 2", `1:5: Syntax error: extraneous input '*' expecting ${EXPECTED}`],
  ["1 2 3", "1:3: Syntax error: mismatched input '2' expecting <EOF>"],
  ["(1", "1:3: Syntax error: mismatched input '<EOF>' expecting ')'"],
  ["while", "1:1: reserved identifier: while"],
  ["99999999999999999999", "1:1: invalid int literal"],
  ["foo", "1:1: undeclared reference to 'foo' (in container '')"],
  ["[1].foo()", "1:8: undeclared reference to 'foo' (in container '')"],
  ["foo(1)", "1:4: undeclared reference to 'foo' (in container '')"],
  ["Foo{a: 1}", "1:4: undeclared reference to 'Foo' (in container '')"],
  ["1 + 'a'", "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
  ["'a'.startsWith(1)", "1:15: found no matching overload for 'startsWith' applied to 'string.(int)'"],
  ["1 == 'a'", "1:3: found no matching overload for '_==_' applied to '(int, string)'"],
  ["1 == null", "1:3: found no matching overload for '_==_' applied to '(int, null)'"],
  ["[1, 'a']", "1:5: expected type 'int' but found 'string'"],
  ["1 && true", "1:1: expected type 'bool' but found 'int'"],
  ["'a'.b", "1:4: type 'string' does not support field selection"],
  [
    "5.all(x, true)",
    "1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ["has(1)", "1:5: invalid argument to has() macro"],
  ["[1].all(1, true)", "1:9: argument must be a simple name"],
  ["[1].map(1, true)", "1:9: argument is not an identifier"],
  ["[1].all(x, x, true)", "1:12: duplicate variable name: x"],
  ["'a'.matches('[')", "1:13: invalid matches argument"],
  ["duration('1') == duration('1s')", "1:10: invalid duration argument"],
  ["timestamp('now') == timestamp('now')", "1:11: invalid timestamp argument", "1:31: invalid timestamp argument"],
  [
    "x || y",
    "1:1: undeclared reference to 'x' (in container '')",
    "1:6: undeclared reference to 'y' (in container '')",
  ],
];

for (const [source, ...problems] of refused) {
  test(`${source} does not compile`, () => {
    const found = evaluated(source)
      .split("\n")
      .filter((line) => line.startsWith("ERROR"));
    assert.deepEqual(
      found,
      problems.map((problem) => `ERROR: <input>:${problem}`),
    );
  });
}

test("compile() marks the place in its line", () => {
  assert.equal(
    evaluated("true &&\n  é.foo"),
    "ERROR: <input>:2:3: Syntax error: token recognition error at: 'é'\n |   é.foo\n | ..\uff3e",
  );
  assert.equal(
    evaluated("'é' + 1"),
    "ERROR: <input>:1:5: found no matching overload for '_+_' applied to '(string, int)'\n | 'é' + 1\n | .\uff0e..^",
  );
});

test("compile() bounds nesting and size", () => {
  assert.match(evaluated(`${"(".repeat(9_000)}1`), /expression recursion limit exceeded: 250/);
  assert.match(evaluated(`1${" + 1".repeat(9_000)}`), /expression recursion limit exceeded: 250/);
  assert.match(evaluated(" ".repeat(100_001)), /expression code point size exceeds limit: size: 100001, limit 100000/);
  assert.match(evaluated(`optional.of(1)${".optMap(x, x)".repeat(30)}.hasValue()`), /too many nodes/);
  assert.equal(evaluated(`true${" && true".repeat(5_000)}`), "true");
});
