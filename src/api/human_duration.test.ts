import assert from "node:assert/strict";
import { test } from "node:test";
import { age, humanDuration } from "./human_duration.ts";

const [second, minute, hour, day, year] = [1000, 60_000, 3_600_000, 86_400_000, 31_536_000_000];
const cases = [
  [-2 * second, "<invalid>"],
  [-1 * second, "0s"],
  [0, "0s"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [2 * minute + second, "2m1s"],
  [10 * minute - second, "9m59s"],
  [10 * minute + second, "10m"],
  [3 * hour - second, "179m"],
  [3 * hour, "3h"],
  [3 * hour + minute, "3h1m"],
  [8 * hour + minute, "8h"],
  [2 * day - second, "47h"],
  [2 * day, "2d"],
  [2 * day + hour, "2d1h"],
  [8 * day + hour, "8d"],
  [2 * year - second, "729d"],
  [2 * year, "2y"],
  [2 * year + day, "2y1d"],
  [8 * year + day, "8y"],
] as const;
for (const [ms, text] of cases) {
  test(`humanDuration() shows ${ms} ms as ${text}`, () => assert.equal(humanDuration(ms), text));
}

test("age() is unknown without a time", () => assert.equal(age(undefined, 0), "<unknown>"));
