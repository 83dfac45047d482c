import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createServer, type TLSSocket } from "node:tls";
import type { HttpHandler, StreamSink } from "#base/http.ts";
import { createCertificateAuthority, signCertificate } from "#sys/certificates.ts";
import { type Listener, listen } from "#sys/http/listener.ts";
import { FLAG, FRAME, frame } from "#sys/http2/frames.ts";
import { LoadConnection, type LoadRequest } from "./load_connection.ts";

const validity = { now: Date.now(), days: 1 };
const ca = createCertificateAuthority({ commonName: "ca", ...validity });
const serving = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
const user = signCertificate(ca, { commonName: "ada", usages: ["client"], ...validity });

const closers: (() => Promise<void>)[] = [];
after(() => Promise.all(closers.map((close) => close())));

/** A connection to our own listener. */
async function connectedTo(handler: HttpHandler): Promise<{ connection: LoadConnection; listener: Listener }> {
  const tls = { ...serving, clientCa: ca.cert };
  const listener = await listen({ port: 0, host: "127.0.0.1", tls, handler });
  closers.push(() => listener.close());
  return { connection: await opened(listener.port), listener };
}

async function opened(port: number): Promise<LoadConnection> {
  const connection = await LoadConnection.open({ server: `https://127.0.0.1:${port}`, ca: ca.cert, ...user });
  closers.push(() => Promise.resolve(connection.close()));
  return connection;
}

const GET: LoadRequest = { method: "GET", target: "/" };
const JSON_TYPE = "application/json";

test("a request arrives as it was made, under the client's certificate, and its status comes back", async () => {
  const seen: unknown[] = [];
  const { connection } = await connectedTo(({ method, path, query, headers, body, peer }) => {
    const { "content-type": type, host } = headers;
    const text = Buffer.from(body).toString();
    seen.push([method, path, query.get("limit"), type, host?.split(":")[0], text, peer.certificate?.commonName]);
    return Promise.resolve({ status: method === "POST" ? 201 : 200, headers: {}, body: Buffer.from("made") });
  });
  const body = Buffer.from("{}");
  const made = await connection.send({ method: "POST", target: "/a?limit=5", contentType: JSON_TYPE, body });
  assert.deepEqual(made, { status: 201, length: 4, refusal: "" });
  const changed = await connection.send({ method: "PATCH", target: "/b", body: Buffer.alloc(0) });
  assert.equal(changed.status, 200);
  assert.deepEqual(seen, [
    ["POST", "/a", "5", JSON_TYPE, "127.0.0.1", "{}", "ada"],
    ["PATCH", "/b", null, undefined, "127.0.0.1", "", "ada"],
  ]);
});

test("every status comes back as it is, with the text of a refusal", async () => {
  const { connection } = await connectedTo(({ path }) => {
    const status = Number(path.slice(1));
    return Promise.resolve({ status, headers: { "x-first": "no" }, body: Buffer.from(`because ${status}`) });
  });
  for (const status of [200, 201, 202, 302, 400, 401, 403, 404, 409, 410, 415, 422, 429, 500, 503, 504]) {
    const answer = await connection.send({ method: "GET", target: `/${status}` });
    assert.equal(answer.status, status);
    assert.equal(answer.refusal, status < 300 ? "" : `because ${status}`);
  }
});

test("bodies beyond every window go both ways, several at once on one connection", async () => {
  const { connection } = await connectedTo(({ body }) => Promise.resolve({ status: 201, headers: {}, body }));
  const lengths = [3_000_000, 1, 2_500_001, 700_000, 0, 2_999_999];
  const answers = await Promise.all(
    // Twice, so that the server needs credit for what it sent before.
    [...lengths, ...lengths].map(async (length, at) => {
      let sum = 0;
      const onData = (piece: Buffer) => (sum += piece.reduce((all, byte) => all + byte, 0));
      const body = Buffer.alloc(length, at + 1);
      const answer = await connection.send({ method: "POST", target: "/", body, onData });
      assert.equal(sum, length * (at + 1));
      return answer;
    }),
  );
  assert.deepEqual(
    answers.map(({ status, length }) => [status, length]),
    [...lengths, ...lengths].map((length) => [201, length]),
  );
});

test("an answer beyond the connection's window comes whole", async () => {
  const length = 20 * 1024 * 1024;
  const { connection } = await connectedTo(() =>
    Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(length) }),
  );
  assert.equal((await connection.send(GET)).length, length);
});

test("a stream is seen from its beginning, and one that breaks off is a failure of its own only", async () => {
  const sinks: StreamSink[] = [];
  const { connection } = await connectedTo(({ path }) => {
    const start = (sink: StreamSink) => {
      sinks.push(sink);
      return () => {};
    };
    return Promise.resolve({ status: 200, headers: {}, body: path === "/" ? { start } : Buffer.from("x") });
  });
  const begun = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<string>();
  const onData = (piece: Buffer) => seen.resolve(piece.toString());
  const answer = connection.send({ ...GET, onBegin: () => begun.resolve(), onData });
  const failed = assert.rejects(answer, /reset the stream with code 2/);
  await begun.promise;
  sinks[0]?.write(Buffer.from("event"));
  assert.equal(await seen.promise, "event");
  sinks[0]?.abort();
  await failed;
  assert.equal((await connection.send({ method: "GET", target: "/x" })).status, 200);
});

test("a connection that ends fails what is on its way and what comes", async () => {
  const { connection, listener } = await connectedTo(() => new Promise(() => {}));
  const waiting = assert.rejects(connection.send(GET));
  await listener.close();
  await waiting;
  await assert.rejects(connection.send(GET));
});

test("a server that nobody vouches for is not spoken to", async () => {
  const { listener } = await connectedTo(() => new Promise(() => {}));
  const other = createCertificateAuthority({ commonName: "other", ...validity });
  const server = `https://127.0.0.1:${listener.port}`;
  await assert.rejects(LoadConnection.open({ server, ca: other.cert }), /certificate/);
});

/** A server that says what it is told to when the first request has come. */
async function scripted(answer: (socket: TLSSocket) => void): Promise<LoadConnection> {
  const server = createServer({ ...serving, ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const address = server.address();
  return opened(typeof address === "object" && address ? address.port : 0);
}

const OK = Buffer.of(0x88);
const head = (flags: number, block = OK) => frame(FRAME.headers, flags, 1, block);

test("informational answers, continued blocks, padding, trailers and unknown frames are read over", async () => {
  const padded = Buffer.concat([Buffer.of(3), Buffer.from("body"), Buffer.alloc(3)]);
  const frames = Buffer.concat([
    frame(FRAME.settings, 0, 0, Buffer.alloc(0)),
    head(FLAG.endHeaders, Buffer.from("0803313033", "hex")),
    head(0),
    frame(FRAME.continuation, FLAG.endHeaders, 1, Buffer.from("5f0131", "hex")),
    frame(0xfe, 0, 1, Buffer.from("unknown")),
    frame(FRAME.data, FLAG.padded, 1, padded),
    head(FLAG.endHeaders | FLAG.endStream, Buffer.from("5f0132", "hex")),
  ]);
  // By single bytes, so that no frame comes whole.
  const connection = await scripted((socket) => frames.forEach((byte) => socket.write(Buffer.of(byte))));
  assert.deepEqual(await connection.send(GET), { status: 200, length: 4, refusal: "" });
});

const broken: readonly (readonly [name: string, bytes: Buffer])[] = [
  ["GOAWAY", frame(FRAME.goaway, 0, 0, Buffer.alloc(8))],
  ["a frame that is too long", frame(FRAME.data, 0, 1, Buffer.alloc(16_385))],
  ["an answer without status", head(FLAG.endHeaders, Buffer.from("5f0131", "hex"))],
  ["a body before its headers", frame(FRAME.data, FLAG.endStream, 1, Buffer.from("x"))],
  ["an end after an informational answer", head(FLAG.endHeaders | FLAG.endStream, Buffer.from("0803313033", "hex"))],
  ["a push", frame(FRAME.pushPromise, FLAG.endHeaders, 1, Buffer.alloc(5))],
  ["something else within a header block", Buffer.concat([head(0), frame(FRAME.data, 1, 1, OK)])],
  ["padding longer than its frame", frame(FRAME.data, FLAG.padded, 1, Buffer.of(9, 1))],
];

for (const [name, bytes] of broken) {
  test(`${name} fails the request`, async () => {
    const connection = await scripted((socket) => socket.write(bytes));
    await assert.rejects(connection.send(GET));
  });
}
