import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { VirtualClock } from "#base/virtual_clock.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { nodeFiles } from "#sys/files.ts";
import { acceptQueuesEmpty, waitingConnections } from "./accept_queue.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const listening = (queue: string) =>
  `   0: 00000000:0BB8 00000000:0000 0A 00000000:${queue} 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n`;
const established =
  "   1: 0100007F:0BB8 0100007F:C350 01 00000000:00000009 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n";

test("waitingConnections() counts what listening sockets hold, and nothing else", () => {
  assert.equal(waitingConnections(""), 0);
  assert.equal(waitingConnections(HEAD + listening("00000000") + established), 0);
  assert.equal(waitingConnections(HEAD + listening("0000000A") + established + listening("00000002")), 12);
});

test("waitingConnections() reads this kernel's own table", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const table = await nodeFiles.readText("/proc/self/net/tcp");
  assert.ok(table.includes(" 0A "), "it lists a listening socket");
  assert.ok(Number.isInteger(waitingConnections(table)));
  server.close();
});

test("acceptQueuesEmpty() waits until the last connection is accepted", async () => {
  const clock = new VirtualClock();
  const files = memoryFiles();
  await files.mkdir("/proc/7/net");
  await files.writeFile("/proc/7/net/tcp6", HEAD + listening("00000003"));
  let done = false;
  const waiting = acceptQueuesEmpty(7, { files, clock }, new AbortController().signal).then(() => (done = true));
  await clock.advance(100);
  assert.equal(done, false);
  await files.writeFile("/proc/7/net/tcp6", HEAD + listening("00000000"));
  await clock.advance(20);
  assert.equal(done, true);
  await waiting;
});

test("acceptQueuesEmpty() is over at once for a process that is gone, and when it is called off", async () => {
  const clock = new VirtualClock();
  const files = memoryFiles();
  await acceptQueuesEmpty(8, { files, clock }, new AbortController().signal);
  await files.mkdir("/proc/7/net");
  await files.writeFile("/proc/7/net/tcp", HEAD + listening("00000003"));
  const abort = new AbortController();
  const waiting = acceptQueuesEmpty(7, { files, clock }, abort.signal);
  abort.abort(new Error("late"));
  await assert.rejects(waiting, { message: "late" });
});
