import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Entry } from "./entry.ts";
import { Model, packed, sizeOfPacked, unpacked } from "./likeness.ts";
import { Models } from "./models.ts";
import { bytes } from "./store_fixture.ts";

/** Parts that stand in several places, as members of objects do, between others that stand in one. */
const PART = fc.oneof(
  fc.constantFrom('{"name":"web","labels":{"app":"web"}},', '"lastTransitionTime":"2026-01-01T00:00:00Z"', "é", "a"),
  fc.uint8Array({ maxLength: 40 }).map((each) => String.fromCharCode(...each)),
);
const VALUE = fc
  .array(PART, { minLength: 1, maxLength: 40 })
  .map((parts) => bytes(parts.join("")))
  .filter((value) => Model.admits(value));

test("whatever is packed is unpacked as it was, whole or its beginning", () => {
  fc.assert(
    fc.property(VALUE, VALUE, fc.nat({ max: 200 }), (value, other, limit) => {
      const model = new Model(other);
      const text = packed(value, model, Infinity);
      assert.ok(text !== undefined);
      assert.equal(sizeOfPacked(text), value.length);
      assert.deepEqual(unpacked(text, model, Infinity), value);
      assert.deepEqual(unpacked(text, model, limit), value.subarray(0, limit));
      const room = new Uint8Array(100).fill(7);
      assert.deepEqual(unpacked(text, model, limit, room), value.subarray(0, limit));
      assert.ok(room.subarray(Math.min(limit, value.length)).every((byte) => byte === 7) || limit > room.length);
      assert.doesNotMatch(text, /[^\0-\xff]/, "a byte a character");
    }),
    { numRuns: 300 },
  );
});

test("a value that repeats itself is packed by its own beginning, too", () => {
  const model = new Model(bytes("something else altogether"));
  const value = bytes("0123456789abcdef".repeat(1_000));
  const text = packed(value, model, 8_000);
  assert.ok(text !== undefined);
  assert.deepEqual(unpacked(text, model, Infinity), value);
});

test("what has little in common is not packed", () => {
  const model = new Model(bytes("abcdefghijklmnopqrstuvwxyz"));
  assert.equal(packed(bytes("zyxwvutsrqponmlkjihgfedcba"), model, 13), undefined);
});

/** Says what pods of one owner say: much the same. */
const pod = (name: string, rest = "") =>
  bytes(`{"metadata":{"name":"${name}","uid":"${name}"},"spec":"${"as all of them say ".repeat(9)}"${rest}}`);

test("an entry says the same packed as before; the first of its kind is the model", () => {
  const models = new Models();
  const values = ["a", "b", "c"].map((name) => pod(name));
  const entries = values.map((value, at) => new Entry(`/pods/default/web-${at}`, value, 1, at + 1));
  for (const entry of entries) entry.pack(models);
  for (const [at, entry] of entries.entries()) {
    assert.deepEqual([entry.value, entry.size], [values[at], values[at]?.length]);
    assert.deepEqual(entry.beginning(20).subarray(0, 20), values[at]?.subarray(0, 20));
  }
  assert.deepEqual(
    entries.map((entry, at) => entry.value === values[at]),
    [true, false, false],
    "packed",
  );
});

test("values are packed by those of their family, else of their directory, and models make room for others", () => {
  const models = new Models();
  const packs = (key: string, value: Uint8Array) => models.pack(key, value) !== undefined;
  assert.deepEqual([packs("/pods/a/web-1", pod("w")), packs("/pods/a/web-2", pod("x"))], [false, true]);
  assert.ok(packs("/pods/a/db-1", pod("y")), "by those of another family");
  const strange = bytes("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  assert.ok(!packs("/pods/b/web-1", pod("z")), "by none of another directory");
  assert.deepEqual([packs("/pods/a/other-1", strange), packs("/pods/a/other-2", strange)], [false, true]);
  for (let at = 0; at < 200; at++) models.pack(`/pods/many-${at}/a`, pod(`m${at}`));
  assert.ok(!packs("/pods/a/web-3", pod("x")), "forgotten");
});

test("a value that says much more than its model takes the model's place", () => {
  const models = new Models();
  const started = (name: string) => pod(name, `,"status":"${"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:".repeat(2)}"`);
  const packs = (value: Uint8Array) => models.pack("/pods/a/web-1", value)?.text.length;
  assert.equal(packs(pod("v")), undefined);
  assert.equal(packs(started("w")), undefined);
  assert.ok((packs(started("x")) ?? Infinity) < 30);
  assert.ok((packs(pod("y")) ?? Infinity) < 30, "what says less is packed by it, too");
});

test("what is too long or too short to be packed stays as it is", () => {
  const models = new Models();
  for (const length of [0, 11, 32_768, 100_000]) {
    const value = new Uint8Array(length);
    const entries = [1, 2].map((revision) => new Entry("/a", value, 1, revision));
    for (const entry of entries) entry.pack(models);
    for (const entry of entries) assert.equal(entry.value, value);
  }
});
