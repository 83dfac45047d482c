import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  bool,
  bytes,
  int32,
  int53s,
  int64,
  message,
  messages,
  nested,
  string,
  stringMap,
  strings,
} from "./protobuf.ts";

const Inner = message({ name: string(1), value: int64(2) });
const Outer = message({
  flag: bool(1),
  count: int32(2),
  data: bytes(3),
  inner: nested(4, Inner),
  list: messages(5, Inner),
  names: strings(6),
  groups: int53s(7),
  labels: stringMap(8),
  far: string(1000),
});
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

// Expected bytes from the encoding's own definition (protobuf.dev/programming-guides/encoding).
const cases = [
  { name: "nothing for zero values", value: { flag: false, count: 0, far: "" }, bytes: "" },
  { name: "150 as in the guide", value: { count: 150 }, bytes: "109601" },
  { name: "-1 as ten bytes", value: { count: -1 }, bytes: "10ffffffffffffffffff01" },
  { name: "an empty nested message", value: { inner: {} }, bytes: "2200" },
  { name: "a nested message", value: { inner: { name: "testing" } }, bytes: "22090a0774657374696e67" },
  { name: "packed numbers as in the guide", value: { groups: [3, 270, 86942] }, bytes: "3a06038e029ea705" },
  { name: "a map entry", value: { labels: { a: "b" } }, bytes: "42060a0161120162" },
  { name: "a large field number", value: { far: "x" }, bytes: "c23e0178" },
];
for (const c of cases) {
  test(`encode() writes ${c.name}`, () => assert.equal(hex(Outer.encode(c.value)), c.bytes));
}

test("decode() gives every field, and skips what it does not know", () => {
  const decoded = Outer.decode(Buffer.from("1096019a0601789d060102030438033805", "hex"));
  assert.deepEqual([decoded.count, decoded.flag, decoded.inner, decoded.names], [150, false, undefined, []]);
  assert.deepEqual(decoded.groups, [3, 5]);
});

test("decode() refuses bytes that end too early", () => {
  assert.throws(() => Outer.decode(Buffer.from("10", "hex")), RangeError);
  assert.throws(() => Outer.decode(Buffer.from("1a05aa", "hex")), RangeError);
});

test("decoding what was encoded gives it back", () => {
  const plain = { noNullPrototype: true };
  const inner = fc.record({ name: fc.string(), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }, plain);
  const outer = fc.record(
    {
      flag: fc.boolean(),
      count: fc.integer(),
      data: fc.uint8Array(),
      inner,
      list: fc.array(inner),
      names: fc.array(fc.string()),
      groups: fc.array(fc.maxSafeInteger()),
      labels: fc.dictionary(fc.string(), fc.string()),
      far: fc.string(),
    },
    plain,
  );
  fc.assert(
    fc.property(outer, (value) => {
      const decoded = Outer.decode(Outer.encode(value));
      assert.deepEqual(
        { ...decoded, labels: { ...decoded.labels }, data: [...decoded.data] },
        {
          ...value,
          labels: { ...value.labels },
          data: [...value.data],
        },
      );
    }),
    { numRuns: 200 },
  );
});
