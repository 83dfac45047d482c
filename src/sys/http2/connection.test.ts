import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { after, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { HttpHandler } from "#base/http.ts";
import { createCertificateAuthority, signCertificate } from "../certificates.ts";
import { type Listener, listen } from "../http/listener.ts";
import { CODE } from "./connection_error.ts";
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEADER_BYTES, SETTING, frame, readFrameHeader } from "./frames.ts";
import { settingsFrame, windowUpdate } from "./frames.ts";
import { GET, POST, WHOLE, field, frameLine, headers, hello, reset } from "./client_fixtures.ts";

const validity = { now: Date.now(), days: 1 };
const ca = createCertificateAuthority({ commonName: "ca", ...validity });
const serving = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });

const listeners: Listener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.close())));

const echo: HttpHandler = ({ body, headers: { "x-say": said = "" } }) =>
  Promise.resolve({ status: 200, headers: { "x-said": said }, body });

async function started(handler: HttpHandler): Promise<Listener> {
  const listener = await listen({ port: 0, host: "127.0.0.1", tls: serving, handler });
  listeners.push(listener);
  return listener;
}

/** Writes `bytes` on a connection of its own; the frames that come until one is as wanted, or until it is closed. */
async function spoken(bytes: Uint8Array, isLast: (one: string) => boolean, handler = echo): Promise<string[]> {
  const { port } = await started(handler);
  const socket: TLSSocket = connectTls({ port, host: "127.0.0.1", ca: ca.cert, ALPNProtocols: ["h2"] });
  socket.on("error", () => {});
  socket.once("secureConnect", () => socket.write(bytes));
  const said: string[] = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= FRAME_HEADER_BYTES) {
      const { length, type, flags, stream } = readFrameHeader(rest, 0);
      const end = FRAME_HEADER_BYTES + length;
      if (rest.length < end) break;
      const payload = rest.subarray(FRAME_HEADER_BYTES, end);
      rest = rest.subarray(end);
      said.push(frameLine(type, flags, stream, payload));
      if (isLast(said.at(-1) ?? "")) return said;
    }
  }
  return said;
}

const NOTHING = Buffer.alloc(0);
const setting = (id: number, value: number) => settingsFrame([[id, value]]);
const credit = (stream: number, increment: number) => windowUpdate(stream, increment);

/** What ends a connection, and with which code (RFC 9113, 5 and 6). */
const offences: readonly (readonly [name: string, code: number, ...frames: Uint8Array[]])[] = [
  ["a frame that is too long", CODE.frameSizeError, frame(FRAME.data, 0, 1, Buffer.alloc(16_385))],
  ["headers on the connection", CODE.protocolError, headers(0, WHOLE, GET)],
  ["headers on a stream of the server's", CODE.protocolError, headers(2, WHOLE, GET)],
  ["data on a stream that there is not", CODE.protocolError, frame(FRAME.data, 0, 1, Buffer.of(1))],
  ["data on the connection", CODE.protocolError, frame(FRAME.data, 0, 0, Buffer.of(1))],
  ["a push", CODE.protocolError, frame(FRAME.pushPromise, FLAG.endHeaders, 1, Buffer.alloc(8))],
  ["something within a header block", CODE.protocolError, headers(1, 0, GET), frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  ["a header block of another stream", CODE.protocolError, headers(1, 0, GET), frame(FRAME.continuation, 4, 3, GET)],
  ["a block that goes on after its end", CODE.protocolError, headers(1, 4, POST), frame(FRAME.continuation, 4, 1, GET)],
  ["a block that cannot be decoded", CODE.compressionError, headers(1, WHOLE, Buffer.of(0x80))],
  ["padding longer than its frame", CODE.protocolError, headers(1, 4, POST), frame(FRAME.data, 8, 1, Buffer.of(9, 1))],
  ["a reset of a stream that there is not", CODE.protocolError, reset(1)],
  ["a reset that is cut off", CODE.frameSizeError, headers(1, 4, POST), frame(FRAME.rstStream, 0, 1, Buffer.alloc(3))],
  ["settings that are cut off", CODE.frameSizeError, frame(FRAME.settings, 0, 0, Buffer.alloc(5))],
  ["settings on a stream", CODE.protocolError, frame(FRAME.settings, 0, 1, NOTHING)],
  ["an acknowledgement with settings", CODE.frameSizeError, frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6))],
  ["a window that is too large", CODE.flowControlError, setting(SETTING.initialWindowSize, 0x80000000)],
  ["frames that are too small", CODE.protocolError, setting(SETTING.maxFrameSize, 1_000)],
  ["a switch that is none", CODE.protocolError, setting(SETTING.enablePush, 2)],
  ["a ping of seven bytes", CODE.frameSizeError, frame(FRAME.ping, 0, 0, Buffer.alloc(7))],
  ["a ping on a stream", CODE.protocolError, frame(FRAME.ping, 0, 1, Buffer.alloc(8))],
  ["credit of nothing", CODE.protocolError, credit(0, 0)],
  ["too much credit", CODE.flowControlError, credit(0, 0x7fffffff)],
  ["credit for a stream that there is not", CODE.protocolError, credit(1, 1)],
  ["credit for a stream of the server's", CODE.protocolError, headers(3, 4, POST), credit(2, 1)],
  ["a stream older than the last", CODE.protocolError, headers(5, WHOLE, GET), headers(3, WHOLE, GET)],
  ["headers after a reset", CODE.streamClosed, headers(1, 4, POST), reset(1), headers(1, 4, POST)],
  ["a priority of no stream", CODE.protocolError, frame(FRAME.priority, 0, 0, Buffer.alloc(5))],
  ["a priority of four bytes", CODE.frameSizeError, frame(FRAME.priority, 0, 1, Buffer.alloc(4))],
  ["a farewell on a stream", CODE.protocolError, frame(FRAME.goaway, 0, 1, Buffer.alloc(8))],
  ["a farewell that is cut off", CODE.frameSizeError, frame(FRAME.goaway, 0, 0, Buffer.alloc(7))],
  [
    "a window that grows too large",
    CODE.flowControlError,
    headers(1, 4, POST),
    credit(1, 0x7fffffff - 65_535),
    setting(SETTING.initialWindowSize, 65_536),
  ],
];

for (const [name, code, ...frames] of offences) {
  test(`a connection ends with code ${code} by ${name}`, async () => {
    const said = await spoken(Buffer.concat([hello, ...frames]), () => false);
    assert.equal(said.at(-1), `goaway ${code}`, said.join(", "));
  });
}

test("who greets with something else, or sends no settings, is no client", async () => {
  assert.equal((await spoken(Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n"), () => false)).at(-1), "goaway 1");
  assert.equal((await spoken(Buffer.concat([CLIENT_PREFACE, headers(1, WHOLE, GET)]), () => false)).at(-1), "goaway 1");
});

/** What ends a stream alone, and with which code (RFC 9113, 8.1.1). */
const faults: readonly (readonly [name: string, code: number, ...frames: Uint8Array[]])[] = [
  ["no method", CODE.protocolError, headers(1, WHOLE, Buffer.of(0x87, 0x84))],
  ["no path", CODE.protocolError, headers(1, WHOLE, Buffer.of(0x82, 0x87))],
  ["two methods", CODE.protocolError, headers(1, WHOLE, GET, Buffer.of(0x83))],
  ["a pseudo-header of an answer", CODE.protocolError, headers(1, WHOLE, GET, Buffer.of(0x88))],
  ["a pseudo-header after others", CODE.protocolError, headers(1, WHOLE, field("a", "b"), GET)],
  ["a name in upper case", CODE.protocolError, headers(1, WHOLE, GET, field("Accept", "b"))],
  ["an empty name", CODE.protocolError, headers(1, WHOLE, GET, field("", "b"))],
  ["a line break in a value", CODE.protocolError, headers(1, WHOLE, GET, field("a", "b\r\nc: d"))],
  ["what belongs to HTTP/1.1", CODE.protocolError, headers(1, WHOLE, GET, field("transfer-encoding", "chunked"))],
  ["two lengths", CODE.protocolError, headers(1, 4, POST, field("content-length", "1"), field("content-length", "2"))],
  ["a length that is none", CODE.protocolError, headers(1, 4, POST, field("content-length", "-1"))],
  ["a length without a body", CODE.protocolError, headers(1, WHOLE, POST, field("content-length", "1"))],
  [
    "less than its length",
    CODE.protocolError,
    headers(1, 4, POST, field("content-length", "2")),
    frame(FRAME.data, FLAG.endStream, 1, Buffer.of(1)),
  ],
  [
    "more than its length",
    CODE.protocolError,
    headers(1, 4, POST, field("content-length", "2")),
    frame(FRAME.data, 0, 1, Buffer.alloc(3)),
  ],
  ["trailers that are not the end", CODE.protocolError, headers(1, 4, POST), headers(1, 4, field("a", "b"))],
  ["a pseudo-header in its trailers", CODE.protocolError, headers(1, 4, POST), headers(1, WHOLE, GET)],
  ["a space in its path", CODE.protocolError, headers(1, WHOLE, Buffer.of(0x82, 0x87), field(":path", "/a b"))],
  ["headers after its end", CODE.streamClosed, headers(1, WHOLE, GET), headers(1, WHOLE, field("a", "b"))],
  ["data after its end", CODE.streamClosed, headers(1, WHOLE, GET), frame(FRAME.data, 0, 1, Buffer.of(1))],
  ["data after its reset", CODE.streamClosed, headers(1, 4, POST), reset(1), frame(FRAME.data, 0, 1, Buffer.of(1))],
  ["too much credit of its own", CODE.flowControlError, headers(1, 4, POST), credit(1, 0x7fffffff)],
  ["credit of nothing of its own", CODE.protocolError, headers(1, 4, POST), credit(1, 0)],
];

for (const [name, code, ...frames] of faults) {
  test(`a stream with ${name} is reset with code ${code}, and the next one is served`, async () => {
    const bytes = Buffer.concat([hello, ...frames, headers(3, WHOLE, GET)]);
    const said = await spoken(bytes, (one) => one.startsWith("headers 3"));
    assert.ok(said.includes(`reset 1 ${code}`), said.join(", "));
    assert.equal(said.at(-1), "headers 3 88");
  });
}

test("padding, priorities, continued blocks, trailers and unknown frames are taken as what they are", async () => {
  const block = Buffer.concat([Buffer.of(2), Buffer.alloc(5), POST.subarray(0, 1), Buffer.alloc(2)]);
  const bytes = Buffer.concat([
    hello,
    frame(FRAME.priority, 0, 1, Buffer.alloc(5)),
    frame(FRAME.headers, FLAG.padded | FLAG.priority, 1, block),
    frame(FRAME.continuation, 0, 1, NOTHING),
    frame(FRAME.continuation, FLAG.endHeaders, 1, POST.subarray(1)),
    frame(0xbe, 0xff, 1, Buffer.from("unknown")),
    frame(FRAME.data, FLAG.padded, 1, Buffer.of(1, 7, 7, 0)),
    headers(1, WHOLE, field("trailer", "x")),
  ]);
  const said = await spoken(bytes, (one) => one.startsWith("data 1"));
  assert.deepEqual(said.slice(-2), ["headers 1 88", "data 1 2 end"]);
});

test("who expects to be told to go on with a body is told", async () => {
  const bytes = Buffer.concat([hello, headers(1, 4, POST, field("expect", "100-continue"))]);
  const said = await spoken(bytes, (one) => one.startsWith("headers"));
  assert.equal(said.at(-1), "headers 1 8", "a status that the static table lacks: 100");
});

test("an answer keeps to the client's windows and sizes, whenever they change", async () => {
  const large = (): ReturnType<HttpHandler> =>
    Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(100_000) });
  const asked = [setting(SETTING.initialWindowSize, 10), headers(1, WHOLE, GET), credit(1, 5)];
  const changed = [setting(SETTING.initialWindowSize, 3), credit(1, 20), setting(SETTING.initialWindowSize, 70_000)];
  let left = 65_535; // The connection's own window, which is less than the stream's in the end.
  let longest = 0;
  await spoken(
    Buffer.concat([hello, ...asked, ...changed]),
    (one) => {
      const length = Number(/^data 1 (\d+)/.exec(one)?.[1] ?? 0);
      longest = Math.max(longest, length);
      left -= length;
      return left <= 0;
    },
    large,
  );
  assert.equal(left, 0);
  assert.equal(longest, 16_384);
});

test("streams that are broken off again and again, and blocks without end, end the connection", async () => {
  const never: HttpHandler = () => new Promise(() => {});
  const many = Array.from({ length: 1_100 }, (_, at) => [headers(2 * at + 1, WHOLE, GET), reset(2 * at + 1)]);
  const rapid = await spoken(Buffer.concat([hello, ...many.flat()]), () => false, never);
  assert.equal(rapid.at(-1), `goaway ${CODE.enhanceYourCalm}`);
  const empty = Array.from({ length: 100 }, () => frame(FRAME.continuation, 0, 1, NOTHING));
  const endless = await spoken(Buffer.concat([hello, headers(1, 0, GET), ...empty]), () => false);
  assert.equal(endless.at(-1), `goaway ${CODE.enhanceYourCalm}`);
});

test("more streams at once than were offered are refused", async () => {
  const never: HttpHandler = () => new Promise(() => {});
  const many = Array.from({ length: 251 }, (_, at) => headers(2 * at + 1, WHOLE, GET));
  const said = await spoken(Buffer.concat([hello, ...many]), (one) => one.startsWith("reset"), never);
  assert.equal(said.at(-1), `reset 501 ${CODE.refusedStream}`);
});

test("a header block that names a long field thousands of times is decoded without holding it", async () => {
  const long = "x".repeat(4_000);
  const kept = Buffer.concat([Buffer.of(0x40, 1, 0x61, 0x7f, 0xa1, 0x1e), Buffer.from(long)]);
  const block = Buffer.concat([GET, kept, Buffer.alloc(12_000, 0xbe)]);
  const said = await spoken(Buffer.concat([hello, headers(1, WHOLE, block)]), (one) => one.startsWith("data"));
  assert.equal(said.at(-2), "headers 1 8", "a status that the static table lacks: 431");
  assert.match(said.at(-1) ?? "", /^data 1 \d+ end$/);
});

test("every byte of Latin-1 that a header may hold comes as it was sent, and goes back", async () => {
  const { port } = await started(echo);
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: ca.cert });
  const bytes = Array.from({ length: 256 }, (_, code) => code).filter((code) => code >= 0x20 && code !== 0x7f);
  const value = `!${String.fromCharCode(...bytes)}!`;
  for (const said of [value, "custom-value", "0123456789".repeat(30), value]) {
    const stream = session.request({ ":path": "/", "x-say": said });
    const [head] = await once(stream, "response");
    assert.equal(head["x-said"], said);
    stream.close();
  }
  session.destroy();
});
