import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeBody } from "#base/long_body.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import { Entry } from "#store/entry.ts";
import { ListBody } from "./list_body.ts";
import { encodeObject, wireLength } from "./object_codec.ts";

const START = '{"kind":"ConfigMapList","items":[';
const bytes = (text: string) => new TextEncoder().encode(text);

function entry(name: string, modRevision: number, length: number): Entry {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text: "é".repeat(length) } };
  return new Entry(name, encodeObject(object), 1, modRevision);
}

function listOf(entries: readonly Entry[]): ListBody {
  const itemBytes = entries.reduce((sum, each) => sum + wireLength(ConfigMap, each), 0);
  return new ListBody(ConfigMap, entries, bytes(START), bytes("]}"), itemBytes);
}

/** Reads by pieces of at most `size` bytes. */
function readBy(size: number, body: ListBody): string {
  const pieces: Buffer[] = [];
  for (;;) {
    const target = new Uint8Array(size);
    const length = body.read(target);
    if (length === 0) return Buffer.concat(pieces).toString();
    pieces.push(Buffer.from(target.subarray(0, length)));
  }
}

test("a list reads the same by pieces of any length, and has the length it says", async () => {
  const entries = [entry("a", 7, 3), entry("b", 123_456, 500), entry("c", 8, 0), entry("d", 10, 40)];
  const whole = new TextDecoder().decode(await wholeBody(listOf(entries)));
  const { items } = JSON.parse(whole);
  assert.deepEqual(
    items.map(({ metadata }: { metadata: object }) => metadata),
    entries.map(({ key, modRevision }) => ({ resourceVersion: String(modRevision), name: key })),
  );
  assert.equal(items[1].data.text, "é".repeat(500));
  for (let size = 1; size < 300; size++) assert.equal(readBy(size, listOf(entries)), whole, `by ${size}`);
  assert.equal(readBy(100_000, listOf(entries)), whole);
});

test("a list of nothing has no items", () => {
  assert.equal(readBy(5, listOf([])), `${START}]}`);
});
