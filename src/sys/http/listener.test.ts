import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { X509Certificate } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { gunzipSync } from "node:zlib";
import type { HttpHandler, HttpRequest, StreamSink } from "#base/http.ts";
import { createCertificateAuthority, signCertificate } from "../certificates.ts";
import { AddressInUseError, type ListenOptions, type Listener, listen, listenUnix } from "./listener.ts";

const validity = { now: Date.now(), days: 1 };
const ca = createCertificateAuthority({ commonName: "ca", ...validity });
const serving = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
const user = signCertificate(ca, { commonName: "ada", organizations: ["a", "b"], usages: ["client"], ...validity });
const stranger = signCertificate(createCertificateAuthority({ commonName: "other", ...validity }), {
  commonName: "eve",
  usages: ["client"],
  ...validity,
});

const listeners: Listener[] = [];
after(() => Promise.all(listeners.map((listener) => listener.close())));

async function started(handler: HttpHandler, more: Partial<ListenOptions> = {}): Promise<Listener> {
  const tls = { ...serving, clientCa: ca.cert };
  const listener = await listen({ port: 0, host: "127.0.0.1", tls, handler, ...more });
  listeners.push(listener);
  return listener;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | Readable;
  readonly tls?: { readonly cert: string; readonly key: string };
}

function send(outgoing: Writable, body: Ask["body"]): void {
  if (body instanceof Readable) body.pipe(outgoing);
  else outgoing.end(body);
}

async function overHttp1(port: number, ask: Ask): Promise<Answer> {
  const { path = "/", method = "GET", headers = {}, tls = {} } = ask;
  const outgoing = httpsRequest({ port, host: "127.0.0.1", ca: ca.cert, path, method, headers, agent: false, ...tls });
  outgoing.on("error", () => {}); // A refused body may also break the sending half.
  send(outgoing, ask.body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks = await response.toArray();
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

async function overHttp2(port: number, ask: Ask): Promise<Answer> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: ca.cert, ...ask.tls });
  try {
    const { path = "/", method = "GET", headers = {} } = ask;
    const stream = session.request({ ":path": path, ":method": method, ...headers }, { endStream: !ask.body });
    stream.on("error", () => {});
    if (ask.body) send(stream, ask.body);
    const [head] = await once(stream, "response");
    return { status: head[":status"], headers: head, body: Buffer.concat(await stream.toArray()) };
  } finally {
    session.destroy();
  }
}

const hello: HttpHandler = () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from("hello") });

for (const [protocol, ask] of [
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
] as const) {
  test(`${protocol}: a handler sees method, path, query, headers, body and peer`, async () => {
    let seen: HttpRequest | undefined;
    const { port } = await started((request) => {
      seen = request;
      return Promise.resolve({ status: 201, headers: { "x-made": "yes" }, body: request.body });
    });
    const body = Buffer.alloc(300_000, "ab");
    const target = "/api/v1/pods%20x?limit=5&labelSelector=a%3Db";
    const answer = await ask(port, { path: target, method: "POST", body, headers: { "X-Own": "1" }, tls: user });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers["x-made"], "yes");
    assert.ok(answer.body.equals(body));
    assert.ok(seen);
    assert.equal(seen.method, "POST");
    assert.equal(seen.path, "/api/v1/pods%20x");
    assert.equal(seen.query.get("labelSelector"), "a=b");
    assert.equal(seen.headers["x-own"], "1");
    assert.equal(seen.headers["host"], `127.0.0.1:${port}`);
    const sha256 = new X509Certificate(user.cert).fingerprint256.replaceAll(":", "").toLowerCase();
    assert.deepEqual(seen.peer.certificate, { commonName: "ada", organizations: ["a", "b"], sha256 });
    assert.equal(seen.peer.address, "127.0.0.1");
  });

  test(`${protocol}: a certificate of another authority proves nobody, and says so`, async () => {
    const peers: unknown[] = [];
    const { port } = await started((request) => {
      peers.push(request.peer);
      return hello(request);
    });
    await ask(port, { tls: stranger });
    await ask(port, {});
    assert.deepEqual(peers, [
      { address: "127.0.0.1", certificateError: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
      { address: "127.0.0.1" },
    ]);
  });

  test(`${protocol}: a body above the limit is answered 413 whether or not its length was declared`, async () => {
    let calls = 0;
    const { port } = await started((request) => {
      calls++;
      return hello(request);
    });
    const limit = 3 * 1024 * 1024;
    for (const headers of [{}, { "content-length": String(limit + 1) }]) {
      const answer = await ask(port, { method: "POST", body: Buffer.alloc(limit + 1), headers });
      assert.equal(answer.status, 413);
      assert.deepEqual(JSON.parse(answer.body.toString()), {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: "Request entity too large: limit is 3145728",
        reason: "RequestEntityTooLarge",
        code: 413,
      });
    }
    assert.equal(calls, 0);
    assert.equal((await ask(port, { method: "POST", body: Buffer.alloc(limit) })).status, 200);
  });

  test(`${protocol}: refuses with a Status too many headers and bodies that trickle`, async () => {
    const { port } = await started(hello, { limits: { bodyTimeoutMs: 50 } });
    const headers = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`x-${at}`, "y"]));
    const many = await ask(port, { headers });
    assert.equal(many.status, 431);
    assert.equal(JSON.parse(many.body.toString()).reason, "RequestHeaderFieldsTooLarge");
    const slow = await ask(port, { method: "POST", headers: { "content-length": "5" }, body: Readable.from(never()) });
    assert.equal(slow.status, 408);
    assert.equal(JSON.parse(slow.body.toString()).kind, "Status");
  });

  test(`${protocol}: a body for which there is no room is answered 429, and leaves none taken`, async () => {
    const { port } = await started(hello, { limits: { arrivingBytesMax: 200 * 1024 } });
    const post = (kib: number) => ask(port, { method: "POST", body: Buffer.alloc(kib * 1024) });
    for (let times = 0; times < 3; times++) {
      const refused = await post(201);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers["retry-after"], "1");
      const { kind, reason, message } = JSON.parse(refused.body.toString());
      assert.deepEqual([kind, reason], ["Status", "TooManyRequests"]);
      assert.equal(message, "Too many requests, please try again later.");
      assert.equal((await post(200)).status, 200);
    }
  });

  test(`${protocol}: sends a body that is made while it is sent, whole and with its length`, async () => {
    const byteLength = 1_000_003;
    let made = 0;
    const body = () => {
      made = 0;
      return { byteLength, read: (target: Uint8Array) => fill(target) };
    };
    const fill = (target: Uint8Array) => {
      const length = Math.min(target.length, byteLength - made, 70_001);
      for (let at = 0; at < length; at++) target[at] = (made + at) % 251;
      made += length;
      return length;
    };
    const { port } = await started(() => Promise.resolve({ status: 200, headers: {}, body: body() }));
    const expected = Buffer.from(Uint8Array.from({ length: byteLength }, (_, at) => at % 251));
    const plain = await ask(port, {});
    assert.equal(plain.headers["content-length"], String(byteLength));
    assert.ok(plain.body.equals(expected));
    const zipped = await ask(port, { headers: { "accept-encoding": "gzip" } });
    assert.ok(gunzipSync(zipped.body).equals(expected));
  });

  test(`${protocol}: gzips from 128 KiB on, for clients that take it`, async () => {
    const sizes: Record<string, number> = { "/small": 128 * 1024 - 1, "/large": 128 * 1024 };
    const { port } = await started((request) =>
      Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(sizes[request.path] ?? 0, "x") }),
    );
    const gzip = { "accept-encoding": "deflate, gzip" };
    const large = await ask(port, { path: "/large", headers: gzip });
    assert.equal(large.headers["content-encoding"], "gzip");
    assert.ok(large.body.length < 10_000);
    assert.equal(gunzipSync(large.body).length, sizes["/large"]);
    const small = await ask(port, { path: "/small", headers: gzip });
    assert.equal(small.headers["content-encoding"], undefined);
    assert.equal(small.body.length, sizes["/small"]);
    const plain = await ask(port, { path: "/large" });
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.body.length, sizes["/large"]);
  });

  test(`${protocol}: HEAD and 204 have no body, a throwing handler gives a Status of 500`, async () => {
    const { port } = await started((request) => {
      if (request.path === "/throws") throw new Error("broken");
      return Promise.resolve({ status: request.path === "/204" ? 204 : 200, headers: {}, body: Buffer.from("hello") });
    });
    const head = await ask(port, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "5", 0]);
    const empty = await ask(port, { path: "/204" });
    assert.deepEqual([empty.status, empty.headers["content-length"], empty.body.length], [204, undefined, 0]);
    const broken = await ask(port, { path: "/throws" });
    assert.equal(broken.status, 500);
    assert.equal(JSON.parse(broken.body.toString()).message, "Internal error occurred: broken");
  });
}

test("HTTP/1.1: a body in crumbs is refused long before it is all there, and the client hears of it", async () => {
  const { port } = await started(hello);
  const body = Readable.from(Array.from({ length: 30_000 }, () => "x"));
  assert.equal((await overHttp1(port, { method: "POST", body })).status, 413);
});

/** A body that begins and does not go on. */
async function* never(): AsyncGenerator<string> {
  yield "x";
  await new Promise(() => {});
}

test("answers that wait for a slow client keep no other request of its connection from being served", async () => {
  const large = Buffer.alloc(24 * 1024 * 1024, "x");
  const { port } = await started((request) =>
    request.path === "/large" ? Promise.resolve({ status: 200, headers: {}, body: large }) : hello(request),
  );
  const session = connected(port);
  const ask = (path: string) => session.request({ ":path": path });
  // Neither unread answers nor broken off ones may count against those that follow.
  for (let round = 0; round < 3; round++) {
    const [unread, broken] = [ask("/large"), ask("/large")];
    await Promise.all([once(unread, "response"), once(broken, "response")]);
    broken.close(constants.NGHTTP2_CANCEL);
    const small = ask("/small");
    const [head] = await once(small, "response");
    assert.equal(head[":status"], 200);
    assert.equal(Buffer.concat(await small.toArray()).toString(), "hello");
  }
  const whole = ask("/large");
  assert.equal(Buffer.concat(await whole.toArray()).length, large.length);
  session.destroy();
});

for (const [name, bytes, code] of [
  ["no HTTP at all", "\x16\x03\x01\x02", 400],
  ["a header of 100 KiB", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(100_000)}\r\n\r\n`, 431],
  ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400],
  ["a chunk that is none", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
] as const) {
  test(`HTTP/1.1: ${name} is answered with a Status of ${code}`, async () => {
    const { port } = await started(hello);
    const socket = connectTls({ port, host: "127.0.0.1", ca: ca.cert, ALPNProtocols: ["http/1.1"] });
    socket.on("error", () => {});
    socket.once("secureConnect", () => socket.write(bytes));
    let answer = "";
    for await (const chunk of socket) {
      answer += chunk;
      if (answer.endsWith("}\n")) break;
    }
    assert.ok(answer.startsWith(`HTTP/1.1 ${code} `), answer);
    const { kind, code: told } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
    assert.deepEqual([kind, told], ["Status", code]);
  });
}

function connected(port: number): ClientHttp2Session {
  return connectHttp2(`https://127.0.0.1:${port}`, { ca: ca.cert });
}

test("a stream waits for a slow client, ends well, and is not stopped after its end", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let waits = 0;
  let stops = 0;
  const produce = async (sink: StreamSink) => {
    assert.equal(sink.patient, true);
    for (let i = 0; i < 100; i++) {
      if (sink.write(chunk)) continue;
      waits++;
      await sink.drained();
    }
    sink.end();
  };
  const { port } = await started(() =>
    Promise.resolve({
      status: 200,
      headers: {},
      body: {
        start(sink) {
          void produce(sink);
          return () => stops++;
        },
      },
    }),
  );
  const answer = await overHttp2(port, {});
  assert.equal(answer.body.length, 100 * chunk.length);
  assert.ok(waits > 0, "6.4 MB went out without waiting once");
  assert.equal(stops, 0);
});

test("a stream whose client leaves is stopped, and the request's signal aborts", async () => {
  const gone = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const { port } = await started((request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    const start = (sink: StreamSink) => {
      sink.write(Buffer.from("event"));
      return () => gone.resolve();
    };
    return Promise.resolve({ status: 200, headers: {}, body: { start } });
  });
  const session = connected(port);
  const stream = session.request({ ":path": "/watch" });
  stream.on("error", () => {});
  await once(stream, "data");
  stream.close(8);
  await Promise.all([gone.promise, aborted.promise]);
  session.destroy();
});

test("a broken off stream is an error at the client, not an end", async () => {
  const { port } = await started(() => {
    const start = (sink: StreamSink) => {
      sink.write(Buffer.from("event"));
      setImmediate(() => sink.abort());
      return () => {};
    };
    return Promise.resolve({ status: 200, headers: {}, body: { start } });
  });
  await assert.rejects(overHttp2(port, {}));
  await assert.rejects(overHttp1(port, {}));
});

test("a second listener on the port is refused by a typed error that names it", async () => {
  const { port } = await started(hello);
  await assert.rejects(started(hello, { port }), new AddressInUseError(`127.0.0.1:${port}`));
});

test("close() lets an open request end within its grace, and breaks off what does not", async () => {
  const release = Promise.withResolvers<void>();
  const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const listener = await started(async (request) => {
    arrived[request.path === "/ends" ? 0 : 1]?.resolve();
    await (request.path === "/ends" ? release.promise : new Promise(() => {}));
    return hello(request);
  });
  const session = connected(listener.port);
  session.on("error", () => {});
  const ends = session.request({ ":path": "/ends" });
  await arrived[0]?.promise;
  const closed = listener.close(60_000);
  release.resolve();
  assert.equal((await ends.toArray()).join(""), "hello");
  await closed;

  const other = await started(hello, { handler: () => new Promise(() => {}) });
  const stuck = connected(other.port);
  stuck.on("error", () => {});
  stuck.request({ ":path": "/" }).on("error", () => {});
  await once(stuck, "remoteSettings");
  await other.close(0);
});

test("a client that dribbles its headers or idles is thrown out", async () => {
  const limits = { headersTimeoutMs: 50, bodyTimeoutMs: 50, idleTimeoutMs: 50 };
  const { port } = await started(hello, { limits });
  const slow = connectTls({ port, host: "127.0.0.1", ca: ca.cert, ALPNProtocols: ["http/1.1"] });
  slow.on("error", () => {});
  slow.write("GET / HTTP/1.1\r\nhost: x\r\n");
  slow.resume();
  const idle = connected(port);
  await Promise.all([once(slow, "close"), once(idle, "close")]);

  const session = connected(port);
  const stream = session.request({ ":path": "/", ":method": "POST" }, { endStream: false });
  stream.on("error", () => {});
  stream.resume(); // Node's client sees no end of a stream that nobody reads.
  stream.write("a");
  await once(stream, "close");
  session.destroy();
});

test("on a unix socket the same handler is served; a dead socket file is replaced, a living one is not", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "knarr-listen-")), "control.sock");
  writeFileSync(path, ""); // What a killed process leaves answers no connection either.
  const listener = await listenUnix({ path, handler: hello });
  const outgoing = httpRequest({ socketPath: path, path: "/status", agent: false }).end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.equal((await response.toArray()).join(""), "hello");
  await assert.rejects(listenUnix({ path, handler: hello }), AddressInUseError);
  await listener.close();
});
