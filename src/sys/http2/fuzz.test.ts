import assert from "node:assert/strict";
import { test } from "node:test";
import { type Random, seededRandom } from "#base/random.ts";
import { GET, MemoryClient, POST, WHOLE, field, headers, hello, reset } from "./client_fixtures.ts";
import { FLAG, FRAME, SETTING, frame, settingsFrame, windowUpdate } from "./frames.ts";
import type { ServerStream } from "./stream.ts";

const ROUNDS = process.env["KNARR_NIGHTLY"] === "1" ? 20_000 : 300;
/** What the connection may have unsent, and a last answer to it. */
const UNSENT_BYTES_MAX = 10 * 1024 * 1024;
const OK = "\x88";

/** Frames as a client may send them, in any order and on any of a few streams. */
const makers: readonly ((random: Random, id: number) => Uint8Array)[] = [
  (_, id) => headers(id, WHOLE, GET),
  (_, id) => headers(id, FLAG.endHeaders, POST),
  (_, id) => headers(id, FLAG.endHeaders, POST, field("content-length", "5")),
  (_, id) => headers(id, FLAG.endStream, GET),
  (_, id) => frame(FRAME.continuation, FLAG.endHeaders, id, field("a", "b")),
  (random, id) => frame(FRAME.data, random.below(2), id, random.bytes(random.below(300))),
  (random, id) => frame(FRAME.data, FLAG.padded, id, Buffer.alloc(1 + random.below(20), random.below(20))),
  (random, id) => windowUpdate(id, random.below(100_000)),
  (random) => windowUpdate(0, random.below(1_000_000)),
  (_, id) => reset(id),
  (random) => settingsFrame([[SETTING.initialWindowSize, random.below(200_000)]]),
  (random) => frame(FRAME.ping, random.below(2), 0, random.bytes(8)),
  (_, id) => frame(FRAME.priority, 0, id, Buffer.alloc(5)),
  (random, id) => frame(random.below(256), random.below(256), id, random.bytes(random.below(30))),
];

function said(random: Random): Buffer {
  const parts: Uint8Array[] = [hello];
  for (let left = 5 + random.below(60), id = 1; left > 0; left--) {
    if (random.below(3) === 0) id += 2;
    const make = makers[random.below(makers.length)];
    if (make) parts.push(make(random, random.below(4) === 0 ? 1 + 2 * random.below(8) : id));
  }
  const bytes = Buffer.concat(parts);
  // Some are left as they are: a byte changed early ends a connection before anything has happened.
  for (let left = random.below(4); left > 0; left--) {
    const at = hello.length + random.below(bytes.length - hello.length);
    bytes[at] = random.below(256);
  }
  return bytes.subarray(0, random.below(4) === 0 ? random.below(bytes.length) : bytes.length);
}

/** Handlers of all kinds; `open` counts those whose request has neither ended nor gone. */
function answers(random: Random, open: Set<ServerStream>): (stream: ServerStream) => void {
  return (stream) => {
    if (!stream.isRemoteEnded) {
      open.add(stream);
      const settle = () => {
        stream.taker = undefined;
        open.delete(stream);
      };
      stream.taker = { take: () => {}, end: settle, gone: settle };
    }
    const answer = () => {
      const kind = random.below(5);
      if (kind === 0) return;
      if (kind === 1) return stream.reset(2);
      stream.head(OK, kind === 2);
      if (kind === 3) stream.end(Buffer.alloc(random.below(100_000)));
      const more = () => stream.write(Buffer.alloc(1 + random.below(40_000)), () => void setImmediate(more));
      if (kind === 4) more();
    };
    if (random.below(2) === 0) answer();
    else queueMicrotask(answer);
  };
}

/** A stream of which the server said something after its end. */
function saidTooMuch(lines: readonly string[]): string | undefined {
  const ended = new Set<string>();
  return lines.find((line) => {
    const [kind = "", id = ""] = line.split(" ");
    const isLate = (kind === "headers" || kind === "data") && ended.has(id);
    if (kind === "reset" || line.endsWith(" end")) ended.add(id);
    return isLate;
  });
}

test(`${ROUNDS} clients that talk nonsense harm nobody, and each of their requests ends`, async () => {
  let served = 0;
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = seededRandom(seed);
    const open = new Set<ServerStream>();
    const client = new MemoryClient(answers(random, open), 1 + random.below(20));
    const bytes = said(random);
    for (let at = 0; at < bytes.length && !client.destroyed;) {
      const end = Math.min(bytes.length, at + 1 + random.below(400));
      if (random.below(4) === 0) client.reads(random.below(2) === 0);
      if (!client.readableEnded && !client.writableEnded) client.push(Buffer.from(bytes.subarray(at, end)));
      at = end;
      if (random.below(3) === 0) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(client.writableLength < UNSENT_BYTES_MAX, `seed ${seed}`);
    }
    assert.equal(saidTooMuch(await client.heard()), undefined, `seed ${seed}`);
    client.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(client.isForgotten, `seed ${seed}`);
    assert.equal(client.closedStreams, client.streams.length, `seed ${seed}`);
    assert.equal(open.size, 0, `seed ${seed}`);
    served += client.streams.length;
  }
  assert.ok(served > ROUNDS, "most of them got to ask something");
});
