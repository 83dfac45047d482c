import assert from "node:assert/strict";
import { test } from "node:test";
import { framed, frames } from "./tcp_frames.ts";

test("frames() finds the messages however the connection cuts them", async () => {
  const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(), new Uint8Array(300).fill(7)];
  const bytes = Buffer.concat(messages.map(framed));
  for (const size of [1, 2, 5, bytes.length]) {
    const found: Uint8Array[] = [];
    for await (const message of frames(cut(bytes, size))) found.push(Uint8Array.from(message));
    assert.deepEqual(found, messages, `in chunks of ${size}`);
  }
});

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
