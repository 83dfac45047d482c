import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidError } from "./errors.ts";

const QUOTED = [
  ['a"b\\c', String.raw`"a\"b\\c"`],
  ["tab\tline\nend\r", String.raw`"tab\tline\nend\r"`],
  ["\u0007\b\f\u000b\u0001\u001b\u007f", String.raw`"\a\b\f\v\x01\x1b\x7f"`],
  ["ä日🙂 ", '"ä日🙂 "'],
  ["\u00a0\u200b\u{e0001}", String.raw`"\u00a0\u200b\U000e0001"`],
  [String.raw`\u0007`, String.raw`"\\u0007"`],
] as const;

test("a refusal quotes texts as Go does", () => {
  for (const [value, quoted] of QUOTED) {
    assert.equal(invalidError("a", value, "why").message, `Invalid value: ${quoted}: why`);
  }
  assert.equal(invalidError("a", { b: "\u0001" }, "why").message, 'Invalid value: {"b":"\\u0001"}: why');
});
