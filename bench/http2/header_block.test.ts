import assert from "node:assert/strict";
import { test } from "node:test";
import { requestBlock, statusOf } from "./header_block.ts";

/** Fields as servers may write them; 0x20 says that the dynamic table has no room. */
const statuses: readonly (readonly [name: string, block: string, status: number])[] = [
  ["an entry of the static table", "88", 200],
  ["another, after the table's size", "208d", 404],
  ["Huffman's code", "08821003", 201],
  ["Huffman's code of six bits a digit", "20088365967f", 333],
  ["Huffman's code in a field that is to be kept", "4883680fff", 409],
  ["a literal that is to be kept", "4803343232", 422],
  ["a literal that is never to be kept, under another status' name", "1d03353033", 503],
  ["a status that other fields follow", "088264025f0131", 302],
];

for (const [name, block, status] of statuses) {
  test(`statusOf() reads ${name}`, () => assert.equal(statusOf(Buffer.from(block, "hex")), status));
}

/** What is no status, or cannot be read without a table. */
const refused: readonly (readonly [name: string, block: string])[] = [
  ["an empty block", ""],
  ["a field before the status", "5f0131"],
  ["an entry of a dynamic table", "be"],
  ["a dynamic table", "3fe11f88"],
  ["four digits", "080432303031"],
  ["a value that is cut off", "08033230"],
  ["letters", "0803616263"],
  ["Huffman's code of something else", "0882ffff"],
  ["padding that is none", "08821002"],
];

for (const [name, block] of refused) {
  test(`statusOf() refuses ${name}`, () => assert.throws(() => statusOf(Buffer.from(block, "hex"))));
}

test("requestBlock() writes lengths above 127 in several bytes", () => {
  const target = `/${"x".repeat(1_336)}`;
  const block = Buffer.from(requestBlock({ method: "GET", target, authority: "a" }), "latin1");
  // RFC 7541, C.1.2: 1337 under a prefix of five bits is 1f 9a 0a; under seven bits 7f ba 09.
  assert.equal(block.subarray(0, 9).toString("hex"), "8287010161047fba09");
  assert.equal(block.subarray(9).toString(), target);
});
