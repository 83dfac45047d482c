import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestFields } from "./request_fields.ts";

function fieldsOf(...fields: readonly (readonly [name: string, value: string])[]): RequestFields {
  const made = new RequestFields(10_000);
  for (const [name, value] of [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", "/"],
  ] as const)
    made.add(name, value);
  for (const [name, value] of fields) made.add(name, value);
  return made;
}

test("whom a request is for is said by its authority, and by its host only without one", () => {
  const both = fieldsOf([":authority", "a"], ["host", "b"]);
  assert.ok(both.end());
  assert.equal(both.headers["host"], "a");
  const one = fieldsOf(["host", "b"]);
  assert.ok(one.end());
  assert.equal(one.headers["host"], "b");
});

test("fields of no length are too many all the same", () => {
  const fields = fieldsOf(...Array.from({ length: 400 }, () => ["a", ""] as const));
  assert.ok(fields.isTooLarge);
});

test("what no request line could hold makes a request malformed", () => {
  for (const value of ["a b", "a\r\nb", "a\0", "\t"])
    assert.ok(!fieldsOf([":authority", value]).end(), JSON.stringify(value));
  assert.ok(fieldsOf([":authority", "[::1]:6443"]).end());
});
