import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { frame, GRPC, GrpcChannel, unframe } from "./grpc.ts";
import { message, string } from "./protobuf.ts";

const Text = message({ text: string(1) });
const method = { path: "/test.Service/Call", request: Text, response: Text };

let directory = "";
let socketPath = "";
let server: Http2Server | undefined;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "grpc-"));
  socketPath = join(directory, "socket");
});
after(() => rm(directory, { recursive: true }));
afterEach(() => stop());

async function stop(): Promise<void> {
  const old = server;
  server = undefined;
  sessions.splice(0).forEach((end) => end());
  if (old) await new Promise((resolve) => old.close(resolve));
}

const sessions: (() => void)[] = [];

/** Serves every call with `answer`, which gets the request's text. */
async function serve(answer: (stream: ServerHttp2Stream, text: string) => void): Promise<void> {
  server = createServer();
  server.on("session", (session) => sessions.push(() => session.destroy()));
  server.on("stream", async (stream) => {
    stream.on("error", () => {});
    try {
      for await (const request of unframe(stream)) answer(stream, Text.decode(request).text);
    } catch {
      // The client broke off: what the tests below do.
    }
  });
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
}

function reply(stream: ServerHttp2Stream, texts: readonly string[], status: number, text = ""): void {
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status), "grpc-message": text }));
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  for (const each of texts) stream.write(frame(Text.encode({ text: each })));
  stream.end();
}

test("a call is answered, also with a large message", async () => {
  await serve((stream, text) => reply(stream, [text.repeat(1_000_000)], 0));
  const channel = new GrpcChannel(socketPath);
  const { text } = await channel.unary(method, { text: "ab" });
  assert.equal(text.length, 2_000_000);
  channel.close();
});

test("a stream gives each message in order", async () => {
  await serve((stream) => reply(stream, ["a", "b", "c"], 0));
  const channel = new GrpcChannel(socketPath);
  const texts = await Array.fromAsync(channel.stream(method, {}), ({ text }) => text);
  assert.deepEqual(texts, ["a", "b", "c"]);
  channel.close();
});

test("a refusal carries its code and text, with or without a body before it", async () => {
  await serve((stream, text) => {
    if (text === "late") reply(stream, ["x"], 5, "no%20such%20thing");
    else stream.respond({ ":status": 200, "grpc-status": "5", "grpc-message": "no such thing" }, { endStream: true });
  });
  const channel = new GrpcChannel(socketPath);
  for (const text of ["late", "early"]) {
    await assert.rejects(channel.unary(method, { text }), { code: GRPC.notFound, message: "no such thing" });
  }
  channel.close();
});

test("a refusal's text that is not escaped as it should be is shown as it came", async () => {
  const headers = { ":status": 200, "grpc-status": "2", "grpc-message": "100% of %ff%20" };
  await serve((stream) => stream.respond(headers, { endStream: true }));
  const channel = new GrpcChannel(socketPath);
  await assert.rejects(channel.unary(method, {}), { message: "100% of %ff%20" });
  channel.close();
});

test("a server that is not there is unavailable, and used again once it is", async () => {
  const channel = new GrpcChannel(socketPath);
  await assert.rejects(channel.unary(method, {}), { code: GRPC.unavailable });
  await serve((stream) => reply(stream, ["ok"], 0));
  assert.equal((await channel.unary(method, {})).text, "ok");
  await stop();
  await assert.rejects(channel.unary(method, {}), { code: GRPC.unavailable });
  await serve((stream) => reply(stream, ["again"], 0));
  assert.equal((await channel.unary(method, {})).text, "again");
  channel.close();
});

test("a call under way fails when its server goes, its signal aborts, or its time is over", async () => {
  const channel = new GrpcChannel(socketPath);
  let arrived = (): void => {};
  await serve(() => arrived());
  const under = (options: { signal?: AbortSignal; timeoutMs?: number }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    arrived = resolve;
    return { call: channel.unary(method, {}, options), promise };
  };
  const controller = new AbortController();
  const aborted = under({ signal: controller.signal });
  await aborted.promise;
  controller.abort(new Error("enough"));
  await assert.rejects(aborted.call, /enough/);
  await assert.rejects(under({ timeoutMs: 20 }).call, { code: GRPC.deadlineExceeded });
  const cut = under({});
  await cut.promise;
  const rejected = assert.rejects(cut.call, { code: GRPC.unavailable });
  await stop();
  await rejected;
  channel.close();
});
