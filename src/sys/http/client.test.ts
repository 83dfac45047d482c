import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { HttpHandler, HttpRequest, StreamSink } from "#base/http.ts";
import { createCertificateAuthority, signCertificate } from "../certificates.ts";
import { TransportError, httpsTransport, unixTransport } from "./client.ts";
import { listen, listenUnix } from "./listener.ts";

const validity = { now: Date.now(), days: 1 };
const ca = createCertificateAuthority({ commonName: "ca", ...validity });
const serving = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
const user = signCertificate(ca, { commonName: "ada", organizations: ["a"], usages: ["client"], ...validity });

let handler: HttpHandler;
const tls = { ...serving, clientCa: ca.cert };
const listener = await listen({ port: 0, host: "127.0.0.1", tls, handler: (request) => handler(request) });
const server = `https://127.0.0.1:${listener.port}`;
after(() => listener.close());

test("sends method, target, headers, body and credentials, and reads the answer", async () => {
  let seen: HttpRequest | undefined;
  handler = (request) => {
    seen = request;
    return Promise.resolve({ status: 201, headers: { "x-own": "1" }, body: request.body });
  };
  let token = "old";
  const transport = httpsTransport({ server: `${server}/prefix/`, ca: ca.cert, ...user, token: () => token });
  const body = Buffer.alloc(2_000_000, "ab");
  token = "new";
  const response = await transport.send({ method: "PUT", target: "/x?a=b", headers: { "x-sent": "2" }, body });
  assert.deepEqual([response.status, response.headers["x-own"]], [201, "1"]);
  assert.ok(body.equals(await response.bytes()));
  assert.deepEqual(
    [seen?.method, seen?.path, seen?.query.get("a"), seen?.headers["x-sent"], seen?.headers["authorization"]],
    ["PUT", "/prefix/x", "b", "2", "Bearer new"],
  );
  assert.equal(seen?.peer.certificate?.commonName, "ada");
  transport.close();
});

test("answers that all arrive at once, while this process was busy, are read whole", async () => {
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  handler = async () => {
    if (++arrived === 32) all.resolve();
    await all.promise;
    return { status: 404, headers: {}, body: Buffer.from("no such thing") };
  };
  const transport = httpsTransport({ server, ca: ca.cert });
  const bodies = Array.from({ length: 32 }, async () => {
    const response = await transport.send({ method: "POST", target: "/", body: Buffer.from("x") });
    // Whoever looks at the head first reads the body in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    return Buffer.from(await response.bytes()).toString();
  });
  assert.deepEqual(new Set(await Promise.all(bodies)), new Set(["no such thing"]));
  transport.close();
});

test("three hundred open streams do not keep a further request waiting", async () => {
  const stops: number[] = [];
  handler = (request) => {
    const start = (sink: StreamSink) => {
      sink.write(Buffer.from("event"));
      return () => stops.push(1);
    };
    const body = request.path === "/watch" ? { start } : Buffer.from("hello");
    return Promise.resolve({ status: 200, headers: {}, body });
  };
  const transport = httpsTransport({ server, ca: ca.cert });
  const controller = new AbortController();
  const watch = { method: "GET", target: "/watch", signal: controller.signal };
  const watches = await Promise.all(Array.from({ length: 300 }, () => transport.send(watch)));
  assert.equal(Buffer.from(await (await transport.send({ method: "GET", target: "/" })).bytes()).toString(), "hello");
  const ends = watches.map(async ({ body }) => {
    for await (const chunk of body) {
      assert.equal(Buffer.from(chunk).toString(), "event");
      controller.abort();
    }
  });
  const outcomes = await Promise.allSettled(ends);
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  transport.close();
});

test("an aborted request rejects with the signal's reason", async () => {
  handler = () => new Promise(() => {});
  const transport = httpsTransport({ server, ca: ca.cert });
  const controller = new AbortController();
  const sent = transport.send({ method: "GET", target: "/", signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(sent, reason);
  transport.close();
});

test("a server that is not there, or not believed, is a TransportError that says why", async () => {
  const nobody = httpsTransport({ server: "https://127.0.0.1:1", ca: ca.cert });
  await assert.rejects(
    nobody.send({ method: "GET", target: "/" }),
    (error) => error instanceof TransportError && error.message.includes("ECONNREFUSED"),
  );
  const unbelieved = httpsTransport({ server });
  await assert.rejects(
    unbelieved.send({ method: "GET", target: "/" }),
    (error) => error instanceof TransportError && /unable to verify|self-signed/i.test(error.message),
  );
});

test("after a server restart the next request finds it again", async () => {
  const hello: HttpHandler = () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from("hello") });
  const first = await listen({ port: 0, host: "127.0.0.1", tls, handler: hello });
  const transport = httpsTransport({ server: `https://127.0.0.1:${first.port}`, ca: ca.cert });
  const ask = async () => (await (await transport.send({ method: "GET", target: "/" })).bytes()).byteLength;
  assert.equal(await ask(), 5);
  await first.close();
  await assert.rejects(ask(), TransportError);
  const second = await listen({ port: first.port, host: "127.0.0.1", tls, handler: hello });
  assert.equal(await ask(), 5);
  transport.close();
  await second.close();
});

test("over a unix socket: request, stream, abort", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "knarr-client-")), "s");
  const stopped = Promise.withResolvers<void>();
  const unix = await listenUnix({
    path,
    handler: (request) => {
      const start = (sink: StreamSink) => {
        sink.write(Buffer.from("line"));
        return () => stopped.resolve();
      };
      return Promise.resolve({ status: 200, headers: {}, body: request.path === "/logs" ? { start } : request.body });
    },
  });
  const send = unixTransport(path);
  const echo = await send({ method: "POST", target: "/echo", body: Buffer.from("ping") });
  assert.equal(Buffer.from(await echo.bytes()).toString(), "ping");
  const controller = new AbortController();
  const logs = await send({ method: "GET", target: "/logs", signal: controller.signal });
  await assert.rejects(async () => {
    for await (const chunk of logs.body) {
      assert.equal(Buffer.from(chunk).toString(), "line");
      controller.abort();
    }
  });
  await stopped.promise;
  await unix.close();
  await assert.rejects(send({ method: "GET", target: "/" }), TransportError);
});

test("under a new certificate what is open goes on, and what comes is sent as the new one", async () => {
  const sinks: StreamSink[] = [];
  const seen: string[] = [];
  handler = (request) => {
    seen.push(request.peer.certificate?.commonName ?? "");
    const start = (sink: StreamSink) => {
      sinks.push(sink);
      return () => {};
    };
    return Promise.resolve({ status: 200, headers: {}, body: request.path === "/watch" ? { start } : request.body });
  };
  const transport = httpsTransport({ server, ca: ca.cert, ...user });
  const watch = await transport.send({ method: "GET", target: "/watch" });
  const chunks = watch.body[Symbol.asyncIterator]();
  transport.renew(signCertificate(ca, { commonName: "eve", usages: ["client"], ...validity }));
  await (await transport.send({ method: "GET", target: "/" })).bytes();
  sinks[0]?.write(Buffer.from("still here"));
  assert.equal(Buffer.from((await chunks.next()).value ?? []).toString(), "still here");
  await (await transport.send({ method: "GET", target: "/" })).bytes();
  sinks[0]?.end();
  assert.equal((await chunks.next()).done, true);
  assert.deepEqual(seen, ["ada", "eve", "eve"]);
  transport.close();
});

test("closing breaks off what is open under an old certificate, too", async () => {
  const gone = Promise.withResolvers<void>();
  handler = () => Promise.resolve({ status: 200, headers: {}, body: { start: () => gone.resolve } });
  const transport = httpsTransport({ server, ca: ca.cert, ...user });
  const watch = await transport.send({ method: "GET", target: "/watch" });
  transport.renew(user);
  transport.close();
  await Promise.all([watch.bytes().catch(() => {}), gone.promise]);
});
