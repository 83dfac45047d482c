import assert from "node:assert/strict";
import { test } from "node:test";
import { GET, MemoryClient, POST, WHOLE, headers, hello, reset } from "./client_fixtures.ts";
import { CODE } from "./connection_error.ts";
import { FLAG, FRAME, SETTING, frame, settingsFrame, windowUpdate } from "./frames.ts";
import type { ServerStream } from "./stream.ts";

const CALM = `goaway ${CODE.enhanceYourCalm}`;
const NEVER = Number.POSITIVE_INFINITY;
const patient = { idleTimeoutMs: NEVER, headersTimeoutMs: NEVER, stallTimeoutMs: NEVER };
/** `:status: 200`. */
const OK = "\x88";
const never = () => {};
const atOnce = (stream: ServerStream) => stream.head(OK, true);
const times = (count: number, make: (at: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: count }, (_, at) => make(at)));
const id = (at: number) => 2 * at + 1;

/** More than a client may send of frames that bring nothing, whatever the machine's pace. */
const MANY = 30_000;

const floods: readonly (readonly [name: string, handler: (stream: ServerStream) => void, flood: Uint8Array])[] = [
  ["pings", never, times(1_100, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))],
  ["settings", never, times(1_100, () => settingsFrame([[SETTING.initialWindowSize, 5]]))],
  ["priorities", never, times(MANY, () => frame(FRAME.priority, 0, 1, Buffer.alloc(5)))],
  ["frames that nobody knows", never, times(MANY, () => frame(0xaa, 0, 0, Buffer.alloc(0)))],
  ["acknowledgements", never, times(MANY, () => frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)))],
  ["credit by the byte", never, times(MANY, () => windowUpdate(0, 1))],
  [
    "farewells",
    never,
    Buffer.concat([headers(1, 4, POST), times(MANY, () => frame(FRAME.goaway, 0, 0, Buffer.alloc(8)))]),
  ],
  [
    "data without bytes",
    never,
    Buffer.concat([headers(1, 4, POST), times(MANY, () => frame(FRAME.data, 0, 1, Buffer.alloc(0)))]),
  ],
  [
    "requests that are broken off",
    never,
    times(1_200, (at) => Buffer.concat([headers(id(at), WHOLE, GET), reset(id(at))])),
  ],
  ["requests without a method", never, times(1_200, (at) => headers(id(at), WHOLE, Buffer.of(0x87)))],
  [
    "data after the end",
    never,
    Buffer.concat([headers(1, WHOLE, GET), times(1_200, () => frame(FRAME.data, 0, 1, Buffer.of(1)))]),
  ],
  ["requests while none is answered", never, times(2_000, (at) => headers(id(at), WHOLE, GET))],
  ["requests whose answers it does not take", atOnce, times(2_000, (at) => headers(id(at), WHOLE, GET))],
];

for (const [name, handler, flood] of floods) {
  test(`a client that sends ${name} without end is asked to calm down, and goes`, async () => {
    const client = new MemoryClient(handler);
    const said = await client.say(Buffer.concat([hello, flood]));
    assert.equal(said.at(-1), CALM, said.slice(-3).join(", "));
    assert.ok(client.streams.length <= 1_200, "what it may begin is bounded");
    assert.equal(client.closedStreams, client.streams.length);
    assert.ok(client.isForgotten);
  });
}

test("a client may do a little of everything that it may not do without end", async () => {
  const client = new MemoryClient(atOnce);
  const some = [
    times(100, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    times(100, () => frame(FRAME.priority, 0, 1, Buffer.alloc(5))),
    times(100, () => windowUpdate(0, 1)),
    times(100, (at) => Buffer.concat([headers(id(at), 4, POST), reset(id(at))])),
  ];
  const said = await client.say(hello, ...some, headers(1_001, WHOLE, GET));
  assert.equal(said.filter((one) => one === "ping 1").length, 100);
  assert.ok(said.includes("headers 1001 88") && !said.includes(CALM), said.slice(-3).join(", "));
  client.destroy();
});

const halves: readonly (readonly [name: string, ...parts: Uint8Array[]])[] = [
  ["a greeting", hello.subarray(0, 10)],
  ["a greeting without settings", hello.subarray(0, 24)],
  ["a frame's header", hello, headers(1, WHOLE, GET).subarray(0, 5)],
  ["a frame", hello, headers(1, WHOLE, GET).subarray(0, 11)],
  ["a header block", hello, headers(1, FLAG.endStream, GET)],
  ["a header block by the frame", hello, headers(1, 0, GET), frame(FRAME.continuation, 0, 1, Buffer.alloc(0))],
];

for (const [name, ...parts] of halves) {
  test(`a client that leaves ${name} half done is not waited for`, async () => {
    const client = new MemoryClient(never);
    await client.say(...parts);
    client.connection.sweep(patient);
    assert.ok(!client.connection.isClosing);
    client.connection.sweep({ ...patient, headersTimeoutMs: 0 });
    assert.equal((await client.heard()).at(-1), CALM);
    assert.ok(client.isForgotten);
  });
}

test("a client that has said all it began, or is still sending a body, is left in peace", async () => {
  const client = new MemoryClient(never);
  await client.say(hello, headers(1, 0, GET), frame(FRAME.continuation, FLAG.endHeaders, 1, Buffer.alloc(0)));
  client.connection.sweep({ ...patient, headersTimeoutMs: 0 });
  assert.ok(!client.connection.isClosing);
  client.destroy();
});

test("a client that greets and asks nothing is asked to go, and then made to", async () => {
  const client = new MemoryClient(never);
  client.connection.sweep(patient);
  await client.say(hello);
  client.reads(false);
  client.connection.sweep({ ...patient, idleTimeoutMs: 0 });
  assert.ok(client.connection.isClosing);
  client.connection.sweep({ ...patient, idleTimeoutMs: 0 });
  await client.heard();
  assert.ok(client.isForgotten);
});

test("an answer that its client gives no credit for is broken off", async () => {
  const client = new MemoryClient((stream) => {
    stream.head(OK, false);
    stream.end(Buffer.alloc(10));
  });
  await client.say(hello, settingsFrame([[SETTING.initialWindowSize, 0]]), headers(1, WHOLE, GET));
  client.connection.sweep(patient);
  assert.equal(client.closedStreams, 0);
  client.connection.sweep({ ...patient, stallTimeoutMs: 0 });
  assert.equal((await client.heard()).at(-1), `reset 1 ${CODE.internalError}`);
  assert.equal(client.closedStreams, 1);
  client.destroy();
});

test("whoever waits for a body to be taken is told of the connection's end, and of nothing after it", async () => {
  for (const leave of ["resets", "goes", "breaks the rules"]) {
    let taken = 0;
    const client = new MemoryClient((stream) => {
      stream.head(OK, false);
      stream.write(Buffer.alloc(50_000), () => taken++);
    });
    await client.say(hello);
    client.reads(false);
    await client.say(headers(1, WHOLE, GET));
    if (leave === "resets") await client.say(reset(1));
    else if (leave === "goes") client.destroy();
    else await client.say(frame(FRAME.ping, 0, 0, Buffer.alloc(1)));
    await client.heard();
    client.reads(true);
    await client.heard();
    assert.equal(client.closedStreams, 1, leave);
    assert.ok(client.streams[0]?.isAborted, leave);
    assert.equal(taken, 0, leave);
    client.destroy();
  }
});

test("a client that says farewell gets the answers it waits for, and the connection ends", async () => {
  const client = new MemoryClient(never);
  const farewell = frame(FRAME.goaway, 0, 0, Buffer.alloc(8));
  await client.say(hello, headers(1, WHOLE, GET), farewell, headers(3, WHOLE, GET));
  assert.ok(!client.isForgotten);
  client.streams[0]?.head(OK, true);
  const said = await client.heard();
  assert.deepEqual(said.slice(-3), ["goaway 0", `reset 3 ${CODE.refusedStream}`, "headers 1 88"]);
  assert.ok(client.isForgotten);
});
