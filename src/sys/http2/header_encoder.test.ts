import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderDecoder } from "./header_decoder.ts";
import { responseBlock } from "./header_encoder.ts";

test("an answer's block says its status first, then its headers, its length and the date", () => {
  const fields: [string, string][] = [];
  const headers = { "Content-Type": "application/json", "x-long": "y".repeat(300), warning: '299 - "né\r\n→"' };
  const block = Buffer.from(responseBlock(201, headers, 1_234), "latin1");
  new HeaderDecoder().decode(block, (name, value) => fields.push([name, value]));
  assert.deepEqual(fields.slice(0, -1), [
    [":status", "201"],
    ["content-type", "application/json"],
    ["x-long", "y".repeat(300)],
    ["warning", '299 - "né???"'],
    ["content-length", "1234"],
  ]);
  const [name, value = ""] = fields.at(-1) ?? [];
  assert.equal(name, "date");
  assert.ok(Math.abs(Date.parse(value) - Date.now()) < 60_000);
});
