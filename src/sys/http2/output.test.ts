import assert from "node:assert/strict";
import { Duplex, PassThrough } from "node:stream";
import { test } from "node:test";
import { FRAME } from "./frames.ts";
import { FlushQueue } from "./flush_queue.ts";
import { FrameOutput } from "./output.ts";

test("connections with an answer go before those that have only data, and each is written once", async () => {
  const written: string[] = [];
  const outputs = ["first watch", "second watch", "answer"].map((name) => {
    const socket = new PassThrough();
    socket.on("data", () => written.push(name));
    return new FrameOutput(socket, () => {});
  });
  const data = { length: 1, type: FRAME.data, flags: 0, stream: 1 };
  for (const output of outputs) output.frame(data, "x");
  outputs[2]?.head(1, "\x88", false);
  assert.deepEqual(written, []);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(written, ["answer", "first watch", "second watch"]);
});

test("a header block longer than a frame goes on in others", async () => {
  const socket = new PassThrough();
  new FrameOutput(socket, () => {}).head(1, "x".repeat(20_000), true);
  await new Promise((resolve) => setImmediate(resolve));
  const bytes: Buffer = socket.read();
  assert.deepEqual([bytes.readUIntBE(0, 3), bytes[3], bytes[4]], [16_384, FRAME.headers, 1]);
  const next = 9 + 16_384;
  assert.deepEqual([bytes.readUIntBE(next, 3), bytes[next + 3], bytes[next + 4]], [3_616, FRAME.continuation, 4]);
});

/** A queue whose turns and time pass when they are told to. */
function queueByHand() {
  const atEnd: (() => void)[] = [];
  let timers: { atMs: number; run: () => void }[] = [];
  let nowMs = 1_000;
  const queue = new FlushQueue({
    now: () => nowMs,
    endOfTurn: (run) => atEnd.push(run),
    later: (ms, run) => timers.push({ atMs: nowMs + ms, run }),
  });
  const endTurn = () => {
    for (const run of atEnd.splice(0)) run();
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { run } of due) run();
    endTurn();
  };
  return { queue, endTurn, pass };
}

/** What was written of a connection's frames, a text for each write: the letters of their payloads. */
function connectionBy(queue: FlushQueue) {
  const writes: string[] = [];
  const socket = new PassThrough();
  socket.on("data", (bytes: Buffer) => writes.push(bytes.toString("latin1").replaceAll(/[^a-z]/g, "")));
  const output = new FrameOutput(socket, () => {}, queue);
  const header = (length: number) => ({ length, type: FRAME.data, flags: 0, stream: 1 });
  const news = (text: string) => output.frame(header(text.length), text, undefined, true);
  const answer = (text: string) => output.frame(header(text.length), text);
  return { writes, news, answer };
}

test("news go out at once after a while of silence, and those right after them together", () => {
  const { queue, endTurn, pass } = queueByHand();
  const { writes, news } = connectionBy(queue);
  news("a");
  endTurn();
  assert.deepEqual(writes, ["a"]);
  for (const each of ["b", "c", "d"]) {
    news(each);
    pass(1);
  }
  assert.deepEqual(writes, ["a"]);
  pass(4);
  assert.deepEqual(writes, ["a", "bcd"]);
  pass(4);
  news("e");
  endTurn();
  assert.deepEqual(writes, ["a", "bcd", "e"]);
});

test("an answer takes along the news that wait, and no answer waits", () => {
  const { queue, endTurn, pass } = queueByHand();
  const { writes, news, answer } = connectionBy(queue);
  news("a");
  endTurn();
  news("b");
  endTurn();
  answer("c");
  endTurn();
  answer("d");
  endTurn();
  assert.deepEqual(writes, ["a", "bc", "d"]);
  pass(10);
  assert.deepEqual(writes, ["a", "bc", "d"]);
});

test("news that follow an answer but no news go out at once", () => {
  const { queue, endTurn } = queueByHand();
  const { writes, news, answer } = connectionBy(queue);
  answer("a");
  endTurn();
  news("b");
  endTurn();
  assert.deepEqual(writes, ["a", "b"]);
});

test("news do not wait that are many", () => {
  const { queue, endTurn } = queueByHand();
  const { writes, news } = connectionBy(queue);
  news("a");
  endTurn();
  news("b");
  endTurn();
  news("c".repeat(16 * 1024));
  endTurn();
  assert.deepEqual(
    writes.map((each) => each.length),
    [1, 1 + 16 * 1024],
  );
});

/** A socket that holds on to what it is given until it is told to take it, as one does whose client does not read. */
class SlowSocket extends Duplex {
  readonly given: { readonly chunks: readonly Buffer[]; readonly was: Buffer; done(error?: Error): void }[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.given.push({ chunks: [chunk], was: Buffer.from(chunk), done });
  }

  override _writev(writes: { chunk: Buffer }[], done: (error?: Error) => void): void {
    const chunks = writes.map(({ chunk }) => chunk);
    this.given.push({ chunks, was: Buffer.concat(chunks), done });
  }

  /** Takes the oldest write, which must be what it was when it was handed over. */
  async takeWrite(error?: Error): Promise<Buffer> {
    const [write] = this.given.splice(0, 1);
    assert.ok(write);
    assert.deepEqual(Buffer.concat(write.chunks), write.was);
    write.done(error);
    await new Promise((resolve) => setImmediate(resolve)); // Callbacks of writes come later than what is written.
    return write.was;
  }
}

/** Connections that share a queue, and whose clients take nothing by themselves. */
function slowConnections(names: readonly string[]) {
  const { queue, endTurn } = queueByHand();
  const connections = names.map(() => {
    const socket = new SlowSocket();
    const taken: string[] = [];
    const output = new FrameOutput(socket, () => taken.push("all"), queue);
    const data = (payload: string | Uint8Array) => {
      const header = { length: payload.length, type: FRAME.data, flags: 0, stream: 1 };
      output.frame(header, payload, () => taken.push(String(payload.length)));
    };
    return { socket, output, taken, data };
  });
  return { connections, endTurn };
}

type Connection = ReturnType<typeof slowConnections>["connections"][number];

function payloadsOf(bytes: Buffer): string[] {
  const payloads: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    payloads.push(bytes.toString("latin1", at + 9, end));
    at = end;
  }
  return payloads;
}

test("frames keep their order where some are copied and some are not", async () => {
  const { connections, endTurn } = slowConnections(["a"]);
  const [a] = connections as [Connection];
  const long = [Buffer.alloc(5_000, "b"), Buffer.alloc(60_000, "d")] as const;
  const payloads = ["a", long[0], Buffer.from("c"), long[1], "e".repeat(4_500)] as const;
  for (const each of payloads) a.data(each);
  a.output.push(Buffer.alloc(0), () => a.taken.push("end"));
  endTurn();
  const chunks: Buffer[] = [];
  const written: Buffer[] = [];
  while (a.socket.given.length > 0) {
    chunks.push(...(a.socket.given[0]?.chunks ?? []));
    written.push(await a.socket.takeWrite());
  }
  assert.deepEqual(payloadsOf(Buffer.concat(written)), payloads.map(String));
  for (const each of long)
    assert.ok(chunks.some(({ buffer, byteOffset }) => buffer === each.buffer && byteOffset === each.byteOffset));
  assert.deepEqual(a.taken, ["1", "5000", "1", "60000", "4500", "end", "all"]);
});

test("nothing counts as unsent when all has left, nor when it is broken off", async () => {
  const { connections, endTurn } = slowConnections(["a", "b"]);
  const [a, b] = connections as [Connection, Connection];
  b.socket.on("error", () => {});
  for (const { data } of connections) for (const each of ["x", Buffer.alloc(9_000)]) data(each);
  assert.equal(a.output.unsentBytes, 9 + 1 + 9 + 9_000);
  endTurn();
  assert.equal(a.output.unsentBytes, 9 + 1 + 9 + 9_000);
  while (a.socket.given.length > 0) await a.socket.takeWrite();
  await b.socket.takeWrite(new Error("broken"));
  assert.deepEqual([a.output.unsentBytes, b.output.unsentBytes], [0, 0]);
  assert.deepEqual([a.taken, b.taken], [["1", "9000", "all"], []]);
  b.data("nobody hears it");
  endTurn();
  assert.deepEqual([b.socket.given, b.output.unsentBytes], [[], 0]);
});
