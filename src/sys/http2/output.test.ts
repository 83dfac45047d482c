import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { FRAME } from "./frames.ts";
import { FrameOutput } from "./output.ts";

test("connections with an answer go before those that have only data, and each is written once", async () => {
  const written: string[] = [];
  const outputs = ["first watch", "second watch", "answer"].map((name) => {
    const socket = new PassThrough();
    socket.on("data", () => written.push(name));
    return new FrameOutput(socket, () => {});
  });
  const data = { length: 1, type: FRAME.data, flags: 0, stream: 1 };
  for (const output of outputs) output.frame(data, "x");
  outputs[2]?.head(1, "\x88", false);
  assert.deepEqual(written, []);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(written, ["answer", "first watch", "second watch"]);
});

test("a header block longer than a frame goes on in others", async () => {
  const socket = new PassThrough();
  new FrameOutput(socket, () => {}).head(1, "x".repeat(20_000), true);
  await new Promise((resolve) => setImmediate(resolve));
  const bytes: Buffer = socket.read();
  assert.deepEqual([bytes.readUIntBE(0, 3), bytes[3], bytes[4]], [16_384, FRAME.headers, 1]);
  const next = 9 + 16_384;
  assert.deepEqual([bytes.readUIntBE(next, 3), bytes[next + 3], bytes[next + 4]], [3_616, FRAME.continuation, 4]);
});
