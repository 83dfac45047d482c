import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import type { ExecSession } from "#base/streams.ts";
import { SPDY_COMMAND_PROTOCOLS, type RemoteCommandProtocol } from "./protocol.ts";
import { spdyExec } from "./spdy_exec.ts";
import { dataFrame, pingFrame } from "./spdy_frames.ts";
import { spdyPortForward } from "./spdy_portforward.ts";
import { SpdySession, type SpdyStream } from "./spdy_session.ts";

const NONE = Buffer.alloc(0);
const [V4, V3, V2] = SPDY_COMMAND_PROTOCOLS as readonly [
  RemoteCommandProtocol,
  RemoteCommandProtocol,
  RemoteCommandProtocol,
];

function client(connection: Duplex): SpdySession {
  return new SpdySession(connection, { role: "client", onStream: () => false, onClose() {} });
}

const typed = (streamtype: string) => new Map([["streamtype", streamtype]]);

async function text(stream: Pick<SpdyStream, "incoming">): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream.incoming)).toString();
}

test("exec: stdin arrives and ends, outputs and status go back, and every stream is ended", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  const accepting = spdyExec(there, NONE, V4, { stdin: true, stdout: true, stderr: true, tty: false });
  const [error, stdin, stdout, stderr] = ["error", "stdin", "stdout", "stderr"].map((type) =>
    session.open(typed(type)),
  );
  assert.ok(error && stdin && stdout && stderr);
  const exec = await accepting;
  assert.equal(exec.resize, undefined);
  void stdin.write(Buffer.from("hello")).then(() => stdin.end());
  assert.equal(Buffer.concat(await Array.fromAsync(exec.stdin ?? [])).toString(), "hello");
  await exec.stdout?.write(Buffer.from("out"));
  await exec.stderr?.write(Buffer.from("err"));
  await exec.finish({ status: "Success" });
  assert.deepEqual(await Promise.all([error, stdin, stdout, stderr].map(text)), [
    '{"status":"Success"}',
    "",
    "out",
    "err",
  ]);
  assert.equal(exec.signal.aborted, false);
  session.destroy();
});

const endings = [
  {
    name: "v4 sends a Status",
    protocol: V4,
    status: "Failure",
    error: '{"status":"Failure","message":"exit status 3"}',
  },
  { name: "v3 sends a bare message", protocol: V3, status: "Failure", error: "exit status 3" },
  { name: "v3 says nothing on success", protocol: V3, status: "Success", error: "" },
];
for (const c of endings) {
  test(`exec: ${c.name}`, async () => {
    const [here, there] = duplexPair();
    const session = client(here);
    const error = session.open(typed("error"));
    const exec = await spdyExec(there, NONE, c.protocol, { stdin: false, stdout: false, stderr: false, tty: false });
    await exec.finish({ status: c.status, message: "exit status 3" });
    assert.equal(await text(error), c.error);
    session.destroy();
  });
}

test("exec: a terminal has sizes and no stderr; before v3 it has no sizes", async () => {
  const streams = { stdin: false, stdout: true, stderr: true, tty: true };
  const opened = async (protocol: RemoteCommandProtocol, ...types: string[]): Promise<[ExecSession, SpdyStream[]]> => {
    const [here, there] = duplexPair();
    const session = client(here);
    const ours = types.map((type) => session.open(typed(type)));
    return [await spdyExec(there, NONE, protocol, streams), ours];
  };
  const [exec, [, , resize]] = await opened(V4, "error", "stdout", "resize");
  assert.equal(exec.stderr, undefined);
  await resize?.write(Buffer.from('{"Width":80,"Height":24}\n{"Width":-1,"Height":2}{"Wid'));
  await resize?.write(Buffer.from('th":100,"Height":30}'));
  resize?.end();
  assert.deepEqual(await Array.fromAsync(exec.resize ?? []), [
    { width: 80, height: 24 },
    { width: 100, height: 30 },
  ]);
  const [old] = await opened(V2, "error", "stdout");
  assert.equal(old.resize, undefined);
});

test("exec: a client that leaves aborts the session and breaks its streams", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  session.open(typed("error"));
  session.open(typed("stdin"));
  const exec = await spdyExec(there, NONE, V4, { stdin: true, stdout: false, stderr: false, tty: false });
  session.destroy();
  await once(exec.signal, "abort");
  await assert.rejects(Array.fromAsync(exec.stdin ?? []), /the connection was closed/);
});

test("exec: a client that leaves before its streams are there is an error", async () => {
  const [here, there] = duplexPair();
  const accepting = spdyExec(there, NONE, V4, { stdin: true, stdout: false, stderr: false, tty: false });
  client(here).destroy();
  await assert.rejects(accepting, /the client left before/);
});

test("a stream nobody asked for is reset, and the others go on", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  const accepting = spdyExec(there, NONE, V4, { stdin: false, stdout: false, stderr: false, tty: false });
  const strange = session.open(typed("strange"));
  const error = session.open(typed("error"));
  await assert.rejects(text(strange), /reset/);
  await (await accepting).finish({});
  assert.equal(await text(error), "{}");
  session.destroy();
});

test("reading pauses while nobody consumes, and all arrives when someone does", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  const accepting = spdyExec(there, NONE, V4, { stdin: true, stdout: false, stderr: false, tty: false });
  session.open(typed("error"));
  const stdin = session.open(typed("stdin"));
  const exec = await accepting;
  const total = 8 * 1024 * 1024;
  let written = 0;
  const writing = (async () => {
    for (; written < total; written += 65_536) await stdin.write(Buffer.alloc(65_536));
    stdin.end();
  })();
  await once(there, "pause");
  assert.ok(written < total, "all was taken although nobody read");
  let read = 0;
  for await (const chunk of exec.stdin ?? []) read += chunk.byteLength;
  await writing;
  assert.equal(read, total);
  session.destroy();
});

test("input that is dropped does not block what follows on the connection", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  const accepting = spdyExec(there, NONE, V4, { stdin: true, stdout: false, stderr: false, tty: false });
  const error = session.open(typed("error"));
  const stdin = session.open(typed("stdin"));
  const exec = await accepting;
  const writing = stdin.write(Buffer.alloc(4 * 1024 * 1024));
  await once(there, "pause");
  await exec.finish({});
  await writing;
  assert.equal(await text(error), "{}");
  session.destroy();
});

test("pings are answered; what is not SPDY closes the connection", async () => {
  const [here, there] = duplexPair();
  const server = new SpdySession(there, { role: "server", onStream: () => true, onClose() {} });
  assert.ok(server);
  here.write(pingFrame(1));
  const [answer] = await once(here, "data");
  assert.deepEqual(answer, pingFrame(1));
  here.write(dataFrame(99, Buffer.from("for a stream that never was"), false));
  here.write(Buffer.from("ffff000000000000", "hex"));
  here.resume();
  await once(here, "end");
});

test("port-forward: pairs streams by request, carries both ways, reports failures", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  const forwards = spdyPortForward(there, NONE);
  const pair = (request: string, port: string) =>
    ["error", "data"].map((type) =>
      session.open(
        new Map([
          ["streamtype", type],
          ["port", port],
          ["requestid", request],
        ]),
      ),
    ) as [SpdyStream, SpdyStream];
  const [error1, data1] = pair("1", "80");
  const [error2, data2] = pair("2", "81");
  const connections = forwards.connections[Symbol.asyncIterator]();
  const one = (await connections.next()).value;
  const two = (await connections.next()).value;
  assert.deepEqual([one?.port, two?.port], [80, 81]);
  await data1.write(Buffer.from("ping"));
  data1.end();
  assert.equal(await text(one?.data ?? data1), "ping");
  await one?.data.write(Buffer.from("pong"));
  one?.data.end();
  assert.deepEqual([await text(data1), await text(error1)], ["pong", ""]);
  await two?.fail("no such port");
  assert.deepEqual([await text(data2), await text(error2)], ["", "no such port"]);
  session.destroy();
  assert.equal((await connections.next()).done, true);
  assert.equal(forwards.signal.aborted, true);
});

test("port-forward: streams with a bad port, or data without its error stream, are reset", async () => {
  const [here, there] = duplexPair();
  const session = client(here);
  spdyPortForward(there, NONE);
  const bad = session.open(
    new Map([
      ["streamtype", "error"],
      ["port", "0"],
      ["requestid", "1"],
    ]),
  );
  const alone = session.open(
    new Map([
      ["streamtype", "data"],
      ["port", "80"],
      ["requestid", "2"],
    ]),
  );
  await assert.rejects(text(bad), /reset/);
  await assert.rejects(text(alone), /reset/);
  session.destroy();
});
