import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { durationMs, formatDuration, parseDuration } from "./duration.ts";
import { resolvePercent } from "./int_or_string.ts";

describe("duration", () => {
  for (const [text, written] of [
    ["0", "0s"],
    ["1h30m", "1h30m0s"],
    ["1.5s", "1.5s"],
    ["90s", "1m30s"],
    ["-5m", "-5m0s"],
    ["100us", "100µs"],
    ["1h", "1h0m0s"],
    [".5s", "500ms"],
    ["1m0.25s", "1m0.25s"],
  ] as const) {
    it(`${text} is written ${written}`, () => assert.equal(formatDuration(parseDuration(text)), written));
  }
  for (const [text, message] of [
    ["", 'time: invalid duration ""'],
    ["5", 'time: missing unit in duration "5"'],
    ["5d", 'time: unknown unit "d" in duration "5d"'],
    [".s", 'time: invalid duration ".s"'],
    ["x", 'time: invalid duration "x"'],
    ["9999999999999h", 'time: invalid duration "9999999999999h"'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseDuration(text), { message }));
  }
  it("counts milliseconds", () => assert.equal(durationMs("1m0.5s"), 60_500));
  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) =>
        assert.equal(parseDuration(formatDuration(nanos)), nanos),
      ),
    );
  });
});

describe("int or string", () => {
  for (const [value, total, up, count] of [
    [3, 10, true, 3],
    ["25%", 10, true, 3],
    ["25%", 10, false, 2],
    ["100%", 7, false, 7],
    ["0%", 7, true, 0],
  ] as const) {
    it(`${value} of ${total} ${up ? "up" : "down"} is ${count}`, () =>
      assert.equal(resolvePercent(value, total, up), count));
  }
  it("refuses what is no percentage", () => {
    const plain = { message: "invalid value for IntOrString: invalid type: string is not a percentage" };
    assert.throws(() => resolvePercent("5", 10, true), plain);
    const word = `invalid value for IntOrString: invalid value "a%": strconv.Atoi: parsing "a": invalid syntax`;
    assert.throws(() => resolvePercent("a%", 10, true), { message: word });
  });
});
