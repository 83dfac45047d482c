import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#base/random.ts";
import { hello } from "./client_fixtures.ts";
import { FrameInput } from "./frame_input.ts";
import { FRAME, frame } from "./frames.ts";

/** Frames of all lengths that matter. */
const sent = [0, 1, 8, 9, 10, 300, 16_384, 0].map((length, at) => ({ length, type: FRAME.data, flags: at, stream: 1 }));
const bytes = Buffer.concat([
  hello,
  ...sent.map(({ length, flags }) => frame(FRAME.data, flags, 1, Buffer.alloc(length, flags))),
]);

function heard(cut: (at: number) => number): string[] {
  const frames: string[] = [];
  const input = new FrameInput(({ length, flags }, payload) => {
    assert.equal(payload.length, length);
    assert.ok(payload.every((byte) => byte === flags));
    frames.push(`${flags} ${length}`);
  });
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + cut(at));
    input.read(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  assert.ok(!input.isPartial);
  return frames.slice(1); // After the settings.
}

test("frames are the same in whatever pieces they come", () => {
  const wanted = sent.map(({ flags, length }) => `${flags} ${length}`);
  assert.deepEqual(
    heard(() => bytes.length),
    wanted,
  );
  assert.deepEqual(
    heard(() => 1),
    wanted,
  );
  const random = seededRandom(1);
  for (let round = 0; round < 50; round++)
    assert.deepEqual(
      heard(() => 1 + random.below(40)),
      wanted,
    );
});

test("what begins otherwise than a client is refused at its first wrong byte", () => {
  const input = new FrameInput(() => {});
  input.read(Buffer.from("PR"));
  assert.throws(() => input.read(Buffer.from("O")), { code: 1 });
});
