import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as holds, integer, property } from "fast-check";
import {
  FrameReader,
  type SpdyFrame,
  SpdyProtocolError,
  dataFrame,
  goAwayFrame,
  pingFrame,
  resetFrame,
  synReplyFrame,
  synStreamFrame,
} from "./spdy_frames.ts";

const block = Buffer.from("block");
const settings = Buffer.from("800300040000000400000000", "hex");
const windowUpdate = Buffer.from("80030009000000080000000100010000", "hex");
const wire = Buffer.concat([
  synStreamFrame(1, block),
  settings,
  synReplyFrame(1, block),
  dataFrame(1, Buffer.from("hello"), false),
  windowUpdate,
  pingFrame(7),
  dataFrame(1, Buffer.alloc(0), true),
  dataFrame(3, Buffer.from("last"), true),
  resetFrame(3, 5),
  goAwayFrame(3),
]);
const expected: SpdyFrame[] = [
  { type: "synStream", stream: 1, block, fin: false },
  { type: "synReply", stream: 1, block, fin: false },
  { type: "data", stream: 1, chunk: Buffer.from("hello"), fin: false },
  { type: "ping", id: 7 },
  { type: "data", stream: 1, chunk: Buffer.alloc(0), fin: true },
  { type: "data", stream: 3, chunk: Buffer.from("last"), fin: true },
  { type: "reset", stream: 3, status: 5 },
  { type: "goAway" },
];

/** Pieces of one data frame put together again. */
function joined(frames: readonly SpdyFrame[]): SpdyFrame[] {
  const whole: SpdyFrame[] = [];
  for (const frame of frames) {
    const before = whole.at(-1);
    if (
      frame.type === "data" &&
      before?.type === "data" &&
      before.stream === frame.stream &&
      !before.fin &&
      before.chunk.length < 5
    ) {
      whole[whole.length - 1] = { ...frame, chunk: Buffer.concat([before.chunk, frame.chunk]) };
    } else whole.push(frame);
  }
  return whole;
}

test("reads every frame, however the bytes are cut", () => {
  assert.deepEqual(new FrameReader().read(wire), expected);
  holds(
    property(array(integer({ min: 0, max: wire.length }), { maxLength: 30 }), (cuts) => {
      const reader = new FrameReader();
      const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length];
      const frames = places.flatMap((from, i) => reader.read(wire.subarray(from, places[i + 1] ?? wire.length)));
      assert.deepEqual(joined(frames), expected);
    }),
  );
});

test("hands on data before its frame is whole", () => {
  const reader = new FrameReader();
  const frame = dataFrame(1, Buffer.from("hello"), true);
  assert.deepEqual(reader.read(frame.subarray(0, 10)), [
    { type: "data", stream: 1, chunk: Buffer.from("he"), fin: false },
  ]);
  assert.deepEqual(reader.read(frame.subarray(10)), [
    { type: "data", stream: 1, chunk: Buffer.from("llo"), fin: true },
  ]);
});

const refused = [
  { name: "another version", hex: "8002000100000000" },
  { name: "a control frame of 16 MB", hex: "8003000100ffffff" },
  { name: "a SYN_STREAM without its fields", hex: "800300010000000100" },
  { name: "an HTTP request", hex: Buffer.from("\x80GET / HTTP/1.1\r\n", "latin1").toString("hex") },
];
for (const c of refused) {
  test(`refuses ${c.name}`, () => {
    assert.throws(() => new FrameReader().read(Buffer.from(c.hex, "hex")), SpdyProtocolError);
  });
}
