import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderDecoder } from "./header_decoder.ts";

function fieldsOf(decoder: HeaderDecoder, hex: string): string[] {
  const fields: string[] = [];
  decoder.decode(Buffer.from(hex.replaceAll(" ", ""), "hex"), (name, value) => fields.push(`${name}=${value}`));
  return fields;
}

/** Three requests on one connection (RFC 7541, appendices C.3 and C.4). */
const examples = [
  {
    name: "as they are",
    blocks: [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ],
  },
  {
    name: "in Huffman's code",
    blocks: [
      "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
      "8286 84be 5886 a8eb 1064 9cbf",
      "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ],
  },
];

for (const { name, blocks } of examples) {
  test(`a connection's blocks are read with the table that those before them left: ${name}`, () => {
    const decoder = new HeaderDecoder();
    const common = [":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com"];
    const secure = [":method=GET", ":scheme=https", ":path=/index.html", ":authority=www.example.com"];
    assert.deepEqual(fieldsOf(decoder, blocks[0] ?? ""), common);
    assert.deepEqual(fieldsOf(decoder, blocks[1] ?? ""), [...common, "cache-control=no-cache"]);
    assert.deepEqual(fieldsOf(decoder, blocks[2] ?? ""), [...secure, "custom-key=custom-value"]);
  });
}

test("the table forgets its oldest fields when it is full or made smaller", () => {
  const decoder = new HeaderDecoder();
  // Each counts 1 + 1 + 32 bytes; the table of 68 holds two: 3f25 is 31 + 37.
  assert.deepEqual(fieldsOf(decoder, "3f25 40 0161 0131 40 0162 0132 be bf"), ["a=1", "b=2", "b=2", "a=1"]);
  assert.deepEqual(fieldsOf(decoder, "40 0163 0133 be bf"), ["c=3", "c=3", "b=2"]);
  assert.throws(() => fieldsOf(decoder, "c0"), RangeError);
  // One that is larger than the table empties it.
  assert.deepEqual(fieldsOf(decoder, `40 0164 28 ${"35".repeat(40)}`), [`d=${"5".repeat(40)}`]);
  assert.throws(() => fieldsOf(decoder, "be"), RangeError);
  assert.deepEqual(fieldsOf(decoder, "40 0165 0135 be"), ["e=5", "e=5"]);
  assert.deepEqual(fieldsOf(decoder, "20 3f25"), []);
  assert.throws(() => fieldsOf(decoder, "be"), RangeError);
});

/** What no decoder may take (RFC 7541, 2.3.3, 4.2, 5.1, 5.2, 6.3). */
const broken: readonly (readonly [name: string, block: string])[] = [
  ["the field 0", "80"],
  ["a field that there is not", "ff00"],
  ["a table larger than was offered", "3fe21f"],
  ["a table that changes after a field", "8220"],
  ["an integer without end", "ffffffffffff01"],
  ["an integer that is cut off", "ff80"],
  ["a string that is cut off", "400161053132"],
  ["a name that is cut off", "40"],
  ["Huffman's padding of a byte", "400161821fff"],
  ["Huffman's padding of zeros", "4001618118"],
  ["Huffman's end within a string", "40016184ffffffff"],
];

for (const [name, block] of broken) {
  test(`refused is ${name}`, () => assert.throws(() => fieldsOf(new HeaderDecoder(), block), RangeError));
}
