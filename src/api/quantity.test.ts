import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import * as Q from "./quantity.ts";

const CANONICAL: readonly (readonly [string, string])[] = [
  ["0", "0"],
  ["0.5", "500m"],
  ["1", "1"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["1.5Gi", "1536Mi"],
  ["1024Mi", "1Gi"],
  ["1023Mi", "1023Mi"],
  ["1000Ki", "1000Ki"],
  ["0.0001", "100u"],
  ["0.1n", "1n"],
  ["-0.1n", "-1n"],
  ["1e3", "1e3"],
  ["1000e3", "1e6"],
  ["1E6", "1E6"],
  ["12e1", "120"],
  ["100k", "100k"],
  ["1000000", "1M"],
  ["0.5Ki", "512"],
  ["0.1Ki", "102400m"],
  ["9Ei", "9223372036854775807"],
  ["8Ei", "9223372036854775807"],
  ["1000E", "1000E"],
  ["-5Mi", "-5Mi"],
  ["1.500", "1.500"],
  ["0.250", "250m"],
  ["512", "512"],
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  [
    "",
    /^quantities must match the regular expression '\^\(\[\+-\]\?\[0-9\.\]\+\)\(\[eEinumkKMGTP\]\*\[-\+\]\?\[0-9\]\*\)\$'$/,
  ],
  ["aoeu", /^quantities must match/],
  ["1.1.M", /^quantities must match/],
  ["1+1.0M", /^quantities must match/],
  ["0.1mi", /^unable to parse quantity's suffix$/],
  ["1i", /^unable to parse quantity's suffix$/],
  ["1 ", /^quantities must match/],
  ["1e", /^unable to parse quantity's suffix$/],
  ["1constructor", /^quantities must match/],
  ["1e999999999999", /^unable to parse numeric part of quantity$/],
];

describe("quantity", () => {
  for (const [text, canonical] of CANONICAL) {
    it(`${text} is ${canonical}`, () => assert.equal(Q.canonicalQuantity(text), canonical));
  }
  for (const [text, message] of REFUSED) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => Q.parseQuantity(text), { message }));
  }

  it("rounds up to whole units and thousandths", () => {
    assert.equal(Q.quantityToNumber("1500m"), 2);
    assert.equal(Q.quantityToNumber("1Ki"), 1024);
    assert.equal(Q.quantityToNumber("-1500m"), -2);
    assert.equal(Q.quantityToMilli("1"), 1000);
    assert.equal(Q.quantityToMilli("1u"), 1);
    assert.equal(Q.formatQuantity(Q.roundUp("100u", -3)), "1m");
  });

  it("takes the suffix family of the first operand that is not zero", () => {
    assert.equal(Q.formatQuantity(Q.addQuantities("1Gi", "1024Mi")), "2Gi");
    assert.equal(Q.formatQuantity(Q.addQuantities("0", "1Gi")), "1Gi");
    assert.equal(Q.formatQuantity(Q.subtractQuantities("1", "250m")), "750m");
    assert.equal(Q.formatQuantity(Q.subtractQuantities("1", "1")), "0");
  });

  const suffixes = ["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E-3"];
  const texts = fc
    .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.nat({ max: 999 }), fc.constantFrom(...suffixes))
    .map(([whole, fraction, suffix]) => `${whole}.${String(fraction).padStart(3, "0")}${suffix}`);

  it("writes what it reads back as the same amount, and then always the same text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const written = Q.canonicalQuantity(text);
        assert.equal(Q.compareQuantities(written, text), 0);
        assert.equal(Q.canonicalQuantity(written), written);
      }),
    );
  });

  it("orders totally and agrees with subtraction", () => {
    fc.assert(
      fc.property(texts, texts, texts, (a, b, c) => {
        assert.equal(Q.compareQuantities(a, b), -Q.compareQuantities(b, a) + 0);
        assert.equal(Q.quantitySign(Q.subtractQuantities(a, b)), Q.compareQuantities(a, b));
        if (Q.compareQuantities(a, b) <= 0 && Q.compareQuantities(b, c) <= 0) {
          assert.ok(Q.compareQuantities(a, c) <= 0);
        }
        const sum = Q.addQuantities(a, b);
        assert.equal(Q.compareQuantities(Q.subtractQuantities(sum, b), a), 0);
      }),
    );
  });
});
